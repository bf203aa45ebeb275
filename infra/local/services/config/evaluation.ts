import type { Store } from '../../store.ts';
import { AwsError, type World } from '../../world.ts';
import { type AccountResource, listResources } from '../account-resources.ts';
import { getSetting, type SettingName } from '../account-settings.ts';
import { trailIsLogging } from '../cloudtrail.ts';
import { type ComplianceType, type Evaluation, evaluateRule } from './checks.ts';
import { evaluateCustomRule, forgetRulesBut, isCustom } from './custom-rules.ts';
import { EVALUATE, evaluationStarts, getRecorder, listRules, RULE_TYPE } from './rules.ts';

/** What Config knows of one resource under one rule. Times are ISO 8601. */
export type EvaluationRecord = Evaluation & {
  ruleName: string;
  /** When the result was made; `orderingTimestamp` of the event. */
  recordedAt: string;
  invokedAt: string;
  annotation?: string;
  /** Set by `setCompliance`: an evaluation leaves it alone. */
  pinned?: true;
};

/** From the start of a rule to its result, as seen in recorded events. */
const RULE_RUN_MS = 409;

const collection = (accountId: string, region: string): string => `config/results/${accountId}/${region}`;
const keyOf = (one: Pick<EvaluationRecord, 'ruleName' | 'resourceType' | 'resourceId'>): string =>
  `${one.ruleName}|${one.resourceType}|${one.resourceId}`;

/** Registers the timer that evaluates. Call once per world. */
export function registerEvaluation(world: World): void {
  world.scheduler.on(EVALUATE, ({ accountId, region }: { accountId: string; region: string }) => {
    evaluationStarts(world.store, accountId, region);
    if (getRecorder(world.store, accountId, region)?.recording === true)
      evaluateAll(world, accountId, region);
  });
}

export function listEvaluations(
  store: Store,
  accountId: string,
  region: string,
  ruleName: string,
): EvaluationRecord[] {
  return store
    .values<EvaluationRecord>(collection(accountId, region))
    .filter((record) => record.ruleName === ruleName);
}

/** The rule's compliance over all its resources: one NON_COMPLIANT is enough, none at all is INSUFFICIENT_DATA. */
export function ruleCompliance(records: Pick<EvaluationRecord, 'complianceType'>[]): ComplianceType {
  const is = (type: ComplianceType) => records.some((record) => record.complianceType === type);
  if (is('NON_COMPLIANT')) return 'NON_COMPLIANT';
  return is('COMPLIANT') ? 'COMPLIANT' : 'INSUFFICIENT_DATA';
}

/** Evaluates every rule of the account now and sends an event for every result that is new or has changed. */
export function evaluateAll(world: World, accountId: string, region: string): void {
  const view = {
    accountId,
    isTrailLogging: trailIsLogging(world.store, accountId),
    setting: (name: SettingName) => getSetting(world.store, { accountId, region }, name),
    list: (type: string) => listResources(world.store, accountId, region, type),
  };
  const rules = listRules(world.store, accountId, region);
  const names = new Set(rules.map((rule) => rule.id));
  // AWS drops the results of a deleted rule without a word.
  for (const record of world.store.values<EvaluationRecord>(collection(accountId, region)))
    if (!names.has(record.ruleName)) world.store.delete(collection(accountId, region), keyOf(record));
  const [first] = rules;
  if (first) forgetRulesBut(world, first, names);
  for (const rule of rules) {
    if (isCustom(rule)) {
      evaluateCustomRule(world, rule);
      continue;
    }
    const found = evaluateRule(sourceIdentifier(rule), view);
    for (const evaluation of found) record(world, rule, evaluation);
    const still = new Set(found.map((one) => keyOf({ ruleName: rule.id, ...one })));
    for (const old of listEvaluations(world.store, accountId, region, rule.id))
      if (!still.has(keyOf(old)) && old.pinned !== true)
        record(world, rule, { ...old, complianceType: 'NOT_APPLICABLE' });
  }
}

