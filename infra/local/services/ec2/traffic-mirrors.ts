import { supportOf } from '../../../../services/mirroring/instance-types.ts';
import { page } from '../../paging.ts';
import { AwsError, type Caller, type Operation, type World } from '../../world.ts';
import { type Filters, passes, type Tag, type TagSpecifications, tagsOf } from './filters.ts';
import { type Interface, interfacesAt } from './instances.ts';

type Place = Omit<Caller, 'principalArn'>;
type Session = {
  TrafficMirrorSessionId: string;
  NetworkInterfaceId: string;
  TrafficMirrorFilterId: string;
  TrafficMirrorTargetId: string;
  OwnerId: string;
  SessionNumber: number;
  PacketLength?: number;
  VirtualNetworkId: number;
  Tags: Tag[];
};
type Rule = { RuleNumber: number; TrafficDirection: 'ingress' | 'egress' };
type Filter = { TrafficMirrorFilterId: string; rules: Rule[]; NetworkServices: string[]; Tags: Tag[] };
/** A target, and whether RAM shares it with the organization: the embedded AWS has no RAM of its own. */
export type MirrorTarget = {
  id: string;
  ownerId: string;
  region: string;
  type: 'network-interface' | 'network-load-balancer' | 'gateway-load-balancer-endpoint';
  shared: boolean;
  tags: Tag[];
  /** How many an interface takes: 10, of the largest appliances 100. */
  sources?: number;
};
type Listing = { Filters?: Filters; NextToken?: string; MaxResults?: number };
type Creation = { ClientToken?: string; TagSpecifications?: TagSpecifications };

const PAGE = 1_000;
const MOST_SESSIONS = 3;
const MOST_RULES = 10;
const MOST_NUMBER = 32_766;
/** What a request with the same token has to say again. */
const SAME = [
  'NetworkInterfaceId',
  'TrafficMirrorFilterId',
  'TrafficMirrorTargetId',
  'SessionNumber',
  'PacketLength',
] as const;
const MOST_SOURCES = 10;
/** The interfaces that send to a target, by session, of every account. */
const SOURCES_OF = (targetId: string) => `ec2/mirror-sources/${targetId}`;
const at = (kind: string, { accountId, region }: Place) => `ec2/mirror-${kind}/${accountId}/${region}`;

export const MIRROR_TARGETS = 'ec2/mirror-targets';
/** Knob: a target, as an owner has made and shared it. */
export const putMirrorTarget = (store: World['store'], target: MirrorTarget): void =>
  store.put(MIRROR_TARGETS, target.id, target);

/** What this AWS does not mirror; nobody outside of it is told beforehand that m8g and c8g are among it. */
const REFUSED = {
  ...{ version: '', source: '', supportedFamilies: [], hundredSourceTargets: [], baselineGbps: {} },
  deniedFamilies: ['t2', 'm8g', 'c8g'],
};

