import { plannedApprovals } from '../approvals/plan-approvals.ts';
import { attachmentOf, type Control } from '../guardrails/catalogue.ts';
import type { ParameterValue } from '../guardrails/choose.ts';
import { lockedOut } from '../guardrails/lockout.ts';
import { packPolicies } from '../guardrails/pack.ts';
import { reachesBelow } from '../guardrails/reach.ts';
import { canonicalJson, digestOf } from '../kernel/canonical-json.ts';
import type { FieldError } from '../kernel/errors.ts';
import { MAX_PLAN_BYTES } from '../planning/plan.ts';
import { controlIdentifier } from '../reconciliation/control-identifier.ts';
import { chainLevels, chainOf, type Unit } from '../reconciliation/organization.ts';
import type { OrganizationSnapshot } from '../reconciliation/snapshot.schema.ts';
import { WHOLE_ORGANIZATION } from '../requests/kinds.ts';
import { type ChosenChanges, chooseChanges } from './choose-changes.ts';
import type { Refuse, UnitChangeContext } from './context.ts';
import type { UnitChange, UnitChangePlan } from './unit-change.schema.ts';

const STALE_SNAPSHOT_MS = 15 * 60_000;
/** However many policies it would be: Control Tower packs its own. Only what they deny is looked at here. */
const ANY_SIZE = { maxPolicies: 1_000, maxCharacters: 1_000_000 };

export type PlannedUnitChange = { plan: UnitChangePlan } | { errors: FieldError[] };

/**
 * Freezes what will be changed on the unit and whom it affects, or says what stands in the way, each with its JSON
 * pointer. The same change and context give the same plan, byte for byte.
 *
 * @param unit of the snapshot; that it exists is the caller's to know
 */
export function planUnitChange(
  change: UnitChange,
  unit: Unit,
  context: UnitChangeContext,
): PlannedUnitChange {
  const errors: FieldError[] = [];
  const refuse: Refuse = (pointer, message) => void errors.push({ pointer, message });
  refuseUnit(unit, context, refuse);
  if (change.enable.length + change.disable.length === 0)
    refuse('', 'names nothing to enable and nothing to disable');
  if (errors.length > 0) return { errors };
  const chosen = chooseChanges(change, unit, context, errors);
  if (errors.length === 0 && chosen.enable.length + chosen.disable.length === 0)
    refuse('/enable', `nothing is left to change: ${chosen.inherited.map(describe).join(', ')}`);
  if (errors.length === 0) refuseLockOut(chosen, unit, context, refuse);
  if (errors.length > 0) return { errors };
  const undigested = assemble(chosen, unit, context);
  const size = Buffer.byteLength(canonicalJson(undigested));
  if (size > MAX_PLAN_BYTES) {
    const message = `the plan has ${size} bytes, the limit is ${MAX_PLAN_BYTES}: ${undigested.accounts.length} accounts are affected; change the units below one by one`;
    return { errors: [{ pointer: '', message }] };
  }
  return { plan: { digest: digestOf(undigested), ...undigested } };
}

const describe = ({ control, organizationalUnitId }: ChosenChanges['inherited'][number]): string =>
  `${control} is enforced already from ${organizationalUnitId}`;

function refuseUnit(unit: Unit, { snapshot, accounts }: UnitChangeContext, refuse: Refuse): void {
  const management = accounts.find((a) => a.accountId === snapshot.managementAccountId);
  if (unit.parentId === null) refuse('', 'the root is no organizational unit: controls are enabled on units');
  else if (unit.baseline !== 'SUCCEEDED')
    refuse(
      '',
      `${unit.path} is not registered with Control Tower, which therefore manages no controls there`,
    );
  else if (management?.organizationalUnitId === unit.id)
    refuse('', `${unit.path} holds the management account, which controls never bind`);
}

/** What our own workflows could no longer do in the affected accounts, if they can do it now. */
function refuseLockOut(chosen: ChosenChanges, unit: Unit, context: UnitChangeContext, refuse: Refuse): void {
  const { snapshot, catalogue, calls } = context;
  const packed = packPolicies(
    chosen.enable.filter(({ control }) => attachmentOf(control) === 'policy'),
    ANY_SIZE,
  );
  if ('refused' in packed) throw new Error(packed.refused.reason);
  if (packed.policies.length === 0) return;
  const reached = snapshot.units.filter((u) => chainOf(snapshot, u.id).some((upper) => upper.id === unit.id));
  const refused = new Set<string>();
  for (const place of reached) {
    const chain = chainLevels(snapshot, place.id);
    const path = [snapshot.organizationId, ...chain.map((level) => level.targetId), ''].join('/');
    const account = {
      accountId: '000000000000',
      homeRegion: snapshot.homeRegion,
      organizationPaths: [path],
    };
    const check = (policies: typeof packed) =>
      lockedOut({ packed: policies, chain, calls, account, controlsBySid: catalogue.bySid });
    const already = new Set(
      check({ ...packed, policies: [], owners: {} }).map((l) => `${l.principalArn} ${l.action}`),
    );
    for (const locked of check(packed)) {
      if (already.has(`${locked.principalArn} ${locked.action}`)) continue;
      const controls = [...new Set(locked.by.flatMap((b) => b.controls))].join(', ') || locked.why;
      refused.add(`${controls} would deny ${locked.action} to the workflows themselves`);
    }
  }
  for (const message of refused) refuse('/enable', message);
}

