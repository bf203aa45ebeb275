import type { Store } from '../../store.ts';
import type { World } from '../../world.ts';
import { type AccountResource, listResources } from '../account-resources.ts';

/** The recorder of an account in one Region. `roleArn` is what Config reads the resources with. */
export type Recorder = {
  name: string;
  roleArn: string;
  recording: boolean;
  /** Only the home Region records global types. */
  includeGlobalResourceTypes: boolean;
  /** ISO 8601 */
  startedAt: string;
};

export type DeliveryChannel = {
  name: string;
  s3BucketName: string;
  s3KeyPrefix: string;
  snsTopicARN: string;
  s3KmsKeyArn?: string;
};

export const RULE_TYPE = 'AWS::Config::ConfigRule';
export const EVALUATE = 'config/evaluate';
const RECORDERS = 'config/recorders';
const CHANNELS = 'config/delivery-channels';
const PENDING = 'config/pending-evaluations';
/** From a change of a rule or a resource to its evaluation. AWS time. */
const EVALUATION_DELAY_MS = 60_000;

const place = (accountId: string, region: string): string => `${accountId}/${region}`;

export const ruleArn = (accountId: string, region: string, ruleId: string): string =>
  `arn:aws:config:${region}:${accountId}:config-rule/${ruleId}`;

export function putRecorder(store: Store, accountId: string, region: string, recorder: Recorder): void {
  store.put(RECORDERS, place(accountId, region), recorder);
}

export function getRecorder(store: Store, accountId: string, region: string): Recorder | undefined {
  return store.get(RECORDERS, place(accountId, region));
}

export function deleteRecorder(store: Store, accountId: string, region: string): void {
  store.delete(RECORDERS, place(accountId, region));
}

/** Without a channel nothing is recorded any more. */
export function deleteDeliveryChannel(store: Store, accountId: string, region: string): void {
  store.delete(CHANNELS, place(accountId, region));
  const recorder = getRecorder(store, accountId, region);
  if (recorder) putRecorder(store, accountId, region, { ...recorder, recording: false });
}

export const hasRecorder = (store: Store, accountId: string, region: string): boolean =>
  getRecorder(store, accountId, region) !== undefined;

export function putDeliveryChannel(
  store: Store,
  accountId: string,
  region: string,
  channel: DeliveryChannel,
): void {
  store.put(CHANNELS, place(accountId, region), channel);
}

export function getDeliveryChannel(
  store: Store,
  accountId: string,
  region: string,
): DeliveryChannel | undefined {
  return store.get(CHANNELS, place(accountId, region));
}

/** The rules of an account in one Region, in order of name as AWS lists them. */
export function listRules(store: Store, accountId: string, region: string): AccountResource[] {
  return listResources(store, accountId, region, RULE_TYPE).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Has every rule of the account evaluated a little later. Many changes in a row make one evaluation. */
export function scheduleEvaluation(world: World, accountId: string, region: string): void {
  const key = place(accountId, region);
  if (!hasRecorder(world.store, accountId, region) || world.store.get(PENDING, key) !== undefined) return;
  world.store.put(PENDING, key, true);
  world.scheduler.after(EVALUATION_DELAY_MS, EVALUATE, { accountId, region });
}

export function evaluationStarts(store: Store, accountId: string, region: string): void {
  store.delete(PENDING, place(accountId, region));
}
