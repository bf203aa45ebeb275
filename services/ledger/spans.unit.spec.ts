import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ledgerFact, smoothVend } from './fact.fixture.ts';
import { guardrailSpans, statusSpans } from './spans.ts';

const OF = { accountId: '444455556666', organizationalUnitId: 'ou-1', team: 'payments' };

describe('what an account was from when on', () => {
  it('begins with the account and follows its request', () => {
    const spans = statusSpans(smoothVend, 'account', OF);
    expect(spans.map((s) => s.status)).toEqual([
      'APPLYING_BLUEPRINT',
      'ATTACHING_GUARDRAILS',
      'VERIFYING',
      'ACTIVE',
    ]);
    for (const [i, span] of spans.entries()) expect(span.toAt).toBe(spans[i + 1]?.fromAt ?? null);
  });

  it('is the same for every order of the facts', () => {
    const wanted = statusSpans(smoothVend, 'account', OF);
    fc.assert(
      fc.property(fc.shuffledSubarray([...smoothVend], { minLength: smoothVend.length }), (facts) => {
        expect(statusSpans(facts, 'account', OF)).toEqual(wanted);
      }),
    );
  });
});

describe('which guardrail an account had from when to when', () => {
  const attached = (version: number, controls: string[], inherited: string[] = []) => [
    ledgerFact('GuardrailsAttached', version, {
      accountId: OF.accountId,
      data: {
        preventive: [],
        detective: controls.map((control) => ({ ruleName: `rule-${control}`, control })),
        inherited,
      },
    }),
  ];
  const short = (requests: Parameters<typeof guardrailSpans>[0]) =>
    guardrailSpans(requests)
      .map((s) => [s.control, s.kind, s.toAt === null])
      .sort();

  it('is what each request that was carried out left of it', () => {
    expect(short([attached(1, ['A', 'B']), attached(2, ['B', 'C'])])).toEqual([
      ['A', 'detective', false],
      ['B', 'detective', true],
      ['C', 'detective', true],
    ]);
  });

  it('ends where it comes back in another way', () => {
    expect(short([attached(1, ['A']), attached(2, [], ['A'])])).toEqual([
      ['A', 'detective', false],
      ['A', 'inherited', true],
    ]);
  });

  it('leaves out requests that attached nothing', () => {
    expect(short([attached(1, ['A']), [], attached(3, ['A'])])).toEqual([['A', 'detective', true]]);
  });
});
