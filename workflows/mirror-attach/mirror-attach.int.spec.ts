import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { deploy } from '../../infra/local/deploy.ts';
import { openTestAws, type TestAws } from '../../infra/local/local-aws.fixture.ts';
import { seededRandom } from '../../infra/local/random.ts';
import { putMirrorTarget } from '../../infra/local/services/ec2/traffic-mirrors.ts';
import { putAttachment, putPeering } from '../../infra/local/services/ec2/ways.ts';
import { setTrusted } from '../../infra/local/services/organizations/service-access.ts';
import { WorkflowFact } from '../../services/inbox/message.schema.ts';
import { foldCoverage } from '../../services/mirroring/coverage.ts';
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

/** Looks after every call of the machine, as somebody who is never away. @returns what ends it */
function afterEachCall(aws: TestAws, look: () => void): () => void {
  const { dispatcher } = aws;
  const call = dispatcher.call;
  let looking = false;
  dispatcher.call = (...args: Parameters<typeof call>) => {
    const answer = call.apply(dispatcher, args);
    if (!looking) {
      looking = true;
      look();
      looking = false;
    }
    return answer;
  };
  return () => {
    dispatcher.call = call;
  };
}

type Profile = MirrorReconcileInput['profiles'][number];

function profileOf(name: string, changes: Partial<Profile> = {}): Profile {
  const read = readProfile(name, readMirrorCatalogue().profiles.get(name));
  if ('errors' in read) throw new Error(name);
  const { sessionNumber, filter } = read.profile;
  return {
    ...{ name, sessionNumber, networkServices: filter.networkServices ?? [], rules: filter.rules },
    ...{ tags: {}, tiers: [], ...changes },
  };
}

const inputOf = (profiles: Profile[], where: Partial<MirrorReconcileInput> = {}) =>
  MirrorReconcileInput.parse({ accountId: ACCOUNT, profiles, targetId: TARGET, ...where });

const profileInput = (changes: Partial<Profile> = {}, where: Partial<MirrorReconcileInput> = {}) =>
  inputOf([profileOf('skip-bulk', changes)], where);

