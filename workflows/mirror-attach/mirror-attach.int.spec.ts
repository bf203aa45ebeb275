import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { deploy } from '../../infra/local/deploy.ts';
import { openTestAws, type TestAws } from '../../infra/local/local-aws.fixture.ts';
import { seededRandom } from '../../infra/local/random.ts';
import { putMirrorTarget } from '../../infra/local/services/ec2/traffic-mirrors.ts';
import { putAttachment, putPeering } from '../../infra/local/services/ec2/ways.ts';
import { setTrusted } from '../../infra/local/services/organizations/service-access.ts';
import { WorkflowFact } from '../../services/inbox/message.schema.ts';
import { readProfile } from '../../services/mirroring/profile.ts';
import { readMirrorCatalogue } from '../../services/mirroring/profiles.node.ts';
import { rendered } from '../rendered.ts';
import { mirrorAttach } from './definition.ts';
import { MirrorReconcileInput } from './input.schema.ts';

const MANAGEMENT = '111122223333';
const REGION = 'us-east-1';
/** Any member account will do; this one is there from the beginning. */
const ACCOUNT = '222233334444';
const MACHINE = `arn:aws:states:${REGION}:${MANAGEMENT}:stateMachine:mirror-attach`;
const TARGET = 'tmt-0123456789abcdef0';
const MINUTE = 60_000;
const template = (component: string) =>
  readFileSync(new URL(`../blueprints/${component}/${component}.template.json`, import.meta.url), 'utf8');

type Session = {
  TrafficMirrorTargetId: string;
  TrafficMirrorSessionId: string;
  NetworkInterfaceId: string;
  SessionNumber: number;
  Tags: { Key: string; Value: string }[];
};
type Instance = { InstanceId: string; InstanceType: string; State: { Name: string } };

/** A member account with the component and another owner of sessions; the management account with mirror-attach. */
async function openAccount(seed: number) {
  const aws = await openTestAws({ seed });
  deploy(aws, [{ name: 'mirror-attach', definition: rendered(mirrorAttach) }]);
  const caller = {
    accountId: ACCOUNT,
    region: REGION,
    principalArn: `arn:aws:iam::${ACCOUNT}:role/AWSControlTowerExecution`,
  };
  // biome-ignore lint/suspicious/noExplicitAny: answers of many operations
  const call = (service: string, action: string, input: unknown = {}): any =>
    aws.dispatcher.call(service, action, input, caller);
  const bus = `arn:aws:events:${REGION}:${MANAGEMENT}:event-bus/jetway`;
  const stack = (name: string, parameters: Record<string, string>) =>
    call('cloudformation', 'CreateStack', {
      StackName: `jetway-${name}`,
      TemplateBody: template(name),
      Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
    });
  stack('event-forwarding', { EventBusArn: bus, HomeRegion: REGION });
  await settle(aws);
  stack('traffic-mirroring', { EventBusArn: bus, ManagementAccountId: MANAGEMENT });
  await settle(aws);
  return { aws, call };
}

/** A VPC with a private and an isolated subnet; the private one has a way out where one is given. */
async function network(
  aws: TestAws,
  call: (service: string, action: string, input?: unknown) => unknown,
  way?: Record<string, string>,
) {
  const subnet = (tier: string, n: number) => ({
    [`S${n}`]: {
      Type: 'AWS::EC2::Subnet',
      Properties: {
        ...{ VpcId: { Ref: 'Vpc' }, CidrBlock: `10.9.${n}.0/24`, AvailabilityZone: 'us-east-1a' },
        Tags: [{ Key: 'Name', Value: `jetway-${tier}-us-east-1a` }],
      },
    },
  });
  const route = (id: string, DestinationCidrBlock: string, to: Record<string, string>) => ({
    [id]: {
      Type: 'AWS::EC2::Route',
      Properties: { RouteTableId: { Ref: 'Table' }, DestinationCidrBlock, ...to },
    },
  });
  const Resources = {
    Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.9.0.0/16' } },
    ...subnet('private', 1),
    ...subnet('isolated', 2),
    Table: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: { Ref: 'Vpc' } } },
    Of: {
      Type: 'AWS::EC2::SubnetRouteTableAssociation',
      Properties: { RouteTableId: { Ref: 'Table' }, SubnetId: { Ref: 'S1' } },
    },
    ...route('Out', '0.0.0.0/0', { GatewayId: 'igw-0123456789abcdef0' }),
    ...(way ? route('Hub', '100.64.0.0/16', way) : {}),
  };
  call('cloudformation', way ? 'UpdateStack' : 'CreateStack', {
    StackName: 'network',
    TemplateBody: JSON.stringify({ Resources }),
  });
  await settle(aws);
}

