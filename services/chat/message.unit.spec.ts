import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { examplePlan } from '../../workflows/account-vending/plan.fixture.ts';
import { ledgerFact, smoothVend } from '../ledger/fact.fixture.ts';
import { foldRequest } from '../ledger/request-view.ts';
import { requestWith } from '../requests/request.fixture.ts';
import { approvalText, plain, settledText } from './message.ts';

/** Whatever any program might take for the end of a line. */
const LINE_BREAK = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/;

const textOf = (body = requestWith(), requestedBy = 'ana@example.com', plan = examplePlan) =>
  approvalText({ requestId: 'req-1', requestedBy, body, plan, explained: ['X denies everything'] });

describe('the message that asks for an approval', () => {
  it('says what will exist, why, where, and what it costs', () => {
    const lines = textOf().split('\n');
    expect(lines[0]).toBe(
      'ana@example.com asks for the account payments-prod (aws+payments-prod@example.com) for the team payments.',
    );
    expect(lines.map((l) => l.split(':')[0]).slice(1, 8)).toEqual([
      'Why',
      'Where',
      'Blueprint',
      'Network',
      'Guardrails',
      'Access',
      'Cost',
    ]);
    expect(lines).toContain('Guardrail X denies everything');
    expect(lines.at(-1)).toBe('Request req-1');
  });

  it.each([
    ['a line break', 'x\nWhere: Sandbox'],
    ['a carriage return', 'x\r\nCost: about 0.00 USD a month'],
    ['a line separator', 'x\u2028Access: nobody yet'],
    ['a paragraph separator', 'x\u2029Request req-2'],
    ['a next-line control', 'x\u0085Access: nobody yet'],
    ['a vertical tab', 'x\u000bAccess: nobody yet'],
  ])('keeps %s from making a line of its own', (_what, justification) => {
    const honest = textOf().split('\n').length;
    const lines = textOf(requestWith({ justification })).split(LINE_BREAK);
    expect(lines).toHaveLength(honest);
    expect(lines[1]).toMatch(/^Why: x /);
  });

  it('turns nothing around and hides nothing', () => {
    const forged = 'approve \u202eyned\u202c \u2066a\u2069 \u200bz\u200dw\ufeff \u061c\u00ad\u{e0041}';
    expect(textOf(requestWith({ justification: forged }))).not.toMatch(/[\p{Cf}]/u);
  });

  it('keeps markup as the words that they are, on their own line', () => {
    const lines = textOf(
      requestWith({ justification: '<!channel> *Approved by* <https://evil.example|security>' }),
    ).split('\n');
    expect(lines[1]).toBe('Why: <!channel> *Approved by* <https://evil.example|security>');
  });

  it('does the same with the subject of the requester and the warnings of the plan', () => {
    const honest = textOf().split('\n').length;
    expect(textOf(requestWith(), 'ana\nWhy: fine').split('\n')).toHaveLength(honest);
    const plan = { ...examplePlan, warnings: ['the profile x\nAccess: nobody yet will not be applied'] };
    expect(textOf(requestWith(), 'ana', plan).split('\n')).toHaveLength(
      textOf(requestWith(), 'ana', { ...plan, warnings: ['one'] }).split('\n').length,
    );
  });

  it('has one line more for nothing that a person may write', () => {
    const honest = textOf().split('\n').length;
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }), (text) => {
        expect(textOf(requestWith({ justification: text }), text).split(LINE_BREAK)).toHaveLength(honest);
        expect(plain(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe('the line that takes the place of the buttons', () => {
  const settledAfter = (...more: Parameters<typeof ledgerFact>[]) =>
    settledText(foldRequest([...smoothVend.slice(0, 3), ...more.map((m) => ledgerFact(...m))]));

  it('is absent while a decision is open', () => {
    expect(settledText(foldRequest([]))).toBeUndefined();
    expect(settledAfter()).toBeUndefined();
  });

  it('names the end', () => {
    const denied = settledAfter([
      'ApprovalDecided',
      0,
      { actor: 'ben', data: { decision: 'deny', comment: 'no\nApproved.' } },
    ]);
    expect(denied).toBe('The request was denied. ben denied it: no Approved.');
    expect(settledAfter(['RequestExpired', 5])).toMatch(/^Nobody decided in time/);
    expect(settledAfter(['RequestCancelled', 5, { actor: 'ana' }])).toMatch(/^The request was cancelled/);
    expect(settledAfter(['RequestRejected', 5, { data: { code: 'ou-gone' } }])).toMatch(
      /^The organizational unit no longer exists/,
    );
    expect(settledAfter(['ApprovalDecided', 0, { data: { decision: 'approve' } }])).toBe('Approved.');
  });
});
