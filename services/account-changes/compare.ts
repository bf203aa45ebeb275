import { canonicalJson } from '../kernel/canonical-json.ts';
import { plannedProfiles } from '../mirroring/planned-profiles.ts';
import type { AccountPlan, PlannedProfile } from '../planning/plan.schema.ts';
import type { AccountChangePreview } from './account-change.schema.ts';
import { replacingParameters } from './announce.ts';

type Component = AccountPlan['components'][number];
type Rule = AccountPlan['guardrails']['detective'][number];
type Plan = Pick<AccountPlan, 'components' | 'guardrails' | 'trafficMirroring'>;

/** The last plan of an account beside what it would be planned as now. Pure; the same plans give the same answer. */
export function comparePlans(before: Plan, after: Plan) {
  const components = compareComponents(before.components, after.components);
  const policies = comparePolicies(before, after);
  const rules = compareRules(before.guardrails.detective, after.guardrails.detective);
  const controls = compareControls(before, after);
  return {
    components,
    policies,
    rules,
    controls,
    summary: summaryOf({ components, policies, rules }, compareMirroring(before, after)),
    warnings: [
      ...new Set(warningsOf(before, after)),
      ...(controls.lost.length > 0 ? [`The account loses ${controls.lost.join(', ')}.`] : []),
    ],
  };
}

const keyOf = ({ name, region }: Component): string => `${name}/${region}`;

function compareComponents(before: readonly Component[], after: readonly Component[]) {
  const old = new Map(before.map((one) => [keyOf(one), one]));
  const wanted = new Set(after.map(keyOf));
  return [
    ...after.map((one): AccountChangePreview['components'][number] => {
      const { name, region } = one;
      const was = old.get(keyOf(one));
      if (!was) return { name, region, action: 'added', changes: [`version ${one.version}`] };
      const changes = componentChanges(was, one);
      return { name, region, action: changes.length > 0 ? 'changed' : 'unchanged', changes };
    }),
    ...before
      .filter((one) => !wanted.has(keyOf(one)))
      .map(({ name, region, version }) => ({
        name,
        region,
        action: 'removed' as const,
        changes: [`version ${version}`],
      })),
  ];
}

function componentChanges(was: Component, now: Component): string[] {
  const sameText = was.templateDigest === now.templateDigest;
  return [
    ...(was.mode === now.mode ? [] : [`${was.mode} → ${now.mode}`]),
    ...(was.version === now.version && sameText ? [] : [versionWords(was, now, sameText)]),
    ...parameterChanges(was.parameters, now.parameters),
  ];
}

function versionWords(was: Component, now: Component, sameText: boolean): string {
  if (was.version === now.version) return `template changed within ${now.version}`;
  return `${sameText ? 'version' : 'template changed'} ${was.version} → ${now.version}`;
}

/** Parameters by name, as sentences. */
function parameterChanges(was: Record<string, string>, now: Record<string, string>): string[] {
  const names = [...new Set([...Object.keys(was), ...Object.keys(now)])].sort();
  return names.flatMap((name) => {
    const [from, to] = [was[name], now[name]];
    if (from === to) return [];
    if (from === undefined) return [`parameter ${name} added: ${to}`];
    return [to === undefined ? `parameter ${name} removed: ${from}` : `parameter ${name}: ${from} → ${to}`];
  });
}

/** By name, which is the digest of the content. New ones are attached before old ones are detached. */
function comparePolicies(
  { guardrails: was }: Plan,
  { guardrails: now }: Plan,
): AccountChangePreview['policies'] {
  const old = new Set(was.preventive.map((p) => p.policyName));
  const wanted = new Set(now.preventive.map((p) => p.policyName));
  return [
    ...now.preventive.map(({ policyName, controls }) => ({
      policyName,
      action: old.has(policyName) ? ('keep' as const) : ('attach' as const),
      controls,
    })),
    ...was.preventive
      .filter((p) => !wanted.has(p.policyName))
      .map(({ policyName, controls }) => ({ policyName, action: 'detach' as const, controls })),
  ];
}

