import { describe, expect, it } from 'vitest';
import { canonicalJson, sha256 } from '../kernel/canonical-json.ts';
import { ledgerFact } from '../ledger/fact.fixture.ts';
import { executionInput, outboundDetail } from './deliver.ts';

describe('the input of an execution', () => {
  const plan = { b: [1, 'two\n"three"'], a: { ü: null } };
  const planText = canonicalJson(plan);
  const input = executionInput('req-1', sha256(planText), planText);

  it('is the plan that was approved, with its digest', () => {
    expect(JSON.parse(input)).toEqual({
      requestId: 'req-1',
      planDigest: sha256(planText),
      plan: { digest: sha256(planText), ...plan },
    });
  });

  it('holds the very bytes that were digested', () => {
    expect(input).toContain(planText.slice(1, -1));
    expect(executionInput('req-1', sha256(planText), planText)).toBe(input);
  });
});

describe('an outbound event', () => {
  const detail = (changes: object) => JSON.parse(outboundDetail(ledgerFact('AccountVended', 8, changes)));

  it('has the members of the contract and none of the ledger', () => {
    expect(detail({ accountId: '444455556666', data: { verified: {} }, actor: 'ana' })).toEqual({
      id: 'AccountVended:8',
      type: 'AccountVended',
      version: 1,
      occurredAt: '2026-03-04T10:08:00.000Z',
      correlationId: 'req-1',
      requestId: 'req-1',
      accountId: '444455556666',
      data: { verified: {} },
    });
  });

  it('correlates by request, else by account, else by itself', () => {
    const accountId = '444455556666';
    expect(detail({ requestId: undefined, accountId }).correlationId).toBe(accountId);
    expect(detail({ requestId: undefined }).correlationId).toBe('AccountVended:8');
  });
});
