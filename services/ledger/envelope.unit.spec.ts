import { describe, expect, it } from 'vitest';
import { readEnvelope, requestOfExecution } from './envelope.ts';
import { eventSample, eventSamples } from './event-samples.fixture.ts';

const trusted = { managementAccountId: '111122223333' };
const read = (name: string) => readEnvelope(eventSample(name), trusted);
const factOf = (name: string) => {
  const [fact, ...more] = read(name).facts;
  if (!fact || more.length > 0) throw new Error('one fact was expected');
  return fact;
};
const RULE = 'config.RulesComplianceChange';

describe('every sample event', () => {
  it.each([...eventSamples.keys()])('%s becomes one fact with its own id and a UTC time', (name) => {
    const fact = factOf(name);
    expect(fact.id).toBe(`aws:${eventSample(name).id}`);
    expect(fact.occurredAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(fact.meaning).not.toBe('');
    expect(Number.isSafeInteger(fact.version)).toBe(true);
  });

  it.each([...eventSamples.keys()])('%s is only observed when its account is another', (name) => {
    const reading = readEnvelope({ ...eventSample(name), account: '999900001111' }, trusted);
    expect(reading.facts.map((f) => f.type)).toEqual(['AwsEventObserved']);
    expect(reading.wake).toBeUndefined();
  });

  it.each([...eventSamples.keys()])('%s is only observed when its source is forged', (name) => {
    const reading = readEnvelope({ ...eventSample(name), source: 'custom.controltower' }, trusted);
    expect(reading.facts.map((f) => f.type)).toEqual(['AwsEventObserved']);
    expect(reading.wake).toBeUndefined();
  });

  it.each([...eventSamples.keys()])('%s is only observed when its detail is not as documented', (name) => {
    const reading = readEnvelope({ ...eventSample(name), detail: { eventName: 42 } }, trusted);
    expect(reading.facts.map((f) => f.type)).toEqual(['AwsEventObserved']);
  });
});

describe('an account event of Control Tower', () => {
  it.each(['controltower.CreateManagedAccount.SUCCEEDED', 'controltower.UpdateManagedAccount.SUCCEEDED'])(
    '%s wakes the vend with its name and unit',
    (name) => {
      const reading = read(name);
      expect(reading.facts[0]).toMatchObject({
        type: 'ControlTowerAccountEvent',
        data: { state: 'SUCCEEDED', accountId: expect.stringMatching(/^\d{12}$/) },
      });
      expect(reading.wake).toEqual({
        accountName: reading.facts[0]?.data.accountName,
        organizationalUnitId: reading.facts[0]?.data.organizationalUnitId,
      });
    },
  );

  it('about a failure wakes too, and names no account', () => {
    const event = eventSample('controltower.CreateManagedAccount.FAILED');
    const status = (
      event.detail as never as { serviceEventDetails: { createManagedAccountStatus: { account: object } } }
    ).serviceEventDetails.createManagedAccountStatus;
    status.account = { accountName: 'orders-dev', accountId: 'Not Available' };
    const { facts, wake } = readEnvelope(event, trusted);
    expect(wake).toMatchObject({ accountName: 'orders-dev' });
    expect(facts[0]?.data).not.toHaveProperty('accountId');
    expect(facts[0]?.accountId).toBeUndefined();
  });

  it('never sets the account of a request by itself', () => {
    expect(factOf('controltower.CreateManagedAccount.SUCCEEDED')).not.toHaveProperty('accountId');
    expect(factOf('controltower.CreateManagedAccount.SUCCEEDED')).not.toHaveProperty('requestId');
  });
});

describe('the result of an account creation', () => {
  it('is read with its reason', () => {
    expect(factOf('organizations.CreateAccountResult.FAILED')).toMatchObject({
      type: 'AccountCreateResult',
      data: { state: 'FAILED', failureReason: 'EMAIL_ALREADY_EXISTS', accountId: null },
    });
  });

  it('means the same when it comes by another road', () => {
    const event = eventSample('organizations.CreateAccountResult.SUCCEEDED');
    const again = { ...structuredClone(event), id: 'another' };
    expect(readEnvelope(again, trusted).facts[0]?.meaning).toBe(
      readEnvelope(event, trusted).facts[0]?.meaning,
    );
  });
});

describe('the status of an execution', () => {
  const changed = (name: string, detail: object) => {
    const event = eventSample(name);
    return readEnvelope({ ...event, id: `${event.id}-2`, detail: { ...event.detail, ...detail } }, trusted)
      .facts[0];
  };

  it('belongs to the request that named it', () => {
    expect(factOf('states.ExecutionStatusChange.FAILED')).toMatchObject({
      type: 'ExecutionStatusChanged',
      requestId: 'req-2026-000123',
      data: { machine: 'account-vending', status: 'FAILED' },
    });
    expect(requestOfExecution('req-2026-000123-e12')).toBe('req-2026-000123');
  });

  it('belongs to nobody for another state machine', () => {
    const arn = 'arn:aws:states:us-east-1:111122223333:stateMachine:organization-reconcile';
    expect(changed('states.ExecutionStatusChange.FAILED', { stateMachineArn: arn })).not.toHaveProperty(
      'requestId',
    );
  });

  it('is newer at the end than at the start, and newest after a redrive', () => {
    const running = factOf('states.ExecutionStatusChange.RUNNING');
    const failed = factOf('states.ExecutionStatusChange.FAILED');
    const redrive = { redriveCount: 1, redriveDate: failed.version + 60_000 };
    const again = changed('states.ExecutionStatusChange.RUNNING', redrive);
    const failedAgain = changed('states.ExecutionStatusChange.FAILED', {
      ...redrive,
      stopDate: failed.version + 90_000,
    });
    expect(running.version).toBeLessThan(failed.version);
    expect(failed.version).toBeLessThan(again?.version ?? 0);
    expect(again?.version).toBeLessThan(failedAgain?.version ?? 0);
    expect(new Set([running, failed, again, failedAgain].map((f) => f?.meaning)).size).toBe(4);
  });
});

describe('a compliance change', () => {
  it('carries what Config found, ordered by Config’s own time', () => {
    expect(factOf(`${RULE}.NON_COMPLIANT`)).toMatchObject({
      type: 'ComplianceChanged',
      accountId: '444455556666',
      version: Date.parse('2026-03-04T10:15:04.741Z'),
      occurredAt: '2026-03-04T10:15:04.741Z',
      data: {
        region: 'us-east-1',
        status: 'NON_COMPLIANT',
        before: 'COMPLIANT',
        resourceId: 'orders-dev-exports',
      },
    });
  });

  it('may be the first, with a reason', () => {
    expect(factOf(`${RULE}.first-evaluation`).data).toMatchObject({
      before: null,
      annotation: 'sample annotation',
    });
  });

  it.each([
    ['another account', { awsAccountId: '555566667777' }],
    ['another Region', { awsRegion: 'eu-west-1' }],
  ])('that speaks for %s is only observed', (_what, lie) => {
    const event = eventSample(`${RULE}.NON_COMPLIANT`);
    const reading = readEnvelope({ ...event, detail: { ...event.detail, ...lie } }, trusted);
    expect(reading.facts[0]?.type).toBe('AwsEventObserved');
  });

  it('means the same when two rules of EventBridge send it', () => {
    const event = eventSample(`${RULE}.NON_COMPLIANT`);
    const [one, other] = [event, { ...event, id: 'another' }].map((e) => readEnvelope(e, trusted).facts[0]);
    expect(one?.meaning).toBe(other?.meaning);
  });
});
