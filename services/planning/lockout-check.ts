import { type ChainLevel, FULL_AWS_ACCESS, FULL_AWS_ACCESS_ID } from '../guardrails/evaluate.ts';
import { QUARANTINE_POLICY_NAME } from '../guardrails/fence.ts';
import { type LockedOut, lockedOut } from '../guardrails/lockout.ts';
import { stackCalls, stackCallsKey } from '../guardrails/stack-calls.ts';
import { digestOf, isSettled } from '../kernel/canonical-json.ts';
import { chainLevels, chainOf, type Unit } from '../reconciliation/organization.ts';
import type { OrganizationSnapshot } from '../reconciliation/snapshot.schema.ts';
import type { PlanningContext, Refuse } from './context.ts';
import type { PackedGuardrails } from './pack-guardrails.ts';
import type { AccountPlan } from './plan.schema.ts';
import { type Recall, recallNothing } from './recall.ts';

/** Any account will do: the policies that bind it name roles and units, and it may not exist yet. */
const ACCOUNT = '000000000000';
/** How many calls a message names. */
const NAMED = 4;

type Component = AccountPlan['components'][number] & { stackSetName?: string | undefined };

type Known = Pick<
  PlanningContext,
  'snapshot' | 'catalogue' | 'callsAfterGuardrails' | 'stackTemplates' | 'recall'
>;

/**
 * Refuses guardrails that would deny the workflow, or the CloudFormation that it starts, a call of its own, over the
 * whole chain of policies: a run would reach the point of no return and stop half-way. Also what cannot be told.
 *
 * @returns types of resources whose calls nobody has looked up: a warning, not a refusal
 */
export function checkLockout(
  { packed }: Pick<PackedGuardrails, 'packed'>,
  unit: Unit,
  components: readonly Component[],
  context: Known,
  refuse: Refuse,
): string[] {
  const { recall = recallNothing } = context;
  const stacks = components.map((component) => callsOf(component, context.stackTemplates, recall));
  const policies = recall(packed, 'mark', '', () => digestOf(packed));
  // Like stacks make the same calls, whatever their addresses, and the same policies deny them.
  const key = [unit.id, policies, ...new Set(stacks.map(({ mark }) => mark))].join();
  const refusals = recall(context.snapshot, 'lockout', key, () =>
    bySource(locksOf(packed, unit, stacks, context)).map((same) => explain(same, context.snapshot)),
  );
  for (const refusal of refusals) refuse(...refusal);
  return [...new Set(stacks.flatMap(({ unknownTypes }) => unknownTypes))].sort();
}

type Stack = ReturnType<typeof stackCalls> & {
  /** The same for stacks with the same calls. */
  mark: string;
};

function locksOf(
  packed: PackedGuardrails['packed'],
  unit: Unit,
  stacks: readonly Stack[],
  { snapshot, catalogue, callsAfterGuardrails }: Known,
): LockedOut[] {
  return lockedOut({
    packed,
    chain: [...chainLevels(snapshot, unit.id), accountLevel(snapshot)],
    calls: [...callsAfterGuardrails, ...stacks.flatMap(({ calls }) => calls)],
    account: {
      accountId: ACCOUNT,
      homeRegion: snapshot.homeRegion,
      organizationId: snapshot.organizationId,
      organizationPaths: [organizationPath(snapshot, unit)],
    },
    controlsBySid: catalogue.bySid,
  });
}

/** Components that plans have in common are the same objects, so that they are looked at once. */
const callsOf = (component: Component, stackTemplates: Known['stackTemplates'], recall: Recall): Stack =>
  isSettled(component)
    ? recall(component, 'calls', '', () => callsOfNew(component, stackTemplates, recall))
    : callsOfNew(component, stackTemplates, recall);

