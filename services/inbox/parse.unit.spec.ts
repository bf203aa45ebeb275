import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventSample } from '../ledger/event-samples.fixture.ts';
import { parseMessage } from './parse.ts';

const ask = {
  kind: 'ask',
  ask: 'approval',
  id: 'req-1:1',
  requestId: 'req-1',
  token: 'secret',
  execution: 'arn:aws:states:us-east-1:111122223333:execution:account-vending:req-1',
  order: 1,
  occurredAt: '2026-03-04T10:00:00.000Z',
  data: {},
};
const fact = {
  ...ask,
  kind: 'fact',
  ask: undefined,
  token: undefined,
  type: 'AccountVended',
  data: { verified: {} },
};
const notification = (message: object | string, changes: object = {}) => ({
  Type: 'Notification',
  MessageId: 'm-1',
  TopicArn: 'arn:aws:sns:us-east-1:333344445555:alarms',
  Message: typeof message === 'string' ? message : JSON.stringify(message),
  Timestamp: '2026-03-04T10:15:05.900Z',
  ...changes,
});
const reasonOf = (value: unknown) => {
  const parsed = parseMessage(typeof value === 'string' ? value : JSON.stringify(value));
  return parsed.kind === 'unreadable' ? parsed.reason : `read as ${parsed.kind}`;
};

describe('parseMessage', () => {
  it.each([
    ['ask', ask],
    ['fact', fact],
    ['event', eventSample('controltower.CreateManagedAccount.SUCCEEDED')],
  ])('reads an %s', (kind, value) => {
    expect(parseMessage(JSON.stringify(value)).kind).toBe(kind);
  });

  it.each<[string, unknown, RegExp]>([
    ['text', 'hello', /^not JSON/],
    ['nothing', '', /^not JSON/],
    ['half a message', '{"kind":"ask"', /^not JSON/],
    ['a number', '1', /^not a JSON object/],
    ['null', 'null', /^not a JSON object/],
    ['a list', [], /^neither/],
    ['an unknown kind', { ...ask, kind: 'order' }, /^neither/],
    ['a kind from the prototype', '{"__proto__":{"kind":"ask"}}', /^neither/],
    ['an unknown ask', { ...ask, ask: 'money' }, /^not a valid ask: \/ask/],
    ['an unknown fact', { ...fact, type: 'AccountStolen' }, /^not a valid fact: \/type/],
    ['an ask without a token', { ...ask, token: undefined }, /^not a valid ask: \/token/],
    ['an unknown member', { ...fact, admin: true }, /^not a valid fact/],
    ['an account id that is none', { ...fact, accountId: 'Not Available' }, /^not a valid fact: \/accountId/],
    ['a negative order', { ...fact, order: -1 }, /^not a valid fact: \/order/],
    ['an order that is no whole number', { ...fact, order: 1.5 }, /^not a valid fact: \/order/],
    ['a time that is none', { ...fact, occurredAt: 'yesterday' }, /^not a valid fact: \/occurredAt/],
    ['an event without an account', { 'detail-type': 'x', source: 'y' }, /^not a valid event/],
    [
      'an event whose account is none',
      { ...eventSample('states.ExecutionStatusChange.RUNNING'), account: 'me' },
      /^not a valid event: \/account/,
    ],
    ['a text that no database can hold', { ...fact, data: { cause: 'a\u0000b' } }, /^holds a character/],
    ['half a surrogate pair', `{"kind":"fact","data":{"x":"\\ud800"}}`, /^holds a character/],
    ['a member that is said twice', '{"kind":"fact","kind":"ask"}', /^says a member twice at \/kind/],
    [
      'a member that is said twice in an event',
      JSON.stringify(eventSample('ec2.InstanceStateChange.running')).replace(
        '"detail":{',
        '"detail":{"state":"x",',
      ),
      /^says a member twice at \/detail\/state/,
    ],
    ['a message that is too long', `{"a":"${'ä'.repeat(600_000)}"}`, /^larger than 1048576 bytes/],
    [
      'an event of another century',
      { ...eventSample('ec2.InstanceStateChange.running'), time: '0000-01-01T00:00:00Z' },
      /^not a valid event: \/time not a time of this century/,
    ],
    ['a reason that SQS would not take', 'x\u0001', /^not JSON: .*\ufffd/],
    [
      'a subscription of SNS to confirm',
      { Type: 'SubscriptionConfirmation', TopicArn: 'x', Token: 'y' },
      /^neither/,
    ],
    [
      'a message of SNS without its envelope',
      { DriftType: 'SCP_UPDATED' },
      /^a message of SNS by raw delivery/,
    ],
    [
      'a message of SNS of no topic',
      notification({}, { TopicArn: 'x' }),
      /^not a valid SNS notification: \/TopicArn/,
    ],
    [
      'a message of SNS with a member twice within',
      notification('{"a":1,"a":2}'),
      /^the message within an SNS notification: says a member twice at \/a/,
    ],
    [
      'a message of SNS with NUL within',
      notification({ text: 'a\u0000b' }),
      /^the message within an SNS notification: holds a character/,
    ],
    [
      'a number that is none',
      JSON.stringify(fact).replace('"order":1', '"order":1e999'),
      /^holds a number.* at \/order/,
    ],
  ])('says why it cannot read %s', (_what, value, reason) => {
    expect(reasonOf(value)).toMatch(reason);
  });

  it.each([
    ['an object', { DriftType: 'SCP_UPDATED' }, { DriftType: 'SCP_UPDATED' }],
    ['a text', 'an alarm', { text: 'an alarm' }],
  ])('reads %s of SNS as an event of its topic', (_what, message, detail) => {
    expect(parseMessage(JSON.stringify(notification(message)))).toMatchObject({
      kind: 'event',
      envelope: { source: 'aws.sns', account: '333344445555', region: 'us-east-1', id: 'm-1', detail },
    });
  });

  it('does not go down with a message that goes deep', () => {
    const deep = (levels: number) =>
      JSON.stringify({ ...fact, data: 0 }).replace(
        '"data":0',
        `"data":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`,
      );
    expect(reasonOf(deep(100_000))).toMatch(/^nested deeper than 64 levels/);
    expect(reasonOf(deep(65))).toMatch(/^nested deeper than 64 levels/);
    expect(reasonOf(deep(32))).toBe('read as fact');
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.object().map((o) => JSON.stringify({ ...ask, ...o })),
        ),
        (body) => {
          expect(() => parseMessage(body)).not.toThrow();
        },
      ),
    );
  });
});
