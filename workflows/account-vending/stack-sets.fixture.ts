import { ACCOUNT_ID, type Args, page, raise } from './answers.fixture.ts';

type Set = { digest: string; status: string; permissions: string };
type Parameter = { ParameterKey: string; ParameterValue: string };
export type Instance = { region: string; status: string; detailed: string; reason: string };
type Operation = { verb: 'create' | 'update' | 'delete'; regions: string[]; status: string };

export const stackSetState = () => ({
  sets: new Map<string, Set>(),
  /** By set. */
  instances: new Map<string, Instance[]>(),
  /** By set and id. */
  operations: new Map<string, Operation>(),
  /** By set and Region. */
  overrides: new Map<string, Parameter[]>(),
  /** Why nothing can be done in a Region, in AWS's words. */
  failing: new Map<string, string>(),
});
export type StackSetState = ReturnType<typeof stackSetState>;

/** Of instances that were there before. */
const PLANNED: Parameter[] = [{ ParameterKey: 'HomeRegion', ParameterValue: 'us-east-1' }];

const named = ({ StackSetName }: Args): string => String(StackSetName);

/** Stack sets of the management account. An operation takes one look to be done, and fails where it is to. */
export function stackSetAnswers(state: StackSetState) {
  const instancesOf = (set: string): Instance[] => state.instances.get(set) ?? [];
  const put = (set: string, instance: Instance): void => {
    const others = instancesOf(set).filter((one) => one.region !== instance.region);
    state.instances.set(set, [...others, instance]);
  };
  const begin =
    (verb: Operation['verb']) =>
    (args: Args): { OperationId: unknown } => {
      const set = named(args);
      const key = `${set}/${args.OperationId}`;
      if (state.operations.has(key))
        raise('CloudFormation.OperationIdAlreadyExistsException', 'The operation exists.');
      const regions = args.Regions as unknown as string[];
      state.operations.set(key, { verb, regions, status: 'RUNNING' });
      for (const region of regions) {
        put(set, { region, status: 'OUTDATED', detailed: 'RUNNING', reason: '' });
        state.overrides.set(`${set}/${region}`, args.ParameterOverrides as unknown as Parameter[]);
      }
      return { OperationId: args.OperationId };
    };
  const finish = (set: string, { verb, regions }: Operation): void => {
    for (const region of regions) {
      const reason = state.failing.get(region);
      if (verb === 'delete' && reason === undefined)
        state.instances.set(
          set,
          instancesOf(set).filter((one) => one.region !== region),
        );
      else if (reason === undefined)
        put(set, { region, status: 'CURRENT', detailed: 'SUCCEEDED', reason: '' });
      else if (verb === 'delete') put(set, { region, status: 'INOPERABLE', detailed: 'INOPERABLE', reason });
      else put(set, { region, status: 'OUTDATED', detailed: 'FAILED', reason });
    }
  };

  return {
    'cloudformation:describeStackSet': (args: Args) => {
      const set = state.sets.get(named(args));
      if (!set) return raise('CloudFormation.StackSetNotFoundException', 'StackSet not found');
      return {
        StackSet: {
          StackSetName: named(args),
          Status: set.status,
          PermissionModel: set.permissions,
          Tags: [
            { Key: 'other', Value: 'tag' },
            { Key: 'jetway:template-digest', Value: set.digest },
          ],
        },
      };
    },
    'cloudformation:createStackSet': (args: Args) => {
      if (state.sets.has(named(args)))
        raise('CloudFormation.NameAlreadyExistsException', 'The name exists already.');
      const tags = args.Tags as unknown as { Key: string; Value: string }[];
      const digest = tags.find((tag) => tag.Key === 'jetway:template-digest')?.Value ?? '';
      state.sets.set(named(args), { digest, status: 'ACTIVE', permissions: String(args.PermissionModel) });
      return { StackSetId: `${named(args)}:1` };
    },
    'cloudformation:createStackInstances': begin('create'),
    'cloudformation:updateStackInstances': begin('update'),
    'cloudformation:deleteStackInstances': begin('delete'),
    'cloudformation:describeStackSetOperation': (args: Args) => {
      const operation = state.operations.get(`${named(args)}/${args.OperationId}`);
      if (!operation) return raise('CloudFormation.OperationNotFoundException', 'Operation not found');
      const Status = operation.status;
      if (Status === 'RUNNING') {
        finish(named(args), operation);
        operation.status = operation.regions.some((region) => state.failing.has(region))
          ? 'FAILED'
          : 'SUCCEEDED';
      }
      return { StackSetOperation: { OperationId: args.OperationId, Status } };
    },
    'cloudformation:describeStackInstance': (args: Args) => ({
      StackInstance: {
        Region: args.StackInstanceRegion,
        ParameterOverrides: state.overrides.get(`${named(args)}/${args.StackInstanceRegion}`) ?? PLANNED,
      },
    }),
    'cloudformation:listStackInstances': (args: Args) => {
      const { items, next } = page(instancesOf(named(args)), args.NextToken);
      return {
        Summaries: items.map(({ region, status, detailed, reason }) => ({
          Region: region,
          Account: ACCOUNT_ID,
          Status: status,
          StackInstanceStatus: { DetailedStatus: detailed },
          ...(reason === '' ? {} : { StatusReason: reason }),
          ...(detailed === 'CANCELLED' ? {} : { StackId: `arn:aws:cloudformation:${region}:stack/1` }),
        })),
        ...next,
      };
    },
  };
}
