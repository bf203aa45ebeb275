import type { Component, Upgrade } from '../../workflows/blueprints/component.ts';
import { leftOut, type StackTemplate, stackValues } from '../guardrails/stack-template.ts';
import type { AccountPlan } from '../planning/plan.schema.ts';
import type { AccountChangePlan } from './account-change.schema.ts';

type Planned = AccountPlan['components'][number];
type Announced = AccountChangePlan['work']['changed'][number]['announced'];

/** What CloudFormation replaces when it changes: the VPC, its subnets, and whatever stands in them. */
const REPLACING: Readonly<Record<string, RegExp>> = {
  vpc: /^(VpcCidr|AvailabilityZone\d|\w+Subnet\dCidr)$/,
};

/** Parameters of a component whose change replaces resources, and those whose end deletes them. */
export function replacingParameters(was: Planned, now: Planned): { changed: string[]; ended: string[] } {
  const replacing = Object.keys(was.parameters)
    .filter((name) => REPLACING[now.name]?.test(name) && was.parameters[name] !== now.parameters[name])
    .sort();
  return {
    changed: replacing.filter((name) => now.parameters[name] !== undefined),
    ended: replacing.filter((name) => now.parameters[name] === undefined),
  };
}

/**
 * What CloudFormation may replace and remove in a stack that is changed: what the new parameters say, and what the
 * component says of its own upgrades. Anything else stops the change.
 *
 * @param template of the stack as it will be; undefined when it is not known here
 */
export function announce(
  was: Planned,
  now: Planned,
  {
    template,
    upgrades,
    accountId,
  }: { template: StackTemplate | undefined; upgrades: Component['upgrades']; accountId: string },
): Announced {
  const { changed, ended } = replacingParameters(was, now);
  const passed = upgrades.filter(({ below }) => isBelow(was.version, below));
  const anything = (applies: boolean) => (applies ? ['*'] : []);
  return {
    replaces: idsOf([...anything(changed.length > 0), ...passed.flatMap((one: Upgrade) => one.replaces)]),
    removes: idsOf([
      // Of another template only its parameters are known, not what it made of them.
      ...anything(ended.length > 0 && was.templateDigest !== now.templateDigest),
      ...(template === undefined ? [] : switchedOff(template, was, now, accountId)),
      ...passed.flatMap((one: Upgrade) => one.removes),
    ]),
  };
}

/** Resources that the old parameters ask for and the new ones do not. */
function switchedOff(template: StackTemplate, was: Planned, now: Planned, accountId: string): string[] {
  const out = ({ parameters, region, stackName = '' }: Planned) =>
    leftOut(template, stackValues(template, { parameters, region, stackName, accountId }));
  const before = new Set(out(was));
  return out(now).filter((id) => !before.has(id));
}

const idsOf = (ids: readonly string[]): string[] => (ids.includes('*') ? ['*'] : [...new Set(ids)].sort());

/** Semantic versions of three numbers. */
function isBelow(version: string, limit: string): boolean {
  const [a, b] = [version, limit].map((text) => text.split('.').map(Number)) as [number[], number[]];
  const at = a.findIndex((part, i) => part !== b[i]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}
