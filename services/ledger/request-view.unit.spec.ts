import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ledgerFact, smoothVend } from './fact.fixture.ts';
import type { Fact } from './fact.ts';
import { foldRequest, isTerminal, REQUEST_STATUSES } from './request-view.ts';

const upTo = (type: Fact['type']) => smoothVend.slice(0, smoothVend.findIndex((f) => f.type === type) + 1);
const statusOf = (...facts: Fact[]) => foldRequest(facts).status;
/** Step Functions' own clock, in minutes after the start like everything here; its version is in milliseconds. */
const execution = (status: string, minute: number) =>
  ledgerFact('ExecutionStatusChanged', Date.parse('2026-03-04T10:00:00.000Z') + minute * 60_000, {
    id: `aws:${status}:${minute}`,
    occurredAt: new Date(Date.parse('2026-03-04T10:00:00.000Z') + minute * 60_000).toISOString(),
    source: 'aws.states',
    data: { status, error: 'States.Runtime', cause: 'a state broke' },
  });
const quarantined = (version: number, step: string) =>
  ledgerFact('AccountQuarantined', version, { data: { step, error: 'Boom', cause: 'it broke' } });
const resumed = (version: number, step: string) => ledgerFact('VendResumed', version, { data: { step } });
const denied = ledgerFact('ApprovalDecided', 0, {
  actor: 'ben@example.com',
  data: { decision: 'deny', comment: 'not this quarter' },
});
const cancelled = ledgerFact('RequestCancelled', 0, { actor: 'ana@example.com' });
const expired = ledgerFact('RequestExpired', 2);
const rejected = ledgerFact('RequestRejected', 3, {
  data: { step: 'recheck', code: 'email-taken', detail: 'taken' },
});

describe('the status of a request', () => {
  it('is PLANNED without any fact', () => expect(statusOf()).toBe('PLANNED'));

  it.each<[Fact['type'], string]>([
    ['AccountPlanned', 'PLANNED'],
    ['ApprovalRequested', 'AWAITING_APPROVAL'],
    ['ApprovalDecided', 'QUEUED'],
    ['AccountQueued', 'QUEUED'],
    ['AdmissionGranted', 'QUEUED'],
    ['ApprovalConfirmed', 'QUEUED'],
    ['ProvisioningStarted', 'PROVISIONING'],
    ['AccountProvisioned', 'APPLYING_BLUEPRINT'],
    ['BlueprintApplied', 'ATTACHING_GUARDRAILS'],
    ['GuardrailsAttached', 'VERIFYING'],
    ['AccountVended', 'ACTIVE'],
    ['AccessAssigned', 'ACTIVE'],
  ])('after %s is %s', (type, status) => {
    expect(statusOf(...upTo(type))).toBe(status);
    expect(isTerminal(foldRequest(upTo(type)).status)).toBe(false);
  });

  it('is QUEUED when the decision comes before the ask', () => {
    expect(statusOf(...upTo('AccountPlanned'), smoothVend[3]!)).toBe('QUEUED');
  });

  it.each<[string, Fact[]]>([
    ['DENIED', [...upTo('ApprovalRequested'), denied]],
    ['CANCELLED', [...upTo('AccountQueued'), cancelled]],
    ['EXPIRED', [...upTo('ApprovalRequested'), expired]],
    ['REJECTED', [...upTo('AdmissionGranted'), rejected]],
    ['CLOSED', [...smoothVend, ledgerFact('AccountClosed', 10)]],
  ])('is %s, for good', (status, facts) => {
    expect(statusOf(...facts)).toBe(status);
    expect(isTerminal(foldRequest(facts).status)).toBe(true);
    // What comes late never brings it back.
    const late = [
      execution('SUCCEEDED', 50),
      ledgerFact('AccountQueued', 40),
      ledgerFact('ApprovalRequested', 41),
    ];
    expect(statusOf(...facts, ...late)).toBe(status);
  });

  it.each(['provision', 'enrol', 'fence', 'blueprint', 'guardrails', 'verify', 'activate', 'access'])(
    'is QUARANTINED at %s, goes on after the resume, and ends ACTIVE',
    (step) => {
      const facts = [...upTo('ProvisioningStarted'), quarantined(5, step)];
      expect(foldRequest(facts)).toMatchObject({
        status: 'QUARANTINED',
        failure: { step, retriable: true, detail: 'Boom: it broke', nextAction: expect.stringMatching(/\S/) },
      });
      const going = foldRequest([...facts, resumed(6, step)]);
      expect(going.status).not.toBe('QUARANTINED');
      expect(going.failure).toBeUndefined();
      const rest = smoothVend.slice(-5).map((f, i) => ({ ...f, version: 7 + i }));
      expect(statusOf(...facts, resumed(6, step), ...rest)).toBe('ACTIVE');
    },
  );

  it.each([
    ['provision', 'PROVISIONING'],
    ['blueprint', 'APPLYING_BLUEPRINT'],
    ['guardrails', 'ATTACHING_GUARDRAILS'],
    ['verify', 'VERIFYING'],
    ['access', 'ACTIVE'],
  ])('after a resume at %s is %s', (step, status) => {
    expect(statusOf(...upTo('AccountProvisioned'), quarantined(6, step), resumed(7, step))).toBe(status);
  });

  it('of a vend that was quarantined twice is that of the newest word', () => {
    const facts = [
      ...upTo('AccountProvisioned'),
      quarantined(6, 'blueprint'),
      resumed(7, 'blueprint'),
      quarantined(8, 'guardrails'),
    ];
    expect(foldRequest(facts)).toMatchObject({ status: 'QUARANTINED', failure: { step: 'guardrails' } });
  });

  it('is never CANCELLED once the account was asked for', () => {
    expect(statusOf(...upTo('ProvisioningStarted'), cancelled)).toBe('PROVISIONING');
  });
});