async function settle(aws: TestAws): Promise<void> {
  for (let turns = 0; turns < 200_000; turns++) {
    await aws.engine.idle();
    const next = aws.clock.next();
    if (next === undefined) return;
    aws.clock.advanceTo(next);
  }
  throw new Error('it never settles');
}

function profileInput(
  changes: Partial<MirrorReconcileInput['profile']> = {},
  where: Partial<MirrorReconcileInput> = {},
) {
  const read = readProfile('skip-bulk', readMirrorCatalogue().profiles.get('skip-bulk'));
  if ('errors' in read) throw new Error('skip-bulk');
  const { name, sessionNumber, filter } = read.profile;
  const profile = { name, sessionNumber, networkServices: filter.networkServices ?? [], rules: filter.rules };
  return MirrorReconcileInput.parse({
    accountId: ACCOUNT,
    profile: { ...profile, ...changes },
    targetId: TARGET,
    ...where,
  });
}

describe('mirror-attach on the embedded AWS', () => {
  let aws: TestAws;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many operations
  let call: (service: string, action: string, input?: unknown) => any;
  let runs = 0;
  beforeEach(async () => {
    ({ aws, call } = await openAccount(8));
  });

  /** Looks at the whole account, as a schedule does. */
  async function reconcile(input = profileInput()) {
    runs += 1;
    const { executionArn } = aws.call('stepfunctions', 'StartExecution', {
      stateMachineArn: MACHINE,
      name: `reconcile-${runs}`,
      input: JSON.stringify(input),
    });
    await settle(aws);
    const { status, output, error, cause } = aws.call('stepfunctions', 'DescribeExecution', { executionArn });
    if (status !== 'SUCCEEDED') throw new Error(`${status} ${error}: ${cause}`);
    return JSON.parse(output) as { outcome: string };
  }
  const sessions = (): Session[] => call('ec2', 'DescribeTrafficMirrorSessions').TrafficMirrorSessions;
  const ours = () => sessions().filter(({ Tags }) => Tags.some(({ Key }) => Key === 'jetway:mirror-profile'));
  const launch = (InstanceType: string, count = 1, tags: Record<string, string> = {}): Instance[] =>
    call('ec2', 'RunInstances', {
      InstanceType,
      MinCount: count,
      MaxCount: count,
      TagSpecifications: [
        { ResourceType: 'instance', Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
      ],
    }).Instances;
  const eniOf = (instance: Instance): string =>
    call('ec2', 'DescribeNetworkInterfaces', {
      Filters: [{ Name: 'attachment.instance-id', Values: [instance.InstanceId] }],
    }).NetworkInterfaces[0]?.NetworkInterfaceId;
  const foreignFilter = (): string =>
    call('ec2', 'CreateTrafficMirrorFilter', { ClientToken: 'somebody else' }).TrafficMirrorFilter
      .TrafficMirrorFilterId;
  const foreign = (NetworkInterfaceId: string, SessionNumber: number) =>
    call('ec2', 'CreateTrafficMirrorSession', {
      ...{ NetworkInterfaceId, SessionNumber },
      ...{ TrafficMirrorFilterId: foreignFilter(), TrafficMirrorTargetId: TARGET },
    });
  /** What the newest message of the machine says. */
  function told(): WorkflowFact | undefined {
    let newest: WorkflowFact | undefined;
    for (;;) {
      const { Messages } = aws.call('sqs', 'ReceiveMessage', {
        QueueUrl: 'jetway-inbox',
        MaxNumberOfMessages: 10,
      });
      if (!Messages?.length) return newest;
      for (const { Body, ReceiptHandle } of Messages as { Body: string; ReceiptHandle: string }[]) {
        aws.call('sqs', 'DeleteMessage', { QueueUrl: 'jetway-inbox', ReceiptHandle });
        const body = JSON.parse(Body);
        if (body.kind === 'fact') newest = WorkflowFact.parse(body);
      }
    }
  }

  it('arms an account with the rules of its profile, once', async () => {
    await reconcile();
    await reconcile();
    const { TrafficMirrorFilters } = call('ec2', 'DescribeTrafficMirrorFilters');
    expect(TrafficMirrorFilters).toHaveLength(1);
    expect(TrafficMirrorFilters[0].IngressFilterRules).toHaveLength(5);
    expect(TrafficMirrorFilters[0].EgressFilterRules).toHaveLength(5);
    expect(TrafficMirrorFilters[0].NetworkServices).toEqual(['amazon-dns']);
    expect(ours()).toEqual([]);
  });

  it('mirrors an instance when it starts, not while it is stopped, and says so', async () => {
    await reconcile();
    const [instance] = launch('m5.large') as [Instance];
    await settle(aws);
    const first = ours();
    expect(first).toMatchObject([
      { NetworkInterfaceId: eniOf(instance), SessionNumber: 150, TrafficMirrorTargetId: TARGET },
    ]);
    expect(told()).toMatchObject({
      type: 'MirrorSessionChanged',
      accountId: ACCOUNT,
      data: {
        profile: 'skip-bulk',
        whole: false,
        items: [
          {
            networkInterfaceId: eniOf(instance),
            state: 'MIRRORING',
            sessionId: first[0]?.TrafficMirrorSessionId,
          },
        ],
      },
    });
    call('ec2', 'StopInstances', { InstanceIds: [instance.InstanceId] });
    await settle(aws);
    expect(ours()).toEqual([]);
    call('ec2', 'StartInstances', { InstanceIds: [instance.InstanceId] });
    await settle(aws);
    expect(ours()).toHaveLength(1);
    expect(ours()[0]?.TrafficMirrorSessionId).not.toBe(first[0]?.TrafficMirrorSessionId);
  });

  it('does nothing in an account that is not armed', async () => {
    launch('m5.large');
    await settle(aws);
    expect(sessions()).toEqual([]);
    expect(told()).toBeUndefined();
  });

  it('counts sessions of others, takes another number where its own is in use, and touches none of theirs', async () => {
    const [two, three] = launch('m5.large', 2) as [Instance, Instance];
    await settle(aws);
    for (const number of [150, 151]) foreign(eniOf(two), number);
    for (const number of [1, 2, 3]) foreign(eniOf(three), number);
    await reconcile();
    expect(ours()).toMatchObject([{ NetworkInterfaceId: eniOf(two), SessionNumber: 152 }]);
    expect(sessions()).toHaveLength(6);
    expect(told()?.data.items).toContainEqual({
      ...{ networkInterfaceId: eniOf(three), instanceId: three.InstanceId, instanceType: 'm5.large' },
      state: 'LIMIT',
      reason: 'three sessions of others',
    });
  });

  it('tries a type that nobody knows once, and remembers what AWS said', async () => {
    await reconcile();
    launch('m8g.large', 3);
    launch('m9x.large', 3);
    launch('t2.micro');
    launch('m5.metal');
    await settle(aws);
    await reconcile();
    expect(ours()).toHaveLength(3);
    const items = (told()?.data.items ?? []) as { state: string }[];
    expect(items.filter(({ state }) => state === 'UNSUPPORTED')).toHaveLength(5);
    const [{ Tags }] = call('ec2', 'DescribeTrafficMirrorFilters', {
      Filters: [{ Name: 'tag-key', Values: ['jetway:mirror-profile'] }],
    }).TrafficMirrorFilters;
    expect(Tags).toContainEqual({
      Key: 'jetway:mirror-type:m8g.large',
      Value: expect.stringMatching(/^refused@/),
    });
    expect(Tags).toContainEqual({
      Key: 'jetway:mirror-type:m9x.large',
      Value: expect.stringMatching(/^accepted@/),
    });
  });

  it('puts back what somebody deleted, although AWS answers the old token with the old session', async () => {
    await reconcile();
    launch('m5.large');
    await settle(aws);
    const [session] = ours();
    call('ec2', 'DeleteTrafficMirrorSession', { TrafficMirrorSessionId: session?.TrafficMirrorSessionId });
    await reconcile();
    expect(ours()).toHaveLength(1);
    await reconcile();
    expect(ours()).toHaveLength(1);
  });

  it('mirrors what the tags of the profile ask for, and what is sent elsewhere is sent anew', async () => {
    const [chosen] = launch('m5.large', 1, { env: 'prod' }) as [Instance];
    launch('m5.large', 2, { env: 'dev' });
    launch('m5.large', 1);
    await settle(aws);
    await reconcile(profileInput({ tags: { env: 'prod' } }));
    expect(ours()).toMatchObject([{ NetworkInterfaceId: eniOf(chosen) }]);
    const targetId = call('ec2', 'CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-0analysis' })
      .TrafficMirrorTarget.TrafficMirrorTargetId;
    await reconcile(profileInput({ tags: { env: 'prod' } }, { targetId }));
    expect(ours()).toMatchObject([{ NetworkInterfaceId: eniOf(chosen), TrafficMirrorTargetId: targetId }]);
  });

  it('makes another filter of other rules and lengths, and leaves none of before', async () => {
    await reconcile();
    launch('m5.large', 3);
    await settle(aws);
    const before = ours();
    await reconcile(profileInput({ packetLength: 200, sessionNumber: 7 }));
    const after = ours();
    expect(after.map((one) => one.NetworkInterfaceId).sort()).toEqual(
      before.map((one) => one.NetworkInterfaceId).sort(),
    );
    expect(after).toMatchObject([1, 2, 3].map(() => ({ PacketLength: 200, SessionNumber: 7 })));
    expect(call('ec2', 'DescribeTrafficMirrorFilters').TrafficMirrorFilters).toHaveLength(1);
    launch('m5.large');
    await settle(aws);
    expect(ours()).toMatchObject([1, 2, 3, 4].map(() => ({ PacketLength: 200 })));
    await reconcile();
    expect(ours()).toMatchObject([1, 2, 3, 4].map(() => ({ SessionNumber: 150 })));
  });

  it('arms nothing that sends to a target which is not shared', async () => {
    launch('m5.large');
    await settle(aws);
    const targetId = 'tmt-0fedcba9876543210';
    expect(await reconcile(profileInput({}, { targetId }))).toEqual({ outcome: 'NOT_ARMED' });
    expect(told()?.data).toMatchObject({
      status: 'NOT_ARMED',
      reason: expect.stringMatching(`^the target ${targetId} is not shared with the account: its share`),
      items: [],
    });
    expect(call('ec2', 'DescribeTrafficMirrorFilters').TrafficMirrorFilters).toEqual([]);
    expect(sessions()).toEqual([]);
  });

  it('mirrors from subnets that have a way to the hub, of the tiers that are asked for', async () => {
    const hubCidr = '100.64.0.0/24';
    await network(aws, call);
    expect(await reconcile(profileInput({}, { hubCidr }))).toEqual({ outcome: 'NOT_ARMED' });
    expect(told()?.data.reason).toMatch(/the route 0.0.0.0\/0 of rtb-\w+ leads to igw-\w+, not to the hub/);
    await network(aws, call, { TransitGatewayId: TGW });
    aws.world.store.transaction(() => putAttachment(aws.world.store, PLACE, attachment('available')));
    const subnet = (name: string): string =>
      call('ec2', 'DescribeSubnets', { Filters: [{ Name: 'tag:Name', Values: [name] }] }).Subnets[0].SubnetId;
    const inSubnet = (name: string): Instance =>
      call('ec2', 'RunInstances', {
        InstanceType: 'm5.large',
        MinCount: 1,
        MaxCount: 1,
        SubnetId: subnet(name),
      }).Instances[0];
    const [near, far] = [inSubnet('jetway-private-us-east-1a'), inSubnet('jetway-isolated-us-east-1a')];
    await settle(aws);
    await reconcile(profileInput({}, { hubCidr }));
    expect(ours()).toMatchObject([{ NetworkInterfaceId: eniOf(near) }]);
    expect(told()?.data.items).toContainEqual({
      ...{ networkInterfaceId: eniOf(far), instanceId: far.InstanceId, instanceType: 'm5.large' },
      ...{
        state: 'ARMED',
        reason: expect.stringMatching(
          `^from ${subnet('jetway-isolated-us-east-1a')} no route of rtb-\\w+ leads to the hub ${hubCidr}`,
        ),
      },
    });
    await reconcile(profileInput({ tiers: ['isolated'] }));
    expect(ours()).toMatchObject([{ NetworkInterfaceId: eniOf(far) }]);
    inSubnet('jetway-private-us-east-1a');
    const another = inSubnet('jetway-isolated-us-east-1a');
    await settle(aws);
    expect(
      ours()
        .map((one) => one.NetworkInterfaceId)
        .sort(),
    ).toEqual([eniOf(far), eniOf(another)].sort());
  });

  const PLACE = { accountId: ACCOUNT, region: REGION };
  const [TGW, PCX] = ['tgw-0123456789abcdef0', 'pcx-0123456789abcdef0'] as const;
  const vpcId = (): string =>
    call('ec2', 'DescribeVpcs').Vpcs.find((one: { CidrBlock: string }) => one.CidrBlock === '10.9.0.0/16')
      .VpcId;
  const attachment = (State: string) => ({
    ...{ TransitGatewayAttachmentId: 'tgw-attach-01', TransitGatewayId: TGW, State },
    ...{ VpcId: vpcId(), VpcOwnerId: ACCOUNT },
  });
  const peering = (Code: string, far: { cidr?: string; region?: string } = {}) => {
    const side = (CidrBlock: string, Region: string) => ({
      ...{ VpcId: 'vpc-1', OwnerId: ACCOUNT, Region, CidrBlockSet: [{ CidrBlock }] },
    });
    return {
      ...{ VpcPeeringConnectionId: PCX, Status: { Code } },
      RequesterVpcInfo: side('10.9.0.0/16', REGION),
      AccepterVpcInfo: side(far.cidr ?? '100.64.0.0/24', far.region ?? REGION),
    };
  };

  it('says which way is missing and where it is mended, and arms nothing before', async () => {
    const hubCidr = '100.64.0.0/24';
    const { store } = aws.world;
    const why = async () => {
      const { outcome } = await reconcile(profileInput({}, { hubCidr }));
      // The main route table leads nowhere at all, which is told last.
      return outcome === 'NOT_ARMED' ? String(told()?.data.reason).split('; ')[0] : outcome;
    };
    await network(aws, call);
    await network(aws, call, { TransitGatewayId: TGW });
    expect(await why()).toBe(`${vpcId()} is not attached to ${TGW}: attach it`);
    store.transaction(() => putAttachment(store, PLACE, attachment('pendingAcceptance')));
    expect(await why()).toBe(
      `the attachment tgw-attach-01 of ${vpcId()} to ${TGW} is pendingAcceptance: accept it in the account of the transit gateway`,
    );
    store.transaction(() => putAttachment(store, PLACE, attachment('failed')));
    expect(await why()).toContain('is failed: wait for it, or make it anew');

    await network(aws, call, { VpcPeeringConnectionId: PCX });
    expect(await why()).toBe(`the peering ${PCX} is gone: make it anew, and the route`);
    for (const [one, words] of [
      [peering('pending-acceptance'), 'is pending-acceptance: accept it in the account of the hub'],
      [peering('expired'), 'is expired: make it anew'],
      [peering('active', { region: 'eu-west-1' }), 'leads to another Region: AWS mirrors within one'],
      [
        peering('active', { cidr: '100.64.9.0/24' }),
        `joins 10.9.0.0/16 and 100.64.9.0/24: neither holds the hub ${hubCidr}`,
      ],
    ] as const) {
      store.transaction(() => putPeering(store, PLACE, one));
      expect(await why()).toBe(`the peering ${PCX} ${words}`);
    }
    expect(call('ec2', 'DescribeTrafficMirrorFilters').TrafficMirrorFilters).toEqual([]);
    store.transaction(() => putPeering(store, PLACE, peering('active', { cidr: '100.64.0.0/16' })));
    expect(await why()).toBe('MIRRORED');
    expect(call('ec2', 'DescribeTrafficMirrorFilters').TrafficMirrorFilters).toHaveLength(1);
  });

  it('believes the routes where its role is of before and may not look at attachments', async () => {
    await network(aws, call);
    await network(aws, call, { TransitGatewayId: TGW });
    aws.faults.inject({
      ...{ service: 'ec2', action: 'DescribeTransitGatewayVpcAttachments', kind: 'error' },
      code: 'UnauthorizedOperation',
      times: Number.POSITIVE_INFINITY,
    });
    expect(await reconcile(profileInput({}, { hubCidr: '100.64.0.0/24' }))).toEqual({ outcome: 'MIRRORED' });
  });

  it('says that sharing with the organization is off, where that is why', async () => {
    setTrusted(aws.world, 'ram.amazonaws.com', false);
    const targetId = 'tmt-0fedcba9876543210';
    expect(await reconcile(profileInput({}, { targetId }))).toEqual({ outcome: 'NOT_ARMED' });
    expect(told()?.data.reason).toBe(
      `the target ${targetId} is not shared with the account: sharing with the organization is off; ` +
        'switch it on in the management account (aws ram enable-sharing-with-aws-organization)',
    );
  });

  describe('with a target for each zone', () => {
    const HUB = {
      ...{ ownerId: '333344445555', region: REGION, tags: [] },
      type: 'network-interface' as const,
    };
    const [DEFAULT, ZONE_A, ZONE_B] = ['tmt-0aaaaaaaa', 'tmt-0aaaaaaab', 'tmt-0aaaaaaac'] as const;
    const zoneOf = (name: string): string =>
      call('ec2', 'DescribeSubnets').Subnets.find(
        ({ AvailabilityZone }: { AvailabilityZone: string }) => AvailabilityZone === name,
      ).AvailabilityZoneId;
    const launchIn = (name: string, count = 1): Instance[] => {
      const { SubnetId } = call('ec2', 'DescribeSubnets').Subnets.find(
        ({ AvailabilityZone }: { AvailabilityZone: string }) => AvailabilityZone === name,
      );
      return call('ec2', 'RunInstances', {
        ...{ InstanceType: 'm5.large', MinCount: count, MaxCount: count, SubnetId },
      }).Instances;
    };
    /** Three zones with a subnet each; two of them have a target. */
    beforeEach(async () => {
      const subnet = (zone: string, n: number) => ({
        [`S${n}`]: {
          Type: 'AWS::EC2::Subnet',
          Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: `10.9.${n}.0/24`, AvailabilityZone: zone },
        },
      });
      const Resources = {
        Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.9.0.0/16' } },
        ...subnet(`${REGION}a`, 1),
        ...subnet(`${REGION}b`, 2),
        ...subnet(`${REGION}c`, 3),
      };
      call('cloudformation', 'CreateStack', {
        StackName: 'zones',
        TemplateBody: JSON.stringify({ Resources }),
      });
      await settle(aws);
      aws.world.store.transaction(() => {
        for (const id of [DEFAULT, ZONE_A, ZONE_B])
          putMirrorTarget(aws.world.store, { ...HUB, id, shared: true });
      });
    });
    const zoned = () =>
      profileInput(
        {},
        { targetId: DEFAULT, zones: { [zoneOf('us-east-1a')]: ZONE_A, [zoneOf('us-east-1b')]: ZONE_B } },
      );
    const targetOf = (instance: Instance) =>
      ours().find((one) => one.NetworkInterfaceId === eniOf(instance))?.TrafficMirrorTargetId;

    it('sends to the target of its own zone, where there is one, also when an event tells of it', async () => {
      const [a, c] = [...launchIn('us-east-1a'), ...launchIn('us-east-1c')] as [Instance, Instance];
      await settle(aws);
      await reconcile(zoned());
      const [b] = launchIn('us-east-1b') as [Instance];
      await settle(aws);
      expect([a, b, c].map(targetOf)).toEqual([ZONE_A, ZONE_B, DEFAULT]);
      await reconcile(zoned());
      expect(ours()).toHaveLength(3);
      expect(told()?.data.items).toContainEqual(
        expect.objectContaining({ networkInterfaceId: eniOf(b), targetId: ZONE_B, state: 'MIRRORING' }),
      );
      // The zones are gone again: everything goes to the one target, and so does what starts later.
      await reconcile(profileInput({}, { targetId: DEFAULT }));
      const [later] = launchIn('us-east-1a') as [Instance];
      await settle(aws);
      expect([a, b, c, later].map(targetOf)).toEqual([DEFAULT, DEFAULT, DEFAULT, DEFAULT]);
    });

    it('falls back where the target of a zone is not shared, and says what has none at all', async () => {
      const [a, b] = [...launchIn('us-east-1a'), ...launchIn('us-east-1b')] as [Instance, Instance];
      await settle(aws);
      const share = (id: string, shared: boolean) =>
        aws.world.store.transaction(() => putMirrorTarget(aws.world.store, { ...HUB, id, shared }));
      share(ZONE_A, false);
      await reconcile(zoned());
      expect([a, b].map(targetOf)).toEqual([DEFAULT, ZONE_B]);
      share(DEFAULT, false);
      await reconcile(zoned());
      expect([a, b].map(targetOf)).toEqual([undefined, ZONE_B]);
      expect(told()?.data.items).toContainEqual(
        expect.objectContaining({
          ...{ networkInterfaceId: eniOf(a), state: 'ARMED' },
          reason: expect.stringContaining(`the target ${DEFAULT} is not shared with the account`),
        }),
      );
    });

    it('says when a target takes no more sources', async () => {
      launchIn('us-east-1a', 12);
      await settle(aws);
      await reconcile(zoned());
      expect(ours()).toHaveLength(10);
      const items = (told()?.data.items ?? []) as { state: string; reason?: string }[];
      const full = items.filter(({ state }) => state === 'LIMIT');
      expect(full).toHaveLength(2);
      expect(full[0]?.reason).toContain(`the target ${ZONE_A} has as many sources as it takes`);
    });
  });

  it.each([2])(
    'has exactly the wanted sessions after a thousand instances came and went, with lost and doubled events (%i)',
    async (seed) => {
      ({ aws, call } = await openAccount(seed));
      await reconcile();
      const random = seededRandom(seed);
      Object.assign(aws.events.faults, { dropRate: 0.15, duplicateRate: 0.2, shuffleMs: 5 * MINUTE });
      const TYPES = ['m5.large', 't3.micro', 'c6i.xlarge', 'm8g.large', 't2.micro', 'm9x.large'];
      const all: Instance[] = [];
      const any = () => all[random.below(all.length)] as Instance;
      const attempt = (action: string, InstanceIds: string[]) => {
        try {
          call('ec2', action, { InstanceIds });
        } catch {
          // Not in a state for it.
        }
      };
      while (all.length < 1_000) {
        const what = random.below(10);
        if (what < 5) all.push(...launch(TYPES[random.below(TYPES.length)] as string, 1 + random.below(8)));
        else if (all.length === 0) continue;
        else if (what < 7) attempt('StopInstances', [any().InstanceId]);
        else if (what === 7) attempt('StartInstances', [any().InstanceId]);
        else if (what === 8) attempt('TerminateInstances', [any().InstanceId]);
        else {
          const eni = eniOf(any());
          const used = sessions().filter((one) => one.NetworkInterfaceId === eni);
          if (eni && used.length < 3 && !used.some((one) => one.SessionNumber === 150))
            try {
              foreign(eni, 150);
            } catch {
              // Its type is not mirrored.
            }
        }
        if (random.below(5) === 0) await aws.pass(random.below(30_000));
      }
      await settle(aws);
      Object.assign(aws.events.faults, { dropRate: 0, duplicateRate: 0, shuffleMs: 0 });
      const beforehand = ours().length;
      await reconcile();
      // A type that nobody knew may have been tried only now; the next look has the rest of its kind.
      await reconcile();

      const refused = ['m8g.large', 't2.micro'];
      const instances: Instance[] = all.map(
        ({ InstanceId }) =>
          call('ec2', 'DescribeInstances', { InstanceIds: [InstanceId] }).Reservations[0].Instances[0],
      );
      const wanted = instances
        .filter(({ State, InstanceType }) => State.Name === 'running' && !refused.includes(InstanceType))
        .map(eniOf);
      expect(wanted.length).toBeGreaterThan(300);
      expect(beforehand).not.toBe(0);
      expect(
        ours()
          .map((one) => one.NetworkInterfaceId)
          .sort(),
      ).toEqual(wanted.sort());
      const everySession = sessions();
      for (const eni of new Set(everySession.map((one) => one.NetworkInterfaceId))) {
        const some = everySession.filter((one) => one.NetworkInterfaceId === eni);
        expect(some.length).toBeLessThanOrEqual(3);
        expect(new Set(some.map((one) => one.SessionNumber)).size).toBe(some.length);
      }
      expect(aws.events.counts.dropped).toBeGreaterThan(100);
      expect(aws.events.counts.duplicated).toBeGreaterThan(100);
    },
    600_000,
  );
});
