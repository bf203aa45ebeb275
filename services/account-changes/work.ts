import type { AccountPlan } from '../planning/plan.schema.ts';
import type { AccountChangePlan } from './account-change.schema.ts';

type Component = AccountPlan['components'][number];
type Plan = Pick<AccountPlan, 'components' | 'guardrails'>;
type Work = AccountChangePlan['work'];
/** A stack at home, or an instance of a stack set elsewhere. */
type Stack = Component & { stackName: string };
type Instance = Component & { stackSetName: string };

const isStack = (one: Component): one is Stack => one.mode === 'deploy' && one.stackName !== undefined;
const isInstance = (one: Component): one is Instance =>
  one.mode === 'deploy' && one.stackSetName !== undefined;

/** What has to be done so that what `before` says becomes what `after` says. What only has to be made is found missing. */
export function workOf(
  before: Plan,
  after: Plan,
  announce: (was: Component, now: Component) => Work['changed'][number]['announced'],
): Work {
  const [old, wanted] = [before.components.filter(isStack), after.components.filter(isStack)];
  const wasOf = ({ name }: Component) => old.find((one) => one.name === name);
  return {
    changed: wanted.flatMap((now) => {
      const was = wasOf(now);
      if (!was || !differs(was, now)) return [];
      return [{ name: now.name, stackName: now.stackName, announced: announce(was, now) }];
    }),
    created: wanted.filter((now) => !wasOf(now)).map(({ name }) => name),
    removed: old
      .filter((was) => !wanted.some((now) => now.name === was.name))
      .map(({ name, stackName }) => ({ name, stackName })),
    ...instancesOf(before.components.filter(isInstance), after.components.filter(isInstance)),
    detached: before.guardrails.preventive
      .filter((was) => !after.guardrails.preventive.some((now) => now.policyName === was.policyName))
      .map(({ policyName, controls }) => ({ policyName, controls })),
  };
}

function differs(was: Component, now: Component): boolean {
  const names = new Set([...Object.keys(was.parameters), ...Object.keys(now.parameters)]);
  return (
    was.templateDigest !== now.templateDigest ||
    [...names].some((name) => was.parameters[name] !== now.parameters[name])
  );
}

function instancesOf(
  before: readonly Instance[],
  after: readonly Instance[],
): Pick<Work, 'instancesChanged' | 'instancesRemoved'> {
  const nowOf = (was: Instance) =>
    after.find((now) => now.stackSetName === was.stackSetName && now.region === was.region);
  const removed = new Map<string, Work['instancesRemoved'][number]>();
  for (const was of before.filter((one) => !nowOf(one))) {
    const { name, stackSetName, region } = was;
    const regions = [...(removed.get(stackSetName)?.regions ?? []), region].sort();
    removed.set(stackSetName, { name, stackSetName, regions });
  }
  return {
    instancesChanged: before.flatMap((was) => {
      const now = nowOf(was);
      const { name, stackSetName, region } = was;
      return now && differs(was, now) ? [{ name, stackSetName, region }] : [];
    }),
    instancesRemoved: [...removed.values()],
  };
}