function callsOfNew(component: Component, stackTemplates: Known['stackTemplates'], recall: Recall): Stack {
  const template = component.templateDigest && stackTemplates.get(component.templateDigest);
  if (component.mode !== 'deploy' || !template) return { calls: [], unknownTypes: [], mark: '' };
  const { stackSetName, stackName, region, parameters } = component;
  const plan = {
    stackName: stackSetName === undefined ? (stackName ?? '') : `StackSet-${stackSetName}`,
    parameters,
    region,
    accountId: ACCOUNT,
    roleName: roleOf(component),
  };
  return recall(template, 'calls', stackCallsKey(template, plan), () => {
    const found = stackCalls(template, plan);
    return { ...found, mark: digestOf(found) };
  });
}

function roleOf({ name, stackSetName }: Component): string {
  if (stackSetName !== undefined) return 'stacksets-exec-0123456789abcdef';
  return name === 'execution-role' ? 'AWSControlTowerExecution' : 'jetway-execution';
}

/** What a new account carries until it is ACTIVE, besides the guardrails. AWS attaches its own policy by itself. */
function accountLevel({ policies }: OrganizationSnapshot): ChainLevel {
  const full = { id: FULL_AWS_ACCESS_ID, name: 'FullAWSAccess', content: FULL_AWS_ACCESS };
  const fence = policies.find(({ name }) => name === QUARANTINE_POLICY_NAME);
  const fenced = fence === undefined ? [] : [{ ...fence, content: fence.content ?? '' }];
  return { targetId: ACCOUNT, policies: [full, ...fenced] };
}

/** `o-…/r-…/ou-…/ou-…/` */
const organizationPath = (snapshot: OrganizationSnapshot, unit: Unit): string => {
  const units = chainOf(snapshot, unit.id).map(({ id }) => id);
  return `${[snapshot.organizationId, ...units.reverse()].join('/')}/`;
};

/** Calls that the same statements deny, for the same reason, are one thing to read. */
function bySource(locked: readonly LockedOut[]): LockedOut[][] {
  const groups = new Map<string, LockedOut[]>();
  for (const one of locked) {
    const key = JSON.stringify([one.decision, one.by, one.decision === 'unknown' ? one.why : '']);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

function explain(
  same: readonly LockedOut[],
  snapshot: OrganizationSnapshot,
): [pointer: string, message: string] {
  const { by, decision, why } = same[0] as LockedOut;
  const actions = [...new Set(same.map(({ action }) => action))];
  const more = actions.length > NAMED ? ` and ${actions.length - NAMED} more` : '';
  const calls = `${actions.slice(0, NAMED).join(', ')}${more}`;
  const roles = [
    ...new Set(same.map(({ principalArn }) => principalArn.slice(principalArn.lastIndexOf('/') + 1))),
  ];
  const onUnit = by.some(({ targetId }) => targetId !== ACCOUNT);
  const self = `to the workflow itself (as ${roles.join(', ')})`;
  if (by.length === 0) return ['/account/organizationalUnitId', `${why}: ${calls} are denied ${self}`];
  const sources = by.map((source) => nameOf(source, snapshot)).join('; ');
  const verdict =
    decision === 'denied'
      ? `would deny ${calls} ${self}, so it could not finish`
      : `may deny ${calls} ${self}: ${why ?? 'it cannot be told'}`;
  return [onUnit ? '/account/organizationalUnitId' : '/guardrails', `${sources} ${verdict}`];
}

/** The controls first, for they are what was asked for; then where the statement stands. */
function nameOf(
  { controls, policyName, sid, targetId }: LockedOut['by'][number],
  snapshot: OrganizationSnapshot,
) {
  const statement = sid === '' ? `policy ${policyName}` : `statement ${sid} of policy ${policyName}`;
  const unit = snapshot.units.find(({ id }) => id === targetId);
  const where = unit === undefined ? 'the account' : `${unit.path || 'the root'} (${targetId})`;
  return `${controls.length > 0 ? `${controls.join(', ')}: ` : ''}${statement} on ${where}`;
}