describe('mirror-attach on the embedded AWS', () => {
  let aws: TestAws;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many operations
  let call: (service: string, action: string, input?: unknown) => any;
  let runs = 0;
  beforeEach(async () => {
    heard = [];
    ({ aws, call } = await openAccount(8));
  });

  /** Looks at the whole account, as a schedule does. */
  async function reconcile(
    input = profileInput(),
    watch?: (executionArn: string) => void,
    ends: readonly string[] = ['SUCCEEDED'],
  ) {
    runs += 1;
    const { executionArn } = aws.call('stepfunctions', 'StartExecution', {
      stateMachineArn: MACHINE,
      name: `reconcile-${runs}`,
      input: JSON.stringify(input),
    });
    const stop = watch && afterEachCall(aws, () => watch(executionArn));
    await settle(aws);
    stop?.();
    const { status, output, error, cause } = aws.call('stepfunctions', 'DescribeExecution', { executionArn });
    if (!ends.includes(status)) throw new Error(`${status} ${error}: ${cause}`);
    return JSON.parse(output ?? '{}') as { outcome: string };
  }
  function sessions(NextToken?: string): Session[] {
    const page = call('ec2', 'DescribeTrafficMirrorSessions', { NextToken });
    return [...page.TrafficMirrorSessions, ...(page.NextToken ? sessions(page.NextToken) : [])];
  }
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
  const nameOf = ({ Tags }: Session) => Tags.find(({ Key }) => Key === 'jetway:mirror-profile')?.Value;
  let heard: WorkflowFact[] = [];
  /** All that the machine has said. */
  function facts(): WorkflowFact[] {
    for (;;) {
      const { Messages } = aws.call('sqs', 'ReceiveMessage', {
        QueueUrl: 'jetway-inbox',
        MaxNumberOfMessages: 10,
      });
      if (!Messages?.length) return heard;
      for (const { Body, ReceiptHandle } of Messages as { Body: string; ReceiptHandle: string }[]) {
        aws.call('sqs', 'DeleteMessage', { QueueUrl: 'jetway-inbox', ReceiptHandle });
        const body = JSON.parse(Body);
        if (body.kind === 'fact') heard.push(WorkflowFact.parse(body));
      }
    }
  }
  const told = (): WorkflowFact | undefined => facts().at(-1);
  const newestLook = () => Math.max(...facts().map(({ data }) => Number(data.look)));
  /** What the ledger would show: nothing is said to be mirrored that has no session. */
  function claimed() {
    const coverage = foldCoverage(facts().map((one) => ({ ...one, version: one.order })) as never);
    const there = new Set(ours().map((one) => one.TrafficMirrorSessionId));
    for (const row of coverage?.rows.values() ?? [])
      if (row.state === 'MIRRORING') expect(there).toContain(row.sessionId);
    return coverage;
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
      ...{ profile: 'skip-bulk', state: 'LIMIT' },
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
        ...{ profile: 'skip-bulk', state: 'ARMED' },
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

  describe('with several profiles', () => {
    const ALL = ['security-standard', 'skip-bulk', 'dns-only'];
    const profilesOf = (names: string[]) => inputOf(names.map((name) => profileOf(name)));
    const at = (instance: Instance) =>
      sessions()
        .filter((one) => one.NetworkInterfaceId === eniOf(instance))
        .sort((a, b) => a.SessionNumber - b.SessionNumber)
        .map((one) => [one.SessionNumber, nameOf(one)]);

    it('gives an interface a session for each, in the order of their numbers, also by an event', async () => {
      const [first] = launch('m5.large') as [Instance];
      await settle(aws);
      await reconcile(profilesOf(ALL));
      const [second] = launch('m5.large') as [Instance];
      await settle(aws);
      for (const instance of [first, second])
        expect(at(instance)).toEqual([
          [100, 'security-standard'],
          [150, 'skip-bulk'],
          [200, 'dns-only'],
        ]);
      expect(told()?.data).toMatchObject({
        profile: ALL.join(' '),
        items: ALL.map((profile) => ({ profile, state: 'MIRRORING' })),
      });
    });

    it('leaves out those that come last where others have sessions, and keeps the order', async () => {
      const [instance] = launch('m5.large') as [Instance];
      await settle(aws);
      foreign(eniOf(instance), 100);
      await reconcile(profilesOf(ALL));
      expect(at(instance)).toEqual([
        [100, undefined],
        [101, 'security-standard'],
        [150, 'skip-bulk'],
      ]);
      expect(told()?.data.items).toContainEqual(
        expect.objectContaining({
          ...{ profile: 'dns-only', state: 'LIMIT' },
          reason: '1 sessions of others leave no room beside profiles with lower numbers',
        }),
      );
    });

    it('takes the interfaces that each selects', async () => {
      const [chosen] = launch('m5.large', 1, { env: 'prod' }) as [Instance];
      const [other] = launch('m5.large') as [Instance];
      await settle(aws);
      await reconcile(
        inputOf([profileOf('security-standard', { tags: { env: 'prod' } }), profileOf('dns-only')]),
      );
      expect(at(chosen).map(([number]) => number)).toEqual([100, 200]);
      expect(at(other).map(([number]) => number)).toEqual([200]);
    });

    it('changes them without a moment in which nothing is copied, and leaves none of before', async () => {
      const instances = launch('m5.large', 4);
      await settle(aws);
      foreign(eniOf(instances[0]!), 7);
      for (const number of [7, 8]) foreign(eniOf(instances[1]!), number);
      await reconcile(profilesOf(['skip-bulk']));
      const gaps = new Set<string>();
      await reconcile(profilesOf(['dns-only', 'security-standard'].reverse()), () => {
        for (const [n, instance] of instances.entries())
          if (ours().every((one) => one.NetworkInterfaceId !== eniOf(instance))) gaps.add(String(n));
      });
      // Where three sessions are there, one has to go first.
      expect([...gaps]).toEqual(['1']);
      expect(at(instances[0]!).map(([, name]) => name)).toEqual([undefined, 'security-standard', 'dns-only']);
      expect(at(instances[1]!).map(([, name]) => name)).toEqual([undefined, undefined, 'security-standard']);
      for (const instance of instances.slice(2))
        expect(at(instance).map(([, name]) => name)).toEqual(['security-standard', 'dns-only']);
      const filters = call('ec2', 'DescribeTrafficMirrorFilters', {
        Filters: [{ Name: 'tag-key', Values: ['jetway:mirror-profile'] }],
      }).TrafficMirrorFilters;
      expect(filters).toHaveLength(2);
      const [later] = launch('m5.large') as [Instance];
      await settle(aws);
      expect(at(later).map(([, name]) => name)).toEqual(['security-standard', 'dns-only']);
    });

    it('takes everything of ours away when there is none any more, and nothing of others', async () => {
      const [instance] = launch('m5.large') as [Instance];
      await settle(aws);
      foreign(eniOf(instance), 7);
      await reconcile(profilesOf(ALL.slice(0, 2)));
      expect(ours()).toHaveLength(2);
      expect(await reconcile(MirrorReconcileInput.parse({ accountId: ACCOUNT, profiles: [] }))).toEqual({
        outcome: 'NOT_ARMED',
      });
      expect(at(instance)).toEqual([[7, undefined]]);
      launch('m5.large');
      await settle(aws);
      expect(ours()).toEqual([]);
      const { reason, ...data } = told()?.data ?? {};
      expect({ reason, ...data }).toMatchObject({ status: 'NOT_ARMED', profile: '', items: [] });
      expect(reason).toBeUndefined();
    });

    it('comes to the same when the change is killed at any moment and asked for again', async () => {
      const instances = launch('m5.large', 3);
      await settle(aws);
      foreign(eniOf(instances[0]!), 200);
      const random = seededRandom(5);
      let killed = 0;
      for (let turn = 0; turn < 12; turn++) {
        const names = turn % 2 === 0 ? ['skip-bulk'] : ['security-standard', 'dns-only'];
        const dies = 1 + random.below(40);
        let steps = 0;
        await reconcile(
          profilesOf(names),
          (executionArn) => {
            steps += 1;
            if (steps !== dies) return;
            killed += 1;
            queueMicrotask(() => aws.call('stepfunctions', 'StopExecution', { executionArn }));
          },
          ['SUCCEEDED', 'ABORTED'],
        );
        claimed();
        await reconcile(profilesOf(names));
        for (const [n, instance] of instances.entries())
          expect(at(instance)).toEqual(
            [
              ...names.map((name) => [
                { 'skip-bulk': 150, 'security-standard': 100 }[name] ?? (n === 0 ? 201 : 200),
                name,
              ]),
              ...(n === 0 ? [[200, undefined]] : []),
            ].sort(([a], [b]) => Number(a) - Number(b)),
          );
        claimed();
      }
      expect(killed).toBeGreaterThan(5);
    });
  });

  it('mirrors more interfaces than one run has steps for, in several, and tells of all of them', async () => {
    const count = 1_100;
    for (let n = 0; n < count; n += 100) launch('m5.large', 100);
    await settle(aws);
    const input = inputOf([profileOf('skip-bulk')]);
    let more = true;
    let started = 0;
    for (; more; started++) {
      expect(started).toBeLessThan(5);
      await reconcile(input);
      const [parts] = [facts().filter(({ data }) => data.look === newestLook())];
      for (const part of parts) expect(JSON.stringify(part).length).toBeLessThan(100_000);
      more = parts.some(({ data }) => data.more === true);
    }
    expect(started).toBe(3);
    expect(ours()).toHaveLength(count);
    expect([...(claimed()?.rows.values() ?? [])].filter(({ state }) => state === 'MIRRORING')).toHaveLength(
      count,
    );
  }, 300_000);

  /** What an interface of these tags is to have, beside so many sessions of others: the contract, without its workings. */
  const WANTED = [
    profileOf('security-standard', { tags: { env: 'prod' } }),
    profileOf('skip-bulk'),
    profileOf('dns-only'),
  ];
  const wantedFor = (isProd: boolean, others: number): string[] =>
    WANTED.map(({ name }) => name)
      .filter((name) => isProd || name !== 'security-standard')
      .slice(0, Math.max(0, 3 - others));

  it.each([
    ['one profile', 2, ['skip-bulk']],
    ['three profiles', 3, WANTED.map(({ name }) => name)],
  ])(
    'has exactly the sessions of %s after a thousand instances came and went, with lost and doubled events (%i)',
    async (_name, seed, names) => {
      ({ aws, call } = await openAccount(seed));
      const input = inputOf(WANTED.filter(({ name }) => names.includes(name)));
      if (names.length === 1) input.profiles[0]!.tags = {};
      // Before: another profile, which the account is changed from while instances come and go.
      await reconcile(names.length === 1 ? input : inputOf([profileOf('dns-only', { packetLength: 100 })]));
      const random = seededRandom(seed);
      Object.assign(aws.events.faults, { dropRate: 0.15, duplicateRate: 0.2, shuffleMs: 5 * MINUTE });
      const TYPES = ['m5.large', 't3.micro', 'c6i.xlarge', 'm8g.large', 't2.micro', 'm9x.large'];
      const all: Instance[] = [];
      const prod = new Set<string>();
      const any = () => all[random.below(all.length)] as Instance;
      const attempt = (action: string, InstanceIds: string[]) => {
        try {
          call('ec2', action, { InstanceIds });
        } catch {
          // Not in a state for it.
        }
      };
      let changed = false;
      while (all.length < 1_000) {
        const what = random.below(10);
        if (what < 5) {
          const isProd = random.below(2) === 0;
          const some = launch(
            TYPES[random.below(TYPES.length)] as string,
            1 + random.below(8),
            isProd ? { env: 'prod' } : {},
          );
          all.push(...some);
          if (isProd) for (const { InstanceId } of some) prod.add(InstanceId);
        } else if (all.length === 0) continue;
        else if (what < 7) attempt('StopInstances', [any().InstanceId]);
        else if (what === 7) attempt('StartInstances', [any().InstanceId]);
        else if (what === 8) attempt('TerminateInstances', [any().InstanceId]);
        else {
          const eni = eniOf(any());
          const number = [100, 150, 151, 200, 7][random.below(5)] as number;
          const used = sessions().filter((one) => one.NetworkInterfaceId === eni);
          if (eni && used.length < 3 && !used.some((one) => one.SessionNumber === number))
            try {
              foreign(eni, number);
            } catch {
              // Its type is not mirrored.
            }
        }
        if (!changed && all.length > 500) {
          changed = true;
          await reconcile(input);
        }
        if (random.below(5) === 0) await aws.pass(random.below(30_000));
      }
      await settle(aws);
      Object.assign(aws.events.faults, { dropRate: 0, duplicateRate: 0, shuffleMs: 0 });
      const beforehand = ours().length;
      // What one run leaves the next one does.
      do await reconcile(input);
      while (facts().some(({ data }) => data.look === newestLook() && data.more === true));
      claimed();

      const refused = ['m8g.large', 't2.micro'];
      const instances: Instance[] = all.map(
        ({ InstanceId }) =>
          call('ec2', 'DescribeInstances', { InstanceIds: [InstanceId] }).Reservations[0].Instances[0],
      );
      const everySession = new Map<string, Session[]>();
      for (const one of sessions())
        everySession.set(one.NetworkInterfaceId, [...(everySession.get(one.NetworkInterfaceId) ?? []), one]);
      const running = instances.filter(
        ({ State, InstanceType }) => State.Name === 'running' && !refused.includes(InstanceType),
      );
      expect(running.length).toBeGreaterThan(300);
      expect(beforehand).not.toBe(0);
      let left = ours().length;
      for (const instance of running) {
        const some = (everySession.get(eniOf(instance)) ?? []).sort(
          (a, b) => a.SessionNumber - b.SessionNumber,
        );
        const mine = some.map(nameOf).filter((name) => name !== undefined);
        const wanted =
          names.length === 1
            ? names.slice(0, 3 - (some.length - mine.length))
            : wantedFor(prod.has(instance.InstanceId), some.length - mine.length);
        expect(mine).toEqual(wanted);
        left -= mine.length;
      }
      // No other interface has one of ours.
      expect(left).toBe(0);
      for (const some of everySession.values()) {
        expect(some.length).toBeLessThanOrEqual(3);
        expect(new Set(some.map((one) => one.SessionNumber)).size).toBe(some.length);
      }
      expect(aws.events.counts.dropped).toBeGreaterThan(100);
      expect(aws.events.counts.duplicated).toBeGreaterThan(100);
    },
    600_000,
  );
});
