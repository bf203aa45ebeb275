import type { BlueprintParameters } from '../../workflows/blueprints/parameters.ts';
import { IDENTITY_COMPONENT } from '../../workflows/blueprints/permission-sets.ts';
import type { AccountRequest } from '../requests/request.schema.ts';
import type { PlanningContext, Refuse } from './context.ts';
import type { AccountPlan } from './plan.schema.ts';

type Known = Pick<PlanningContext, 'snapshot' | 'permissionSets'>;
type Wanted = { group: string; permissionSet: string; pointer: string };
export type PlannedAccess = Pick<AccountPlan, 'access' | 'groups' | 'permissionSets'>;

/**
 * Who gets into the account: what the request asks for, then what the blueprint gives to every account, each once. A
 * permission set has to be in Identity Center or be one that Jetway ships; a group has to be there or to be made.
 */
export function readAccess(
  request: AccountRequest,
  parameters: BlueprintParameters,
  { snapshot, permissionSets: shipped }: Known,
  refuse: Refuse,
): PlannedAccess {
  const mayBeMade = parameters[IDENTITY_COMPONENT]?.createGroups === true;
  const arnOf = new Map(snapshot.permissionSets.map(({ name, arn }) => [name, arn]));
  const wanted = withoutDoubles([
    ...request.access.map((one, i) => ({ ...one, pointer: `/access/${i}` })),
    ...baselineOf(parameters),
  ]);
  const access = wanted.flatMap(({ group: name, permissionSet, pointer }) => {
    const group = snapshot.groups.find((g) => g.name === name);
    const known = arnOf.has(permissionSet) || shipped.has(permissionSet);
    const obstacle = group ? undefined : missingGroup(name, snapshot.groups, mayBeMade);
    if (obstacle) refuse(`${pointer}/group`, obstacle);
    if (!known)
      refuse(
        `${pointer}/permissionSet`,
        `there is no permission set ${permissionSet} in Identity Center, nor does Jetway ship it`,
      );
    if (obstacle || !known) return [];
    return [
      {
        principal: name,
        permissionSet,
        principalType: 'GROUP' as const,
        ...(group ? { principalId: group.id } : {}),
        ...withArn(arnOf.get(permissionSet)),
      },
    ];
  });
  const permissionSets = [...new Set(access.map(({ permissionSet }) => permissionSet))].flatMap((name) => {
    const one = shipped.get(name);
    return one ? [{ ...one, ...withArn(arnOf.get(name)) }] : [];
  });
  const missing = access.filter(({ principalId }) => principalId === undefined);
  const groups = [...new Set(missing.map(({ principal }) => principal))].map((name) => ({
    name,
    description: GROUP_DESCRIPTION,
  }));
  return { access, groups, permissionSets };
}

const GROUP_DESCRIPTION = 'Made by Jetway for access to accounts';

/** Why a group that is not there is not made either; undefined when it is. */
function missingGroup(
  name: string,
  groups: Known['snapshot']['groups'],
  mayBeMade: boolean,
): string | undefined {
  // Identity Center compares names without their case: what is asked for as new would be a group with members.
  const alike = groups.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (alike)
    return `there is no group ${name} in Identity Center, but ${alike.name}: names are taken exactly`;
  if (mayBeMade) return undefined;
  return `there is no group ${name} in Identity Center, and createGroups of ${IDENTITY_COMPONENT} is not on`;
}

/** What the approver has to know besides the plan: groups and permission sets are shared by all accounts. */
export const accessWarnings = ({ groups, permissionSets }: PlannedAccess): string[] => [
  ...groups.map(
    ({ name }) => `The group ${name} is not in Identity Center yet and will be made, without members.`,
  ),
  ...permissionSets
    .filter(({ permissionSetArn }) => permissionSetArn === undefined)
    .map(({ name }) => `The permission set ${name} is not in Identity Center yet and will be made.`),
];

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