function assemble(
  chosen: ChosenChanges,
  unit: Unit,
  context: UnitChangeContext,
): Omit<UnitChangePlan, 'digest'> {
  const { snapshot, requestId } = context;
  const controls = [...chosen.enable.map((c) => c.control), ...chosen.disable];
  const quota = snapshot.quotas.find(
    (q) => q.service === 'controltower' && /control operation/i.test(q.name),
  );
  return {
    kind: 'organizational-unit-change',
    requestId,
    organization: {
      id: snapshot.organizationId,
      managementAccountId: snapshot.managementAccountId,
      homeRegion: snapshot.homeRegion,
    },
    organizationalUnit: { id: unit.id, name: unit.name, path: unit.path, arn: unit.arn },
    enable: chosen.enable.map(({ control, parameters, given }) => ({
      ...planned(control, snapshot),
      parameters: parametersOf(control, parameters, given),
    })),
    disable: chosen.disable.map((control) => planned(control, snapshot)),
    inherited: chosen.inherited,
    accounts: affected(controls.some(reachesBelow), unit, context),
    // One operation at a time, whatever the number of controls.
    quotas: quota ? [{ name: quota.name, used: 1, limit: quota.value }] : [],
    approvals: plannedApprovals(
      context,
      {
        kind: 'organizational-unit-change',
        team: WHOLE_ORGANIZATION,
        organizationalUnitIds: chainOf(snapshot, unit.id).map(({ id }) => id),
        blueprint: null,
        guardrailExceptions: chosen.disable.length > 0,
        monthlyCost: null,
      },
      context.approvalExpiresAfterSeconds,
    ),
    snapshot: { id: snapshot.id, takenAt: snapshot.takenAt },
    warnings: warningsOf(chosen, controls, unit, context),
  };
}

const planned = (control: Control, snapshot: OrganizationSnapshot): UnitChangePlan['disable'][number] => ({
  control: control.id,
  // One that is called nothing was refused before.
  identifier: controlIdentifier(control.id, snapshot) ?? '',
  title: control.title,
  guidance: control.guidance as 'strongly-recommended' | 'elective',
  behavior: control.behavior,
  reachesBelow: reachesBelow(control),
});

/** What the request named, and what the control cannot do without; Control Tower has its own defaults for the rest. */
export function parametersOf(
  control: Control,
  values: Record<string, ParameterValue>,
  given: readonly string[],
): UnitChangePlan['enable'][number]['parameters'] {
  return control.parameters
    .filter((p) => given.includes(p.name) || (p.required && p.type !== 'organization-ids'))
    .flatMap(({ name }) => (values[name] === undefined ? [] : [{ key: name, value: values[name] }]))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Accounts of the unit, and of the units below when a control reaches there. */
function affected(
  below: boolean,
  unit: Unit,
  { snapshot, accounts }: UnitChangeContext,
): UnitChangePlan['accounts'] {
  const lies = (id: string | null) =>
    id === unit.id || (below && id !== null && chainOf(snapshot, id).some((upper) => upper.id === unit.id));
  return accounts
    .filter((a) => a.accountId !== snapshot.managementAccountId && lies(a.organizationalUnitId))
    .map(({ accountId, name }) => ({ accountId, name }))
    .sort((a, b) => (a.accountId < b.accountId ? -1 : 1));
}

function warningsOf(
  chosen: ChosenChanges,
  controls: readonly Control[],
  unit: Unit,
  { now, snapshot }: UnitChangeContext,
): string[] {
  const ageMs = Date.parse(now) - Date.parse(snapshot.takenAt);
  const near = controls.filter((c) => !reachesBelow(c)).map((c) => c.id);
  const hasUnitsBelow = snapshot.units.some((u) => u.parentId === unit.id);
  return [
    ...(ageMs > STALE_SNAPSHOT_MS
      ? [`The organization was last read ${Math.round(ageMs / 60_000)} minutes ago.`]
      : []),
    ...chosen.inherited.map((one) => `${describe(one)}; it is not enabled a second time.`),
    ...(near.length > 0 && hasUnitsBelow
      ? [`${near.join(', ')} act in accounts of ${unit.path} itself, not in those of the units below it.`]
      : []),
  ];
}
