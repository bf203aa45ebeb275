import { page } from '../../paging.ts';
import { AwsError, type Caller, type Operation, type World } from '../../world.ts';
import { getResource } from '../account-resources.ts';
import { SUBNET } from '../cloudformation/resources/ec2-type.ts';
import { type Filters, passes, type Tag, type TagSpecifications, tagsOf } from './filters.ts';

export type InstanceState = 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated';
export type Instance = {
  id: string;
  type: string;
  state: InstanceState;
  /** ISO 8601: of the last start. */
  launchTime: string;
  interfaceIds: string[];
  tags: Tag[];
};
export type Interface = {
  id: string;
  instanceId: string;
  instanceType: string;
  subnetId: string;
  vpcId: string;
  tags: Tag[];
};
type Describe = { Filters?: Filters; NextToken?: string; MaxResults?: number };
type Some = { InstanceIds: string[] };

const CODES: Record<InstanceState, number> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};
const PAGE = 1_000;
const MOVES_MS = 20_000;
const MOVE = 'ec2/instance-state';

export const instancesAt = ({ accountId, region }: Omit<Caller, 'principalArn'>) =>
  `ec2/instances/${accountId}/${region}`;
export const interfacesAt = ({ accountId, region }: Omit<Caller, 'principalArn'>) =>
  `ec2/interfaces/${accountId}/${region}`;

type Move = { accountId: string; region: string; id: string; to: InstanceState };

