import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smoothChange } from '../organizational-units/unit-change.fixture.ts';
import { ledgerFact } from './fact.fixture.ts';
import type { Fact } from './fact.ts';
import { foldRequest, REQUEST_STATUSES } from './request-view.ts';

const fold = (...facts: Fact[]) => foldRequest(facts, 'organizational-unit-change');
const upTo = (type: Fact['type']) =>
  smoothChange.slice(0, smoothChange.findIndex((f) => f.type === type) + 1);
const stopped = (version: number, step = 'controls') =>
  ledgerFact('ChangeStopped', version, {
    data: { step, error: 'ControlTower.ValidationException', cause: 'The control cannot be deployed.' },
  });
const resumed = (version: number, step = 'controls') =>
  ledgerFact('ChangeResumed', version, { data: { step } });
const cancelled = ledgerFact('RequestCancelled', 0, { actor: 'olga@example.com' });
const expired = ledgerFact('RequestExpired', 2);
const rejected = ledgerFact('RequestRejected', 2, { data: { step: 'recheck', code: 'ou-gone' } });

describe('a change of an organizational unit', () => {
  it.each<[Fact['type'], string]>([
    ['ChangePlanned', 'PLANNED'],
    ['ApprovalRequested', 'AWAITING_APPROVAL'],
    ['ApprovalDecided', 'QUEUED'],
    ['ChangeStarted', 'ATTACHING_GUARDRAILS'],
    ['ControlChanged', 'ATTACHING_GUARDRAILS'],
    ['GuardrailsAttached', 'VERIFYING'],
    ['ChangeCompleted', 'ACTIVE'],
  ])('after %s is %s', (type, status) => expect(fold(...upTo(type)).status).toBe(status));

  it('has steps of its own, all done at the end', () => {
    expect(fold(...smoothChange).steps.map((s) => [s.name, s.status])).toEqual([
      ['plan', 'succeeded'],
      ['approval', 'succeeded'],
      ['guardrails', 'succeeded'],
      ['verify', 'succeeded'],
    ]);
  });

  it('that stops half-way needs a person, says what AWS said, and goes on', () => {
    const facts = [...upTo('ChangeStarted'), stopped(4)];
    expect(fold(...facts)).toMatchObject({
      status: 'QUARANTINED',
      failure: {
        code: 'controls-failed',
        detail: 'ControlTower.ValidationException: The control cannot be deployed.',
        retriable: true,
        nextAction: expect.stringContaining('resume'),
      },
    });
    expect(fold(...facts, resumed(5)).status).toBe('ATTACHING_GUARDRAILS');
    expect(fold(...facts, resumed(5, 'verify')).status).toBe('VERIFYING');
  });

  it.each([
    ['CANCELLED', cancelled, 'olga@example.com cancelled it before anything was changed.'],
    ['EXPIRED', expired, 'The approval deadline passed without a decision. Nothing was changed.'],
    ['REJECTED', rejected, 'Nothing was changed.'],
  ] as const)(
    'that ends %s says that nothing was changed, never that no account was made',
    (status, fact, detail) => {
      const { failure, ...state } = fold(...upTo('ApprovalRequested'), fact);
      expect(state.status).toBe(status);
      expect(failure?.detail).toBe(detail);
      expect(JSON.stringify(failure)).not.toMatch(/account/);
    },
  );

  const story = [
    ...smoothChange,
    stopped(8),
    resumed(9),
    cancelled,
    expired,
    rejected,
    ledgerFact('ApprovalDecided', 0, { id: 'deny', data: { decision: 'deny' } }),
  ];
  it('folds the same in every order, and never ends early once it began', () => {
    fc.assert(
      fc.property(
        fc
          .subarray(story)
          .chain((some) =>
            fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length })),
          ),
        ([some, shuffled]) => {
          const state = fold(...some);
          expect(fold(...shuffled, ...shuffled)).toEqual(state);
          expect(REQUEST_STATUSES).toContain(state.status);
          if (some.some((f) => f.type === 'ChangeStarted'))
            expect(['DENIED', 'EXPIRED', 'CANCELLED', 'REJECTED']).not.toContain(state.status);
        },
      ),
      { numRuns: 500 },
    );
  });
});
