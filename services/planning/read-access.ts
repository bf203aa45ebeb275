import type { BlueprintParameters } from '../../workflows/blueprints/parameters.ts';
import { IDENTITY_COMPONENT } from '../../workflows/blueprints/permission-sets.ts';
import type { AccountRequest } from '../requests/request.schema.ts';
import type { PlanningContext, Refuse } from './context.ts';
import type { AccountPlan } from './plan.schema.ts';

type Known = Pick<PlanningContext, 'snapshot' | 'permissionSets'>;
type Wanted = { group: string; permissionSet: string; pointer: string };
export type PlannedAccess = Pick<AccountPlan, 'access' | 'permissionSets'>;

/**
 * Who gets into the account: what the request asks for, then what the blueprint gives to every account, each once. A
 * permission set has to be in Identity Center or be one that Jetway ships; a group has to be there.
 */
export function readAccess(
  request: AccountRequest,
  parameters: BlueprintParameters,
  { snapshot, permissionSets: shipped }: Known,
  refuse: Refuse,
): PlannedAccess {
  const arnOf = new Map(snapshot.permissionSets.map(({ name, arn }) => [name, arn]));
  const wanted = withoutDoubles([
    ...request.access.map((one, i) => ({ ...one, pointer: `/access/${i}` })),
    ...baselineOf(parameters),
  ]);
  const access = wanted.flatMap(({ group: name, permissionSet, pointer }) => {
    const group = snapshot.groups.find((g) => g.name === name);
    const known = arnOf.has(permissionSet) || shipped.has(permissionSet);
    if (!group) refuse(`${pointer}/group`, `there is no group ${name} in Identity Center`);
    if (!known)
      refuse(
        `${pointer}/permissionSet`,
        `there is no permission set ${permissionSet} in Identity Center, nor does Jetway ship it`,
      );
    if (!group || !known) return [];
    return [
      {
        principal: name,
        permissionSet,
        principalType: 'GROUP' as const,
        principalId: group.id,
        ...withArn(arnOf.get(permissionSet)),
      },
    ];
  });
  const permissionSets = [...new Set(access.map(({ permissionSet }) => permissionSet))].flatMap((name) => {
    const one = shipped.get(name);
    return one ? [{ ...one, ...withArn(arnOf.get(name)) }] : [];
  });
  return { access, permissionSets };
}

/** What the approver has to know besides the plan: a permission set is shared by all accounts. */
export const accessWarnings = (permissionSets: AccountPlan['permissionSets']): string[] =>
  permissionSets
    .filter(({ permissionSetArn }) => permissionSetArn === undefined)
    .map(({ name }) => `The permission set ${name} is not in Identity Center yet and will be made.`);

const withArn = (permissionSetArn: string | undefined) =>
  permissionSetArn === undefined ? {} : { permissionSetArn };

function baselineOf(parameters: BlueprintParameters): Wanted[] {
  // The component's declaration has checked the list: objects of two texts.
  const baseline = (parameters[IDENTITY_COMPONENT]?.baseline ?? []) as Omit<Wanted, 'pointer'>[];
  return baseline.map((one, i) => ({
    ...one,
    pointer: `/blueprint/parameters/${IDENTITY_COMPONENT}/baseline/${i}`,
  }));
}

function withoutDoubles(all: readonly Wanted[]): Wanted[] {
  const keyOf = ({ group, permissionSet }: Wanted) => JSON.stringify([group, permissionSet]);
  const first = new Map<string, Wanted>();
  for (const one of all) if (!first.has(keyOf(one))) first.set(keyOf(one), one);
  return [...first.values()];
}
