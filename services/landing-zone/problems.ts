import type { Catalogue } from '../guardrails/catalogue.ts';
import { chooseControls } from '../guardrails/choose.ts';
import type { FieldError } from '../kernel/errors.ts';
import { parseBlock } from '../planning/cidr.ts';
import { policyProblems } from '../settings/policy-problems.ts';
import { type Refuse, refuseTwice } from '../settings/refuse.ts';
import { Settings } from '../settings/settings.schema.ts';
import { groupProblems, peopleOf } from './groups.ts';
import type { FileSelector, LandingZoneFile } from './landing-zone.schema.ts';
import { policiesOf } from './policies.ts';
import { type PlacedUnit, placedUnits } from './units.ts';

/** @property today as in 2026-03-01 */
export type FileContext = { catalogue: Catalogue; today: string };

/** Organizations takes five levels of units below the root. */
const MOST_LEVELS = 5;

/** Everything that speaks against the file by itself, each at its JSON pointer; empty when it may be compared with AWS. */
export function fileProblems(file: LandingZoneFile, context: FileContext): FieldError[] {
  const errors: FieldError[] = [];
  const refuse: Refuse = (pointer, message) => void errors.push({ pointer, message });
  const units = placedUnits(file);
  placeProblems(file, context, refuse);
  unitProblems(units, refuse);
  for (const placed of units) controlProblems(placed, file, context, errors);
  poolProblems(file, refuse);
  peopleProblems(file, refuse);
  groupProblems(file, refuse);
  referenceProblems(file, units, refuse);
  // Cycles and unknown names have been said; what they would lead to has not to be said as well.
  if (errors.length === 0) approvalProblems(file, refuse);
  return errors;
}

function placeProblems(file: LandingZoneFile, { today }: FileContext, refuse: Refuse): void {
  const { accounts, governedRegions, homeRegion } = file;
  if (!governedRegions.includes(homeRegion))
    refuse('/governedRegions', `lacks the home Region ${homeRegion}, which is always governed; add it`);
  refuseTwice(
    governedRegions,
    (i) => `/governedRegions/${i}`,
    (region) => region,
    refuse,
  );
  const seen = new Map<string, string>();
  for (const [role, id] of Object.entries(accounts)) {
    const before = seen.get(id);
    if (before)
      refuse(
        `/accounts/${role}`,
        `${id} is the ${before} account already; each of them is an account of its own`,
      );
    seen.set(id, role);
  }
  if (file.accountFactory.noVpcSince > today)
    refuse('/accountFactory/noVpcSince', 'lies in the future; write the day on which it was switched off');
  if (file.mirrorHub?.account === accounts.management)
    refuse('/mirrorHub/account', 'is the management account; mirrored traffic goes to an account of its own');
}

function unitProblems(units: readonly PlacedUnit[], refuse: Refuse): void {
  const first = new Map<string, PlacedUnit>();
  const byPath = new Map(units.map((placed) => [placed.path, placed]));
  for (const placed of units) {
    const { path, parentPath, pointer, unit, depth } = placed;
    const key = `${parentPath}/${unit.name.toLowerCase()}`;
    const before = first.get(key);
    if (before) {
      const where = parentPath === '' ? 'the root' : parentPath;
      refuse(
        `${pointer}/name`,
        `${unit.name} is there twice under ${where} (the other is ${before.pointer}); give one another name, or make them one`,
      );
    } else first.set(key, placed);
    if (depth > MOST_LEVELS)
      refuse(`${pointer}/name`, `${path} is ${depth} levels deep; Organizations takes ${MOST_LEVELS}`);
    if (unit.takesAccounts && byPath.get(parentPath)?.takesAccounts === false)
      refuse(
        `${pointer}/takesAccounts`,
        `cannot be true: ${parentPath} takes no accounts, and neither does what lies in it`,
      );
  }
}

function controlProblems(
  { unit, pointer }: PlacedUnit,
  file: LandingZoneFile,
  { catalogue }: FileContext,
  errors: FieldError[],
): void {
  const defaults = {
    governedRegions: file.governedRegions,
    homeRegion: file.homeRegion,
    organizationId: '',
  };
  const choice = chooseControls(catalogue, unit.controls, defaults, { pointer: `${pointer}/controls` });
  if ('errors' in choice) {
    const known = [...catalogue.byId.keys()];
    for (const error of choice.errors) {
      const [, id] = /^there is no guardrail (.+)$/.exec(error.message) ?? [];
      if (id === undefined) errors.push(error);
      else
        errors.push({
          pointer: error.pointer,
          message: `${id} is no control of the catalogue; ${nearest(id, known)}GET /v1/guardrails lists them`,
        });
    }
    return;
  }
  choice.controls.forEach(({ control }, i) => {
    const at = `${pointer}/controls/${i}`;
    if (control.guidance === 'mandatory')
      errors.push({ pointer: at, message: `${control.id} is mandatory: it is always on; take it out` });
    else if (control.configRule?.source === 'custom' || !control.apiManageable)
      errors.push({
        pointer: at,
        message: `${control.id} cannot be enabled on a unit by Control Tower's API; take it out`,
      });
  });
}