function compareRules(was: readonly Rule[], now: readonly Rule[]): AccountChangePreview['rules'] {
  const old = new Map(was.map((rule) => [rule.ruleName, rule]));
  const wanted = new Set(now.map((rule) => rule.ruleName));
  return [
    ...now.map(({ ruleName, control, parameters }) => {
      const before = old.get(ruleName);
      if (!before) return { ruleName, control, action: 'added' as const, changes: [] };
      const changes = parameterChanges(before.parameters, parameters);
      return {
        ruleName,
        control,
        action: changes.length > 0 ? ('changed' as const) : ('unchanged' as const),
        changes,
      };
    }),
    ...was
      .filter((rule) => !wanted.has(rule.ruleName))
      .map(({ ruleName, control }) => ({ ruleName, control, action: 'removed' as const, changes: [] })),
  ];
}

const controlsOf = ({ guardrails }: Plan): Set<string> =>
  new Set([
    ...guardrails.preventive.flatMap((p) => p.controls),
    ...guardrails.detective.map((rule) => rule.control),
    ...guardrails.inherited,
  ]);

function compareControls(before: Plan, after: Plan): AccountChangePreview['controls'] {
  const [was, now] = [controlsOf(before), controlsOf(after)];
  return {
    gained: [...now].filter((control) => !was.has(control)).sort(),
    lost: [...was].filter((control) => !now.has(control)).sort(),
  };
}

function warningsOf(before: Plan, after: Plan): string[] {
  const deployed = ({ components }: Plan) => components.filter(({ mode }) => mode === 'deploy');
  const now = new Map(deployed(after).map((one) => [keyOf(one), one]));
  return deployed(before).flatMap((was) => {
    const { name } = was;
    const is = now.get(keyOf(was));
    if (!is) return [`The stack of ${name} is deleted, and with it everything that it made.`];
    const { changed, ended } = replacingParameters(was, is);
    const unless = 'this fails while anything is in use there.';
    return [
      ...(changed.length > 0
        ? [`CloudFormation replaces what ${changed.join(', ')} of ${name} makes: ${unless}`]
        : []),
      ...(ended.length > 0
        ? [`CloudFormation deletes what ${ended.join(', ')} of ${name} made: ${unless}`]
        : []),
    ];
  });
}

const NOTHING = 'Nothing would change: the account is as it would be planned today.';

/** Is there nothing that anybody would have to do? */
export const changesNothing = ({ summary }: { summary: readonly string[] }): boolean =>
  summary[0] === NOTHING;

/** What becomes of mirroring, in sentences: profile by profile, with what of it is another. */
function compareMirroring({ trafficMirroring: was }: Plan, { trafficMirroring: now }: Plan): string[] {
  const old = new Map(plannedProfiles(was).map((one) => [one.profile, one]));
  const wanted = plannedProfiles(now);
  const names = new Set(wanted.map(({ profile }) => profile));
  const numbered = ({ profile, sessionNumber }: PlannedProfile) =>
    `${profile} (session number ${sessionNumber})`;
  return [
    ...wanted.flatMap((one) => {
      const before = old.get(one.profile);
      if (!before) return [`Mirror profile ${numbered(one)}: added.`];
      return canonicalJson(before) === canonicalJson(one)
        ? []
        : [`Mirror profile ${numbered(one)}: changed; its sessions are made anew.`];
    }),
    ...[...old.values()]
      .filter(({ profile }) => !names.has(profile))
      .map((one) => `Mirror profile ${numbered(one)}: removed, and its sessions with it.`),
  ];
}

function summaryOf(
  { components, policies, rules }: Pick<AccountChangePreview, 'components' | 'policies' | 'rules'>,
  mirroring: readonly string[],
): string[] {
  const lines = [
    ...components
      .filter(({ action }) => action !== 'unchanged')
      .map(({ name, region, action, changes }) => `${name} in ${region}: ${action} (${changes.join('; ')}).`),
    ...policies
      .filter(({ action }) => action !== 'keep')
      .map(
        ({ policyName, action, controls }) =>
          `Policy ${policyName}: ${action === 'attach' ? 'attached' : 'detached'} (${controls.join(', ')}).`,
      ),
    ...rules
      .filter(({ action }) => action !== 'unchanged')
      .map(
        ({ ruleName, action, changes }) =>
          `Config rule ${ruleName}: ${action}${changes.length > 0 ? ` (${changes.join('; ')})` : ''}.`,
      ),
    ...mirroring,
  ];
  return lines.length > 0 ? lines : [NOTHING];
}
