import { page } from '../../paging.ts';
import { AwsError, type Caller, type Operation, type World } from '../../world.ts';
import type { ComplianceType } from './checks.ts';
import { tokenHolder } from './custom-rules.ts';
import { record } from './evaluation.ts';
import { type Item, itemsOf } from './items.ts';
import { listRules } from './rules.ts';

type Evaluation = {
  ComplianceResourceType: string;
  ComplianceResourceId: string;
  ComplianceType: ComplianceType;
  Annotation?: string;
};
type Put = { Evaluations?: Evaluation[]; ResultToken: string; TestMode?: boolean };
type Named = { resourceType: string; resourceId: string };
type Listed = { resourceType: string; nextToken?: string };
const LISTED_PER_PAGE = 100;

/** What the function of a custom rule asks of Config. */
export const customRuleOperations = (world: World): Record<string, Operation> => ({
  PutEvaluations: (input: Put, caller: Caller) => putEvaluations(world, input, caller),
  GetResourceConfigHistory: (input: Named, caller: Caller) => {
    const found = items(world, input.resourceType, caller).find(
      ({ resourceId }) => resourceId === input.resourceId,
    );
    if (!found)
      throw new AwsError(
        'ResourceNotDiscoveredException',
        `Resource ${input.resourceId} of resourceType:${input.resourceType} is unknown or has not been discovered`,
      );
    // Only the newest: the embedded AWS keeps no history.
    return { configurationItems: [{ ...found, configuration: JSON.stringify(found.configuration) }] };
  },
  ListDiscoveredResources: (input: Listed, caller: Caller) => {
    const all = items(world, input.resourceType, caller);
    const { items: some, nextToken } = page(
      all,
      input.nextToken,
      LISTED_PER_PAGE,
      'InvalidNextTokenException',
    );
    return {
      resourceIdentifiers: some.map(({ resourceType, resourceId, resourceName }) => ({
        resourceType,
        resourceId,
        resourceName,
      })),
      ...(nextToken === undefined ? {} : { nextToken }),
    };
  },
});

const items = (world: World, type: string, { accountId, region }: Caller): Item[] =>
  itemsOf(world.store, accountId, region, type, world.scheduler.now());

function putEvaluations(world: World, { Evaluations = [], ResultToken, TestMode }: Put, caller: Caller) {
  if (TestMode === true) return { FailedEvaluations: [] };
  const holder = tokenHolder(world, ResultToken);
  const isHis = holder?.accountId === caller.accountId && holder.region === caller.region;
  const rule = isHis
    ? listRules(world.store, caller.accountId, caller.region).find(({ id }) => id === holder.ruleName)
    : undefined;
  if (!rule) throw new AwsError('InvalidResultTokenException', 'The resultToken provided is invalid');
  for (const one of Evaluations)
    record(world, rule, {
      resourceType: one.ComplianceResourceType,
      resourceId: one.ComplianceResourceId,
      complianceType: one.ComplianceType,
      annotation: one.Annotation,
    });
  return { FailedEvaluations: [] };
}
