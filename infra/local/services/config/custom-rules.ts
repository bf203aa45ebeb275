import { createHash } from 'node:crypto';
import type { World } from '../../world.ts';
import { type AccountResource, listResources } from '../account-resources.ts';
import { findFunction } from '../lambda/functions.ts';
import { type Item, itemsOf } from './items.ts';
import { scheduleEvaluation } from './rules.ts';

export const PERMISSION_TYPE = 'AWS::Lambda::Permission';
const TOKENS = 'config/result-tokens';
/** What the messaging behind Config carries at most. */
const LARGEST_MESSAGE = 262_144;
/** Lambda runs an event three times before it gives it up. */
const LAST_ATTEMPT = 3;

/** Whom a result token lets report, and about which rule. */
export type TokenHolder = { accountId: string; region: string; ruleName: string };
type Seen = { hash: string; attempts: number; item: Item };

const seenIn = ({ accountId, region }: AccountResource): string => `config/seen/${accountId}/${region}`;

export const isCustom = (rule: AccountResource): boolean => sourceOf(rule).Owner === 'CUSTOM_LAMBDA';

const sourceOf = (rule: AccountResource): { Owner?: string; SourceIdentifier?: string } =>
  (rule.properties.Source ?? {}) as { Owner?: string; SourceIdentifier?: string };

/** Who may invoke: a permission for Config, without SourceAccount or with this account. */
export function configMayInvoke(world: World, functionArn: string, accountId: string): boolean {
  const found = findFunction(world, functionArn);
  if (!found) return false;
  return listResources(world.store, found.accountId, found.region, PERMISSION_TYPE).some(
    ({ properties: { FunctionName, Principal, SourceAccount } }) =>
      [found.id, functionArn].includes(String(FunctionName)) &&
      Principal === 'config.amazonaws.com' &&
      (SourceAccount === undefined || SourceAccount === accountId),
  );
}

export const tokenHolder = (world: World, token: string): TokenHolder | undefined =>
  world.store.get<TokenHolder>(TOKENS, token);

/**
 * Tells the function of a custom rule of every resource in scope that is new, has changed or is gone since it was
 * told last, or when the rule itself has changed. What it puts with its token becomes the result.
 */
export function evaluateCustomRule(world: World, rule: AccountResource): void {
  const { store } = world;
  const { accountId, region } = rule;
  const scope = rule.properties.Scope as { ComplianceResourceTypes?: string[] } | undefined;
  const now = world.scheduler.now();
  const items = (scope?.ComplianceResourceTypes ?? []).flatMap((type) =>
    itemsOf(store, accountId, region, type, now),
  );
  const keyOf = (item: Item) => `${rule.id}|${item.resourceType}|${item.resourceId}`;
  const keys = new Set(items.map(keyOf));
  const gone = store
    .entries<Seen>(seenIn(rule))
    .filter(([key]) => key.startsWith(`${rule.id}|`) && !keys.has(key))
    .map(
      ([, { item }]): Item => ({ ...item, configurationItemStatus: 'ResourceDeleted', configuration: {} }),
    );
  for (const item of [...items, ...gone]) {
    const hash = hashOf(rule, item);
    const seen = store.get<Seen>(seenIn(rule), keyOf(item));
    const attempts = seen?.hash === hash ? seen.attempts : 0;
    if (attempts >= LAST_ATTEMPT) continue;
    const isDone = invoke(world, rule, item);
    if (isDone && item.configurationItemStatus === 'ResourceDeleted') store.delete(seenIn(rule), keyOf(item));
    else store.put(seenIn(rule), keyOf(item), { hash, attempts: isDone ? LAST_ATTEMPT : attempts + 1, item });
    if (!isDone && attempts + 1 < LAST_ATTEMPT) scheduleEvaluation(world, accountId, region);
  }
}

/** A rule that was deleted has been told nothing. */
export function forgetRulesBut(world: World, place: AccountResource, names: ReadonlySet<string>): void {
  for (const [key] of world.store.entries<Seen>(seenIn(place)))
    if (!names.has(key.split('|')[0] ?? '')) world.store.delete(seenIn(place), key);
}

function hashOf(rule: AccountResource, { configuration, configurationItemStatus }: Item): string {
  const content = JSON.stringify([rule.properties, configurationItemStatus, configuration]);
  return createHash('sha256').update(content).digest('hex');
}

/** @returns whether the function came to its end */
function invoke(world: World, rule: AccountResource, item: Item): boolean {
  const resultToken = world.random.hex(64);
  const { accountId, region, id: ruleName } = rule;
  world.store.put(TOKENS, resultToken, { accountId, region, ruleName } satisfies TokenHolder);
  try {
    const functionArn = sourceOf(rule).SourceIdentifier ?? '';
    if (!configMayInvoke(world, functionArn, accountId)) return false;
    const outcome = world.runFunction?.(functionArn, eventOf(world, rule, item, resultToken), () => 403);
    return outcome !== undefined && outcome.error === undefined;
  } finally {
    world.store.delete(TOKENS, resultToken);
  }
}

function eventOf(world: World, rule: AccountResource, item: Item, resultToken: string) {
  const { InputParameters: parameters } = rule.properties;
  return {
    version: '1.0',
    invokingEvent: JSON.stringify(notificationOf(world, item)),
    ruleParameters: typeof parameters === 'string' ? parameters : JSON.stringify(parameters ?? {}),
    resultToken,
    eventLeftScope: false,
    executionRoleArn: `arn:aws:iam::${rule.accountId}:role/aws-controltower-ConfigRecorderRole`,
    configRuleArn: rule.attributes.Arn,
    configRuleName: rule.id,
    configRuleId: rule.attributes.ConfigRuleId,
    accountId: rule.accountId,
  };
}

function notificationOf(world: World, item: Item) {
  const {
    version: configurationItemVersion,
    accountId: awsAccountId,
    arn: ARN,
    configuration,
    ...rest
  } = item;
  const summary = { configurationItemVersion, awsAccountId, ARN, configurationStateMd5Hash: '', ...rest };
  const isGone = item.configurationItemStatus === 'ResourceDeleted';
  const changeType = isGone ? 'DELETE' : 'UPDATE';
  const common = {
    notificationCreationTime: new Date(world.scheduler.now()).toISOString(),
    recordVersion: '1.3',
  };
  const whole = {
    configurationItemDiff: { changedProperties: {}, changeType },
    configurationItem: {
      ...summary,
      relatedEvents: [],
      relationships: [],
      supplementaryConfiguration: {},
      tags: {},
      configuration: isGone ? null : configuration,
    },
    messageType: 'ConfigurationItemChangeNotification',
    ...common,
  };
  if (JSON.stringify(whole).length <= LARGEST_MESSAGE) return whole;
  return {
    configurationItemSummary: { ...summary, changeType },
    s3DeliverySummary: { s3BucketLocation: null, errorCode: null, errorMessage: null },
    messageType: 'OversizedConfigurationItemChangeNotification',
    ...common,
  };
}