/** Filters, sessions and targets; a target of another account is seen where it is shared. */
export function trafficMirrorOperations(world: World): {
  operations: Record<string, Operation>;
  onInterfaceGone: (place: Place, id: string) => void;
} {
  const { store, random } = world;
  const once = <T extends object>(
    kind: string,
    token: string | undefined,
    place: Place,
    make: () => T,
  ): T => {
    const known = token === undefined ? undefined : store.get<T>(at(`tokens-${kind}`, place), token);
    const made = known ?? make();
    if (token !== undefined) store.put(at(`tokens-${kind}`, place), token, made);
    return made;
  };
  const filterAt = (place: Place, id: string): Filter => {
    const filter = store.get<Filter>(at('filters', place), id);
    if (!filter)
      throw new AwsError('InvalidTrafficMirrorFilterId.NotFound', `The filter '${id}' does not exist`);
    return filter;
  };
  const targets = ({ accountId, region }: Place) =>
    store
      .values<MirrorTarget>(MIRROR_TARGETS)
      .filter((one) => one.region === region && (one.shared || one.ownerId === accountId));
  const targetAt = (place: Place, id: string): MirrorTarget => {
    const target = targets(place).find((one) => one.id === id);
    if (!target)
      throw new AwsError('InvalidTrafficMirrorTargetId.NotFound', `The target '${id}' does not exist`);
    return target;
  };
  const sessions = (place: Place) => store.values<Session>(at('sessions', place));

  function endSession(place: Place, { TrafficMirrorSessionId: id, TrafficMirrorTargetId: target }: Session) {
    store.delete(at('sessions', place), id);
    store.delete(SOURCES_OF(target), id);
  }

  /** Of all accounts: the quota is the target's. */
  function takesSource({ id, type, sources = MOST_SOURCES }: MirrorTarget, eni: string): void {
    if (type !== 'network-interface') return;
    const others = store.values<string>(SOURCES_OF(id)).filter((one) => one !== eni);
    if (others.length >= sources)
      throw new AwsError(
        'TrafficMirrorSourcesPerTargetLimitExceeded',
        `The target ${id} has ${sources} sources.`,
      );
  }

  function makeSession(input: Session & Creation, caller: Caller): Session {
    const eni = store.get<Interface>(interfacesAt(caller), input.NetworkInterfaceId);
    if (!eni)
      throw new AwsError(
        'InvalidNetworkInterfaceID.NotFound',
        `The networkInterface ID '${input.NetworkInterfaceId}' does not exist`,
      );
    filterAt(caller, input.TrafficMirrorFilterId);
    takesSource(targetAt(caller, input.TrafficMirrorTargetId), eni.id);
    if (supportOf(REFUSED, eni.instanceType).answer === 'unsupported')
      throw new AwsError('UnsupportedOperation', `${eni.instanceType} is not supported as a mirror source.`);
    const others = sessions(caller).filter((one) => one.NetworkInterfaceId === eni.id);
    if (others.length >= MOST_SESSIONS)
      throw new AwsError(
        'TrafficMirrorSessionsPerInterfaceLimitExceeded',
        `The interface ${eni.id} has ${MOST_SESSIONS} sessions.`,
      );
    const { SessionNumber } = input;
    if (SessionNumber < 1 || SessionNumber > MOST_NUMBER)
      throw new AwsError('InvalidParameterValue', `The session number ${SessionNumber} is out of range.`);
    if (others.some((one) => one.SessionNumber === SessionNumber))
      throw new AwsError('InvalidParameterValue', `The session number ${SessionNumber} is in use.`);
    const { ClientToken: _token, TagSpecifications, ...given } = input;
    const session: Session = {
      ...given,
      TrafficMirrorSessionId: `tms-0${random.hex(16)}`,
      OwnerId: caller.accountId,
      VirtualNetworkId: input.VirtualNetworkId ?? random.below(2 ** 24),
      Tags: tagsOf(TagSpecifications),
    };
    store.put(at('sessions', caller), session.TrafficMirrorSessionId, session);
    store.put(SOURCES_OF(session.TrafficMirrorTargetId), session.TrafficMirrorSessionId, eni.id);
    return session;
  }

  const described = ({ rules, ...filter }: Filter) => ({
    ...filter,
    IngressFilterRules: rules.filter((one) => one.TrafficDirection === 'ingress'),
    EgressFilterRules: rules.filter((one) => one.TrafficDirection === 'egress'),
  });

  return {
    onInterfaceGone: (place, id) => {
      for (const one of sessions(place)) if (one.NetworkInterfaceId === id) endSession(place, one);
    },
    operations: {
      CreateTrafficMirrorFilter: (input: Creation, caller: Caller) => {
        const filter = once('filters', input.ClientToken, caller, () => {
          const made: Filter = {
            TrafficMirrorFilterId: `tmf-0${random.hex(16)}`,
            ...{ rules: [], NetworkServices: [] },
            Tags: tagsOf(input.TagSpecifications),
          };
          store.put(at('filters', caller), made.TrafficMirrorFilterId, made);
          return made;
        });
        return { TrafficMirrorFilter: described(filterAt(caller, filter.TrafficMirrorFilterId)) };
      },
      ModifyTrafficMirrorFilterNetworkServices: (
        input: { TrafficMirrorFilterId: string; AddNetworkServices?: string[] },
        caller: Caller,
      ) => {
        const filter = filterAt(caller, input.TrafficMirrorFilterId);
        const NetworkServices = [
          ...new Set([...filter.NetworkServices, ...(input.AddNetworkServices ?? [])]),
        ];
        store.put(at('filters', caller), filter.TrafficMirrorFilterId, { ...filter, NetworkServices });
        return { TrafficMirrorFilter: described({ ...filter, NetworkServices }) };
      },
      CreateTrafficMirrorFilterRule: (
        {
          ClientToken,
          TagSpecifications: _tags,
          ...rule
        }: Rule & { TrafficMirrorFilterId: string } & Creation,
        caller: Caller,
      ) => {
        const made = once('rules', ClientToken, caller, () => {
          const filter = filterAt(caller, rule.TrafficMirrorFilterId);
          const isSame = (one: Rule) =>
            one.RuleNumber === rule.RuleNumber && one.TrafficDirection === rule.TrafficDirection;
          if (filter.rules.some(isSame))
            throw new AwsError('TrafficMirrorFilterRuleAlreadyExists', `Rule ${rule.RuleNumber} exists.`);
          if (filter.rules.length >= MOST_RULES)
            throw new AwsError(
              'TrafficMirrorFilterRuleLimitExceeded',
              `A filter has ${MOST_RULES} rules at most.`,
            );
          const made = { ...rule, TrafficMirrorFilterRuleId: `tmfr-0${random.hex(16)}` };
          store.put(at('filters', caller), filter.TrafficMirrorFilterId, {
            ...filter,
            rules: [...filter.rules, made],
          });
          return made;
        });
        return { TrafficMirrorFilterRule: made };
      },
      DescribeTrafficMirrorFilters: (
        input: Listing & { TrafficMirrorFilterIds?: string[] },
        caller: Caller,
      ) => {
        const found = store
          .values<Filter>(at('filters', caller))
          .filter((one) => input.TrafficMirrorFilterIds?.includes(one.TrafficMirrorFilterId) ?? true)
          .filter((one) =>
            passes(input.Filters, one.Tags, { 'traffic-mirror-filter-id': one.TrafficMirrorFilterId }),
          );
        const { items, nextToken } = page(
          found,
          input.NextToken,
          input.MaxResults ?? PAGE,
          'InvalidParameterValue',
        );
        return { TrafficMirrorFilters: items.map(described), NextToken: nextToken };
      },
      DeleteTrafficMirrorFilter: ({ TrafficMirrorFilterId: id }: Filter, caller: Caller) => {
        filterAt(caller, id);
        if (sessions(caller).some((one) => one.TrafficMirrorFilterId === id))
          throw new AwsError('TrafficMirrorFilterInUse', `The filter '${id}' is used by a session.`);
        store.delete(at('filters', caller), id);
        return { TrafficMirrorFilterId: id };
      },
      CreateTrafficMirrorTarget: (
        input: {
          NetworkLoadBalancerArn?: string;
          GatewayLoadBalancerEndpointId?: string;
        } & Creation,
        caller: Caller,
      ) => {
        const made = once('targets', input.ClientToken, caller, () => ({
          ...{
            id: `tmt-0${random.hex(16)}`,
            ownerId: caller.accountId,
            region: caller.region,
            shared: false,
          },
          type: input.NetworkLoadBalancerArn
            ? ('network-load-balancer' as const)
            : input.GatewayLoadBalancerEndpointId
              ? ('gateway-load-balancer-endpoint' as const)
              : ('network-interface' as const),
          tags: tagsOf(input.TagSpecifications),
        }));
        putMirrorTarget(store, made);
        return { TrafficMirrorTarget: describedTarget(made) };
      },
      DescribeTrafficMirrorTargets: (
        input: Listing & { TrafficMirrorTargetIds?: string[] },
        caller: Caller,
      ) => {
        const all = input.TrafficMirrorTargetIds?.map((id) => targetAt(caller, id)) ?? targets(caller);
        const found = all.filter((one) =>
          passes(input.Filters, one.tags, { 'traffic-mirror-target-id': one.id }),
        );
        const { items, nextToken } = page(
          found,
          input.NextToken,
          input.MaxResults ?? PAGE,
          'InvalidParameterValue',
        );
        return { TrafficMirrorTargets: items.map(describedTarget), NextToken: nextToken };
      },
      CreateTrafficMirrorSession: (input: Session & Creation, caller: Caller) => {
        // The answer to a token that was used is the session of then, also when it is no more.
        const session = once('sessions', input.ClientToken, caller, () => makeSession(input, caller));
        if (!SAME.every((member) => session[member] === input[member]))
          throw new AwsError(
            'IdempotentParameterMismatch',
            'The request uses the same client token as a previous, but non-identical request.',
          );
        return { TrafficMirrorSession: session, ClientToken: input.ClientToken };
      },
      DeleteTrafficMirrorSession: ({ TrafficMirrorSessionId: id }: Session, caller: Caller) => {
        const session = store.get<Session>(at('sessions', caller), id);
        if (!session)
          throw new AwsError('InvalidTrafficMirrorSessionId.NotFound', `The session '${id}' does not exist`);
        endSession(caller, session);
        return { TrafficMirrorSessionId: id };
      },
      DescribeTrafficMirrorSessions: (input: Listing, caller: Caller) => {
        const found = sessions(caller).filter((one) =>
          passes(input.Filters, one.Tags, { 'network-interface-id': one.NetworkInterfaceId }),
        );
        const { items, nextToken } = page(
          found,
          input.NextToken,
          input.MaxResults ?? PAGE,
          'InvalidParameterValue',
        );
        return { TrafficMirrorSessions: items, NextToken: nextToken };
      },
      CreateTags: ({ Resources, Tags }: { Resources: string[]; Tags: Tag[] }, caller: Caller) => {
        for (const id of Resources) {
          const filter = filterAt(caller, id);
          const kept = filter.Tags.filter(({ Key }) => !Tags.some((tag) => tag.Key === Key));
          store.put(at('filters', caller), id, { ...filter, Tags: [...kept, ...Tags] });
        }
        return {};
      },
    },
  };
}

const describedTarget = ({ id, ownerId, type, tags }: MirrorTarget) => ({
  ...{ TrafficMirrorTargetId: id, OwnerId: ownerId, Type: type, Tags: tags },
});
