import type { Store } from '../../store.ts';
import { AwsError, type AwsEvent } from '../../world.ts';
import { listResources } from '../account-resources.ts';
import { type EventPattern, matchesPattern } from '../event-pattern.ts';

export type Bus = { account: string; name: string; arn: string; description?: string };

export type Rule = {
  account: string;
  busName: string;
  name: string;
  arn: string;
  /** JSON text, as it was put. */
  pattern: string;
  state: string;
  description?: string;
  roleArn?: string;
};

export type Target = {
  Id: string;
  Arn: string;
  RoleArn?: string;
  Input?: string;
  InputPath?: string;
  DeadLetterConfig?: { Arn?: string };
};

export const BUSES = 'events/buses';
export const RULES = 'events/rules';
/** key: account, bus, rule, target id with '/' between. */
export const TARGETS = 'events/targets';

export const busKey = (account: string, name: string): string => `${account}/${name}`;
export const ruleKey = (account: string, bus: string, rule: string): string => `${account}/${bus}/${rule}`;

export const busArn = (region: string, account: string, name: string): string =>
  `arn:aws:events:${region}:${account}:event-bus/${name}`;

/** `default` is there in every account; others must have been created. @param place name or ARN */
export function busAt(store: Store, region: string, account: string, place = 'default'): Bus {
  const [, owner, name] = /^arn:[^:]*:events:[^:]*:(\d{12}):event-bus\/(.+)$/.exec(place) ?? [
    null,
    account,
    place,
  ];
  const found = store.get<Bus>(BUSES, busKey(owner ?? '', name ?? ''));
  if (found) return found;
  if (name === 'default' && owner) return { account: owner, name, arn: busArn(region, owner, name) };
  throw new AwsError('ResourceNotFoundException', `Event bus ${name} does not exist.`);
}

export function ruleAt(store: Store, bus: Bus, name: string): Rule {
  const rule = store.get<Rule>(RULES, ruleKey(bus.account, bus.name, name));
  if (!rule) {
    throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus ${bus.name}.`);
  }
  return rule;
}

export function targetsOf(store: Store, rule: Rule): Target[] {
  const prefix = `${ruleKey(rule.account, rule.busName, rule.name)}/`;
  return store.entries<Target>(TARGETS).flatMap(([key, target]) => (key.startsWith(prefix) ? [target] : []));
}

/** Every target that an event on this bus goes to, once per rule that matches. */
export function targetsFor(store: Store, bus: Bus, event: AwsEvent): { ruleArn: string; target: Target }[] {
  const own = store
    .values<Rule>(RULES)
    .filter((rule) => rule.account === bus.account && rule.busName === bus.name && rule.state !== 'DISABLED')
    .filter((rule) => matchesPattern(JSON.parse(rule.pattern) as EventPattern, event))
    .flatMap((rule) => targetsOf(store, rule).map((target) => ({ ruleArn: rule.arn, target })));
  return [...own, ...stackTargets(store, bus, event)];
}

type StackRule = { EventBusName?: string; State?: string; EventPattern?: EventPattern; Targets?: Target[] };

/** Rules that stacks made, such as those that forward a member account's events to the central bus. */
function stackTargets(store: Store, bus: Bus, event: AwsEvent): { ruleArn: string; target: Target }[] {
  return listResources(store, bus.account, event.region, 'AWS::Events::Rule').flatMap((resource) => {
    const rule = resource.properties as StackRule;
    const isHere = (rule.EventBusName ?? 'default') === bus.name && rule.State !== 'DISABLED';
    if (!isHere || !rule.EventPattern || !matchesPattern(rule.EventPattern, event)) return [];
    return (rule.Targets ?? []).map((target) => ({ ruleArn: String(resource.attributes.Arn), target }));
  });
}

/** What the target gets: the event, a part of it, or a constant. */
export function inputOf(target: Target, event: AwsEvent): string {
  if (target.Input !== undefined) return target.Input;
  const steps = (target.InputPath ?? '$').split('.').slice(1);
  const part = steps.reduce<unknown>(
    (value, step) => (value as Record<string, unknown> | undefined)?.[step],
    event,
  );
  return JSON.stringify(part ?? null);
}