/** The id that differs in the fewest places, where one is near. */
function nearest(id: string, known: readonly string[]): string {
  const letters = (text: string) => new Set(text.match(/[A-Z0-9]+/gi)?.map((word) => word.toUpperCase()));
  const own = letters(id);
  const scored = known
    .map((one) => ({ one, same: [...letters(one)].filter((word) => own.has(word)).length }))
    .sort((a, b) => b.same - a.same);
  const [best] = scored;
  return best && best.same >= 2 ? `did you mean ${best.one}? ` : '';
}

function poolProblems({ networkPools }: LandingZoneFile, refuse: Refuse): void {
  refuseTwice(
    networkPools,
    (i) => `/networkPools/${i}/name`,
    (pool) => pool.name,
    refuse,
  );
  const blocks = networkPools.flatMap((pool, i) => {
    try {
      const { first, prefix } = parseBlock(pool.cidr);
      if (prefix < 8 || prefix > 24) {
        refuse(`/networkPools/${i}/cidr`, `${pool.cidr} has to be a /8 to a /24`);
        return [];
      }
      return [{ ...pool, i, first, end: first + 2 ** (32 - prefix) }];
    } catch {
      refuse(`/networkPools/${i}/cidr`, `${pool.cidr} is no IPv4 block, as in 10.64.0.0/12`);
      return [];
    }
  });
  blocks.forEach((block, at) => {
    const other = blocks.slice(0, at).find((one) => one.first < block.end && block.first < one.end);
    if (other)
      refuse(
        `/networkPools/${block.i}/cidr`,
        `${block.cidr} overlaps ${other.cidr} (pool ${other.name}); two accounts could get the same addresses`,
      );
  });
}

function peopleProblems({ identityCenter, channels, approvals }: LandingZoneFile, refuse: Refuse): void {
  const { groups, permissionSets } = identityCenter;
  refuseTwice(
    groups,
    (i) => `/identityCenter/groups/${i}/name`,
    (g) => g.name.toLowerCase(),
    refuse,
  );
  refuseTwice(
    permissionSets,
    (i) => `/identityCenter/permissionSets/${i}/name`,
    (s) => s.name,
    refuse,
  );
  permissionSets.forEach(({ name, managedPolicies, inlinePolicy }, i) => {
    if (managedPolicies.length === 0 && inlinePolicy === undefined)
      refuse(
        `/identityCenter/permissionSets/${i}`,
        `${name} gives no rights at all; name managedPolicies, or an inlinePolicy`,
      );
  });
  refuseTwice(
    channels,
    (i) => `/channels/${i}/name`,
    (channel) => channel.name,
    refuse,
  );
  refuseTwice(
    approvals.policies,
    (i) => `/approvals/policies/${i}/name`,
    (policy) => policy.name,
    refuse,
  );
}

/** Names of this file that are used in it: units and groups. */
function referenceProblems(file: LandingZoneFile, units: readonly PlacedUnit[], refuse: Refuse): void {
  const paths = new Set(units.map(({ path }) => path));
  const unitsAt = (named: readonly string[] | undefined, pointer: string) =>
    named?.forEach((path, i) => {
      if (!paths.has(path))
        refuse(
          `${pointer}/${i}`,
          `${path} is no unit of this file; write its whole path, as in Workloads/Prod`,
        );
    });
  const selectorsAt = (selectors: readonly FileSelector[], pointer: string) =>
    selectors.forEach((one, i) => {
      if ('group' in one && file.approvals.groups[one.group] === undefined)
        refuse(`${pointer}/${i}/group`, `${one.group} is no group of /approvals/groups; write it there`);
    });
  file.approvals.policies.forEach((policy, i) => {
    const at = `/approvals/policies/${i}`;
    unitsAt(policy.when.units, `${at}/when/units`);
    policy.stages.forEach((stage, n) => {
      selectorsAt(stage.approvers, `${at}/stages/${n}/approvers`);
    });
    selectorsAt(policy.escalation?.approvers ?? [], `${at}/escalation/approvers`);
  });
  file.channels.forEach((channel, i) => {
    unitsAt(channel.for.units, `/channels/${i}/for/units`);
  });
}

/** What the service would say of the policies, at the places of this file. */
function approvalProblems(file: LandingZoneFile, refuse: Refuse): void {
  for (const [name, group] of Object.entries(file.approvals.groups))
    if (peopleOf(file, name).length === 0)
      refuse(
        `/approvals/groups/${name}`,
        `has nobody in it${group.groups.length > 0 ? ', nor have its groups' : ''}`,
      );
  const policies = policiesOf(file, (path) => `ou-0000-${path.length.toString().padStart(8, '0')}`);
  policyProblems(Settings.parse({ policies }), (pointer, message) =>
    refuse(pointer.replace(/^\/policies/, '/approvals/policies'), message),
  );
}