function sourceIdentifier(rule: AccountResource): string {
  const source = rule.properties.Source as { Owner?: string; SourceIdentifier?: string } | undefined;
  return source?.Owner === 'AWS' ? (source.SourceIdentifier ?? '') : '';
}

type Change = Evaluation & { annotation?: string | undefined; pinned?: boolean };

/** Keeps a result that is new or has changed, and sends the event. */
export function record(world: World, rule: AccountResource, change: Change): void {
  const { accountId, region } = rule;
  const key = keyOf({ ruleName: rule.id, ...change });
  const old = world.store.get<EvaluationRecord>(collection(accountId, region), key);
  if (old?.complianceType === change.complianceType && change.pinned !== true) return;
  if (old?.pinned === true && change.pinned !== true) return;
  if (old === undefined && change.complianceType === 'NOT_APPLICABLE') return;
  const now = world.scheduler.now();
  const next: EvaluationRecord = {
    ruleName: rule.id,
    resourceType: change.resourceType,
    resourceId: change.resourceId,
    complianceType: change.complianceType,
    recordedAt: new Date(now).toISOString(),
    invokedAt: new Date(now - RULE_RUN_MS).toISOString(),
    ...(change.annotation === undefined ? {} : { annotation: change.annotation }),
    ...(change.pinned === true ? { pinned: true } : {}),
  };
  // A resource out of scope has no result any more; the event is the last that is heard of it.
  if (change.complianceType === 'NOT_APPLICABLE') world.store.delete(collection(accountId, region), key);
  else world.store.put(collection(accountId, region), key, next);
  emitChange(world, rule, next, old);
}

const eventResult = (one: EvaluationRecord) => ({
  evaluationResultIdentifier: {
    evaluationResultQualifier: {
      configRuleName: one.ruleName,
      resourceType: one.resourceType,
      resourceId: one.resourceId,
    },
    orderingTimestamp: one.recordedAt,
  },
  complianceType: one.complianceType,
  resultRecordedTime: one.recordedAt,
  configRuleInvokedTime: one.invokedAt,
  ...(one.annotation === undefined ? {} : { annotation: one.annotation }),
});

function emitChange(
  world: World,
  rule: AccountResource,
  next: EvaluationRecord,
  old?: EvaluationRecord,
): void {
  world.emit({
    'detail-type': 'Config Rules Compliance Change',
    source: 'aws.config',
    account: rule.accountId,
    region: rule.region,
    resources: [],
    detail: {
      resourceId: next.resourceId,
      awsRegion: rule.region,
      awsAccountId: rule.accountId,
      configRuleName: rule.id,
      recordVersion: '1.0',
      configRuleARN: rule.attributes.Arn,
      messageType: 'ComplianceChangeNotification',
      newEvaluationResult: eventResult(next),
      ...(old === undefined ? {} : { oldEvaluationResult: eventResult(old) }),
      notificationCreationTime: new Date(world.scheduler.now()).toISOString(),
      resourceType: next.resourceType,
    },
  });
}

/** For tests and demonstrations: what `setCompliance` takes. `region` is the home Region when left out. */
export type ComplianceChange = {
  accountId: string;
  region?: string;
  ruleName: string;
  resourceType: string;
  resourceId: string;
  complianceType: Exclude<ComplianceType, 'INSUFFICIENT_DATA'>;
  annotation?: string;
};

/**
 * Knob: gives a resource this compliance and sends the event. The result stays until the knob is used again;
 * `NOT_APPLICABLE` takes it away.
 * @throws AwsError `NoSuchConfigRuleException`
 */
export function setCompliance(world: World, change: ComplianceChange): void {
  const region = change.region ?? world.landingZone.homeRegion;
  const rule = listRules(world.store, change.accountId, region).find((one) => one.id === change.ruleName);
  if (!rule)
    throw new AwsError(
      'NoSuchConfigRuleException',
      `No ${RULE_TYPE} named ${change.ruleName} in ${change.accountId}`,
    );
  world.store.transaction(() => record(world, rule, { ...change, pinned: true }));
}