describe('an execution that broke', () => {
  it.each(['FAILED', 'TIMED_OUT', 'ABORTED'])(
    'by %s before the confirmation leaves nothing behind',
    (status) => {
      const state = foldRequest([...upTo('ApprovalRequested'), execution(status, 100)]);
      expect(state).toMatchObject({
        status: 'REJECTED',
        failure: { code: 'workflow-broken', retriable: false },
      });
    },
  );

  it('after the confirmation may have made an account', () => {
    const state = foldRequest([...upTo('ApprovalConfirmed'), execution('ABORTED', 100)]);
    expect(state).toMatchObject({
      status: 'QUARANTINED',
      failure: { code: 'workflow-broken', retriable: true },
    });
  });

  it('and runs again after a redrive is under way', () => {
    const facts = [...upTo('ProvisioningStarted'), execution('FAILED', 100), execution('RUNNING', 101)];
    expect(statusOf(...facts)).toBe('PROVISIONING');
  });

  it('and was redriven is under way as soon as a later state speaks, though nobody told of the redrive', () => {
    const facts = [...upTo('ProvisioningStarted'), execution('FAILED', 30)];
    expect(statusOf(...facts)).toBe('QUARANTINED');
    const next = ledgerFact('AccountProvisioned', 5, { occurredAt: '2026-03-04T10:31:00.000Z' });
    expect(statusOf(...facts, next)).toBe('APPLYING_BLUEPRINT');
  });

  it('does not take back an account that people were given', () => {
    expect(statusOf(...smoothVend, execution('FAILED', 100))).toBe('ACTIVE');
  });

  it('keeps the words of a quarantine that it followed', () => {
    const facts = [...upTo('AccountProvisioned'), quarantined(6, 'blueprint'), execution('TIMED_OUT', 100)];
    expect(foldRequest(facts).failure).toMatchObject({ code: 'blueprint-failed' });
  });
});

