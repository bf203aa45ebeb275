import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ledgerFact } from './fact.fixture.ts';
import type { Fact } from './fact.ts';
import { foldRequest } from './request-view.ts';

const jetway = { source: 'jetway' };
const smooth: readonly Fact[] = [
  ledgerFact('ChangeRequested', 0, jetway),
  ledgerFact('ChangePlanned', 0, jetway),
  ledgerFact('ChangePreviewed', 1),
  ledgerFact('ApprovalRequested', 2),
  ledgerFact('ApprovalDecided', 0, { ...jetway, id: 'decision', data: { decision: 'approve' } }),
  ledgerFact('ApprovalConfirmed', 3, jetway),
  ledgerFact('ChangeStarted', 4),
  ledgerFact('BlueprintApplied', 5),
  ledgerFact('GuardrailsAttached', 6),
  ledgerFact('AccountChanged', 7),
];
const fold = (...facts: Fact[]) => foldRequest(facts, 'account-change');
const upTo = (type: Fact['type']) => smooth.slice(0, smooth.findIndex((f) => f.type === type) + 1);
const stopped = (version: number, step: string) =>
  ledgerFact('ChangeStopped', version, { data: { step, error: 'E', cause: 'c' } });
const resumed = (version: number, step: string) => ledgerFact('ChangeResumed', version, { data: { step } });
const cancelled = ledgerFact('RequestCancelled', 0, { actor: 'olga@example.com' });
const givenUp = ledgerFact('ChangeGivenUp', 9, { data: { step: 'blueprint' } });

describe('a change of an account', () => {
  it.each<[Fact['type'], string]>([
    ['ChangePreviewed', 'PLANNED'],
    ['ApprovalRequested', 'AWAITING_APPROVAL'],
    ['ApprovalDecided', 'QUEUED'],
    ['ChangeStarted', 'APPLYING_BLUEPRINT'],
    ['BlueprintApplied', 'ATTACHING_GUARDRAILS'],
    ['GuardrailsAttached', 'VERIFYING'],
    ['AccountChanged', 'ACTIVE'],
  ])('after %s is %s', (type, status) => expect(fold(...upTo(type)).status).toBe(status));

  it('has all of its steps done at the end', () => {
    expect(fold(...smooth).steps.map((s) => `${s.name} ${s.status}`)).toEqual([
      'plan succeeded',
      'approval succeeded',
      'blueprint succeeded',
      'guardrails succeeded',
      'verify succeeded',
    ]);
  });

  it.each([
    ['blueprint', 'APPLYING_BLUEPRINT'],
    ['guardrails', 'ATTACHING_GUARDRAILS'],
    ['verify', 'VERIFYING'],
  ])('that stops at %s waits for a person and goes on there', (step, status) => {
    const facts = [...upTo('ChangeStarted'), stopped(5, step)];
    expect(fold(...facts)).toMatchObject({
      status: 'QUARANTINED',
      failure: { code: `${step}-failed`, nextAction: expect.stringContaining('stays ACTIVE') },
    });
    expect(fold(...facts, resumed(6, step)).status).toBe(status);
  });

  it('is cancelled before it began, and given up only by the workflow’s own word after', () => {
    expect(fold(...upTo('ApprovalRequested'), cancelled)).toMatchObject({
      status: 'CANCELLED',
      failure: { code: 'cancelled', detail: expect.stringContaining('before anything was changed') },
    });
    const stands = [...upTo('ChangeStarted'), stopped(5, 'blueprint'), cancelled];
    expect(fold(...stands).status).toBe('QUARANTINED');
    expect(fold(...stands, givenUp)).toMatchObject({
      status: 'CANCELLED',
      failure: { code: 'given-up', detail: expect.stringMatching(/^olga@example\.com gave it up/) },
    });
  });

  it.each([
    'account-not-there',
    'account-moved',
    'policy-slots',
    'change-not-announced',
    'stack-not-ready',
    'check-failed',
    'approval-refused',
    'confirmation-timed-out',
  ])('rejected with %s says that nothing was changed', (code) => {
    const rejected = ledgerFact('RequestRejected', 3, { data: { step: 'recheck', code, detail: 'Why.' } });
    const { status, failure } = fold(...upTo('ApprovalDecided'), rejected);
    expect(status).toBe('REJECTED');
    expect(failure).toMatchObject({ code, detail: 'Why.' });
    expect(failure?.title).not.toBe('A check after the approval refused the request');
    expect(failure?.nextAction).toContain('Nothing was changed');
  });

  it('folds the same in every order', () => {
    const story = [...smooth, stopped(8, 'verify'), resumed(10, 'verify'), cancelled, givenUp];
    fc.assert(
      fc.property(
        fc
          .subarray(story)
          .chain((some) =>
            fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length })),
          ),
        ([some, shuffled]) => {
          expect(fold(...shuffled, ...shuffled)).toEqual(fold(...some));
          const began = some.some((f) => f.type === 'ChangeStarted');
          const ended = some.some((f) => f.type === 'ChangeGivenUp');
          if (began && !ended) expect(fold(...some).status).not.toBe('CANCELLED');
        },
      ),
      { numRuns: 300 },
    );
  });
});
