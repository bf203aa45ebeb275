import type { ConfigurationItem } from './evaluate.ts';

/** Which resource to look up: the notification was too large to carry it, or Config asks for all. */
export type Summary = Pick<
  ConfigurationItem,
  'awsAccountId' | 'resourceType' | 'resourceId' | 'configurationItemCaptureTime' | 'configurationItemStatus'
>;

export type ConfigEvent = {
  accountId: string;
  resultToken: string;
  /** The resource is out of the rule's scope now. */
  eventLeftScope: boolean;
  parameters: { trustedAccounts: string[]; trustedProviders: string[] };
  notification:
    | { kind: 'item'; item: ConfigurationItem }
    | { kind: 'oversized'; summary: Summary }
    | { kind: 'scheduled'; createdAt: string };
};

/** The event is not one of AWS Config; `message` says what is wrong with it. */
export class EventError extends Error {
  override readonly name = 'EventError';
}

/** Reads what Config gives a custom rule's function. Throws EventError. */
export function parseEvent(event: unknown): ConfigEvent {
  const outer = objectAt(event, 'event');
  const accountId = textAt(outer, 'accountId', /^\d{12}$/);
  const notification = notificationOf(jsonAt(outer, 'invokingEvent'));
  if (notification.kind !== 'scheduled') {
    const { awsAccountId } = notification.kind === 'item' ? notification.item : notification.summary;
    if (awsAccountId !== accountId)
      throw new EventError(`the rule of ${accountId} tells of a resource of ${awsAccountId}`);
  }
  return {
    accountId,
    resultToken: textAt(outer, 'resultToken', /./s),
    eventLeftScope: outer.eventLeftScope === true,
    parameters: parametersOf(outer.ruleParameters === undefined ? {} : jsonAt(outer, 'ruleParameters')),
    notification,
  };
}

function notificationOf(invoking: Record<string, unknown>): ConfigEvent['notification'] {
  const type = textAt(invoking, 'messageType', /./);
  switch (type) {
    case 'ConfigurationItemChangeNotification':
      return { kind: 'item', item: itemOf(objectAt(invoking.configurationItem, 'configurationItem')) };
    case 'OversizedConfigurationItemChangeNotification': {
      const summary = objectAt(invoking.configurationItemSummary, 'configurationItemSummary');
      return { kind: 'oversized', summary: summaryOf(summary) };
    }
    case 'ScheduledNotification':
      return { kind: 'scheduled', createdAt: textAt(invoking, 'notificationCreationTime', TIME) };
    default:
      throw new EventError(`messageType ${type} is not known`);
  }
}

const TIME = /^\d{4}-\d{2}-\d{2}T/;

function summaryOf(item: Record<string, unknown>): Summary {
  return {
    awsAccountId: textAt(item, 'awsAccountId', /^\d{12}$/),
    resourceType: textAt(item, 'resourceType', /^\w+::\w+::\w+$/),
    resourceId: textAt(item, 'resourceId', /./),
    configurationItemCaptureTime: textAt(item, 'configurationItemCaptureTime', TIME),
    configurationItemStatus: textAt(item, 'configurationItemStatus', /./),
  };
}

/** An item as the event carries it: `configuration` is an object, and null when the resource is gone. */
function itemOf(item: Record<string, unknown>): ConfigurationItem {
  const { configuration } = item;
  return {
    ...summaryOf(item),
    configuration:
      configuration === null || configuration === undefined ? null : objectAt(configuration, 'configuration'),
  };
}

/** An item as GetResourceConfigHistory answers it: other names, and `configuration` is a text. Throws EventError. */
export function itemOfHistory(answer: Record<string, unknown>): ConfigurationItem {
  const { accountId, configuration } = answer;
  const captured = answer.configurationItemCaptureTime;
  return {
    ...summaryOf({
      ...answer,
      awsAccountId: accountId,
      configurationItemCaptureTime: captured instanceof Date ? captured.toISOString() : captured,
    }),
    configuration:
      typeof configuration === 'string' && configuration !== '' ? jsonAt(answer, 'configuration') : null,
  };
}

function parametersOf(given: Record<string, unknown>): ConfigEvent['parameters'] {
  const unknown = Object.keys(given).find(
    (name) => name !== 'trustedAccounts' && name !== 'trustedProviders',
  );
  if (unknown !== undefined) throw new EventError(`the rule has no parameter ${unknown}`);
  const trustedAccounts = listOf(given.trustedAccounts, 'trustedAccounts');
  const odd = trustedAccounts.find((account) => !/^\d{12}$/.test(account));
  if (odd !== undefined) throw new EventError(`trustedAccounts: ${odd} is no account`);
  return { trustedAccounts, trustedProviders: listOf(given.trustedProviders, 'trustedProviders') };
}

/** Rule parameters are texts: a list has commas. */
export function listOf(value: unknown, name: string): string[] {
  if (value === undefined || value === '') return [];
  if (typeof value !== 'string') throw new EventError(`${name} has to be a text`);
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function objectAt(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new EventError(`${name} has to be an object`);
  return value as Record<string, unknown>;
}

function jsonAt(from: Record<string, unknown>, name: string): Record<string, unknown> {
  const text = textAt(from, name, /./s);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new EventError(`${name} is not JSON`);
  }
  return objectAt(value, name);
}

function textAt(from: Record<string, unknown>, name: string, pattern: RegExp): string {
  const value = from[name];
  if (typeof value !== 'string' || !pattern.test(value))
    throw new EventError(`${name} has to be a text that fits ${pattern}`);
  return value;
}