describe('every end without an account has a failure that a person can act on', () => {
  it.each<[string, Fact[], object]>([
    ['denied', [denied], { detail: 'ben@example.com denied it: not this quarter', step: 'approval' }],
    ['expired', [expired], { step: 'approval' }],
    ['cancelled', [cancelled], { detail: 'ana@example.com cancelled it before an account was made.' }],
    ['email-taken', [rejected], { detail: 'taken', step: 'recheck' }],
  ])('%s', (code, facts, expected) => {
    const { failure } = foldRequest([
      ...upTo('ApprovalRequested').filter((f) => f.type !== 'ApprovalDecided'),
      ...facts,
    ]);
    expect(failure).toMatchObject({ code, retriable: false, ...expected });
    expect(failure?.nextAction).toMatch(/\w{3}/);
    expect(failure?.title).toMatch(/\w{3}/);
  });

  it('and an open request has none', () => {
    expect(foldRequest(upTo('AccountQueued')).failure).toBeUndefined();
    expect(foldRequest(smoothVend).failure).toBeUndefined();
  });
});

describe('the steps', () => {
  const steps = (facts: readonly Fact[]) =>
    Object.fromEntries(foldRequest(facts).steps.map((s) => [s.name, s.status]));

  it('have one that runs, and what comes after it waits', () => {
    expect(steps(upTo('AccountProvisioned'))).toEqual({
      plan: 'succeeded',
      approval: 'succeeded',
      queue: 'succeeded',
      provision: 'succeeded',
      blueprint: 'running',
      guardrails: 'pending',
      verify: 'pending',
      access: 'pending',
    });
  });

  it('are all done at the end', () => {
    expect(new Set(Object.values(steps(smoothVend)))).toEqual(new Set(['succeeded']));
  });

  it('after a denial are skipped', () => {
    expect(steps([...upTo('ApprovalRequested'), denied])).toMatchObject({
      plan: 'succeeded',
      approval: 'failed',
      queue: 'skipped',
      access: 'skipped',
    });
  });

  it('show where a quarantined vend failed, and what is still to come', () => {
    expect(steps([...upTo('AccountProvisioned'), quarantined(6, 'blueprint')])).toMatchObject({
      blueprint: 'failed',
      guardrails: 'pending',
    });
  });
});

describe('a fold over a set', () => {
  const story: Fact[] = [
    ...smoothVend.slice(0, 9),
    quarantined(6, 'blueprint'),
    resumed(7, 'blueprint'),
    ledgerFact('BlueprintApplied', 8),
    ledgerFact('GuardrailsAttached', 9),
    execution('RUNNING', 0),
    execution('FAILED', 20),
    execution('RUNNING', 21),
    ledgerFact('AccountVended', 10, { accountId: '444455556666' }),
    denied,
    cancelled,
    expired,
    rejected,
  ];
  // Any part of the story, each fact any number of times, in any order.
  const anyFacts = fc.subarray(story).chain((some) =>
    fc.tuple(
      fc.constant(some),
      fc
        .array(fc.constantFrom(...story), { maxLength: 0 })
        .chain(() => fc.shuffledSubarray([...some, ...some, ...some], { minLength: some.length * 3 })),
    ),
  );

  it('is the same for every order and every repetition', () => {
    fc.assert(
      fc.property(anyFacts, ([some, shuffled]) => {
        expect(foldRequest(shuffled)).toEqual(foldRequest(some));
      }),
      { numRuns: 500 },
    );
  });

  it('always gives a status of the contract, and a failure exactly when something stands in the way', () => {
    fc.assert(
      fc.property(fc.subarray(story), (some) => {
        const { status, failure } = foldRequest(some);
        expect(REQUEST_STATUSES).toContain(status);
        const wanting = ['DENIED', 'EXPIRED', 'CANCELLED', 'REJECTED', 'QUARANTINED'].includes(status);
        expect(failure !== undefined).toBe(wanting);
      }),
      { numRuns: 500 },
    );
  });

  it('never says CANCELLED, DENIED, EXPIRED or REJECTED once Service Catalog took the call', () => {
    const started = ledgerFact('ProvisioningStarted', 4);
    fc.assert(
      fc.property(fc.subarray(story), (some) => {
        expect(['DENIED', 'EXPIRED', 'CANCELLED', 'REJECTED']).not.toContain(statusOf(...some, started));
      }),
      { numRuns: 500 },
    );
  });
});