/** Instances with one network interface each. States change after some time, and EventBridge is told each. */
export function instanceOperations(
  world: World,
  onInterfaceGone: (place: Omit<Caller, 'principalArn'>, id: string) => void,
): Record<string, Operation> {
  const { store, scheduler, random } = world;
  const at = (caller: Omit<Caller, 'principalArn'>, id: string): Instance => {
    const instance = store.get<Instance>(instancesAt(caller), id);
    if (!instance) throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
    return instance;
  };
  const vpcOf = ({ accountId, region }: Caller, subnetId: string | undefined): string => {
    if (subnetId === undefined) return 'vpc-default';
    const subnet = getResource(store, accountId, region, SUBNET, subnetId);
    if (!subnet) throw new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${subnetId}' does not exist`);
    return String(subnet.properties.VpcId);
  };
  const enter = (place: Omit<Caller, 'principalArn'>, instance: Instance, state: InstanceState) => {
    const { accountId, region } = place;
    const launchTime = state === 'pending' ? new Date(scheduler.now()).toISOString() : instance.launchTime;
    store.put(instancesAt(place), instance.id, { ...instance, state, launchTime });
    if (state === 'terminated')
      for (const id of instance.interfaceIds) {
        store.delete(interfacesAt(place), id);
        onInterfaceGone(place, id);
      }
    world.emit({
      'detail-type': 'EC2 Instance State-change Notification',
      source: 'aws.ec2',
      account: accountId,
      region,
      resources: [`arn:aws:ec2:${region}:${accountId}:instance/${instance.id}`],
      detail: { 'instance-id': instance.id, state },
    });
  };
  const later = ({ accountId, region }: Omit<Caller, 'principalArn'>, id: string, to: InstanceState) =>
    scheduler.after(MOVES_MS / 2 + random.below(MOVES_MS), MOVE, {
      accountId,
      region,
      id,
      to,
    } satisfies Move);
  const AFTER: Partial<Record<InstanceState, InstanceState>> = {
    running: 'pending',
    stopped: 'stopping',
    terminated: 'shutting-down',
  };
  scheduler.on(MOVE, ({ id, to, ...place }: Move) => {
    const instance = store.get<Instance>(instancesAt(place), id);
    // Somebody may have asked for another state meanwhile.
    if (instance && instance.state === AFTER[to]) enter(place, instance, to);
  });

  const change =
    (answer: string, from: readonly InstanceState[], during: InstanceState, to: InstanceState) =>
    ({ InstanceIds }: Some, caller: Caller) => ({
      [answer]: InstanceIds.map((id) => {
        const before = at(caller, id);
        const isNews = from.includes(before.state);
        if (!isNews && before.state !== during && before.state !== to)
          throw new AwsError('IncorrectInstanceState', `The instance '${id}' is not in a state for that.`);
        if (isNews) {
          enter(caller, before, during);
          later(caller, id, to);
        }
        return { InstanceId: id, CurrentState: stateOf(at(caller, id)), PreviousState: stateOf(before) };
      }),
    });

  return {
    RunInstances: (
      input: {
        InstanceType?: string;
        MaxCount: number;
        SubnetId?: string;
        TagSpecifications?: TagSpecifications;
      },
      caller: Caller,
    ) => ({
      ReservationId: `r-0${random.hex(16)}`,
      OwnerId: caller.accountId,
      Instances: Array.from({ length: input.MaxCount }, () => {
        const [id, interfaceId] = [`i-0${random.hex(16)}`, `eni-0${random.hex(16)}`];
        const tags = tagsOf(input.TagSpecifications);
        const type = input.InstanceType ?? 'm5.large';
        const instance = {
          id,
          type,
          state: 'pending' as const,
          launchTime: '',
          interfaceIds: [interfaceId],
          tags,
        };
        store.put(interfacesAt(caller), interfaceId, {
          ...{ id: interfaceId, instanceId: id, instanceType: type, tags },
          subnetId: input.SubnetId ?? 'subnet-default',
          vpcId: vpcOf(caller, input.SubnetId),
        } satisfies Interface);
        enter(caller, instance, 'pending');
        later(caller, id, 'running');
        return describedInstance(at(caller, id));
      }),
    }),
    StartInstances: change('StartingInstances', ['stopped'], 'pending', 'running'),
    StopInstances: change('StoppingInstances', ['running', 'pending'], 'stopping', 'stopped'),
    TerminateInstances: change(
      'TerminatingInstances',
      ['pending', 'running', 'stopping', 'stopped'],
      'shutting-down',
      'terminated',
    ),
    DescribeInstances: (input: Describe & { InstanceIds?: string[] }, caller: Caller) => {
      const all = input.InstanceIds
        ? input.InstanceIds.map((id) => at(caller, id))
        : store.values<Instance>(instancesAt(caller));
      const found = all.filter((one) =>
        passes(input.Filters, one.tags, { 'instance-state-name': one.state, 'instance-id': one.id }),
      );
      const { items, nextToken } = page(
        found,
        input.NextToken,
        input.MaxResults ?? PAGE,
        'InvalidParameterValue',
      );
      return {
        Reservations: items.map((one) => ({
          ReservationId: `r-${one.id.slice(2)}`,
          OwnerId: caller.accountId,
          Instances: [describedInstance(one)],
        })),
        NextToken: nextToken,
      };
    },
    DescribeNetworkInterfaces: (input: Describe & { NetworkInterfaceIds?: string[] }, caller: Caller) => {
      const found = store.values<Interface>(interfacesAt(caller)).filter(
        (one) =>
          (input.NetworkInterfaceIds?.includes(one.id) ?? true) &&
          passes(input.Filters, one.tags, {
            'attachment.instance-id': one.instanceId,
            'interface-type': 'interface',
            'network-interface-id': one.id,
          }),
      );
      const { items, nextToken } = page(
        found,
        input.NextToken,
        input.MaxResults ?? PAGE,
        'InvalidParameterValue',
      );
      return {
        NetworkInterfaces: items.map((one) => describedInterface(one, caller.accountId)),
        NextToken: nextToken,
      };
    },
  };
}

const stateOf = ({ state }: Instance) => ({ Code: CODES[state], Name: state });

const describedInstance = (instance: Instance) => ({
  InstanceId: instance.id,
  InstanceType: instance.type,
  State: stateOf(instance),
  LaunchTime: instance.launchTime,
  Tags: instance.tags,
});

const describedInterface = (one: Interface, accountId: string) => ({
  NetworkInterfaceId: one.id,
  InterfaceType: 'interface',
  OwnerId: accountId,
  SubnetId: one.subnetId,
  VpcId: one.vpcId,
  Status: 'in-use',
  RequesterManaged: false,
  Attachment: { InstanceId: one.instanceId, DeviceIndex: 0, Status: 'attached' },
  TagSet: one.tags,
});
