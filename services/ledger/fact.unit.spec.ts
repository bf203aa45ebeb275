import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newFact } from './fact.fixture.ts';
import {
  chainHash,
  factBody,
  GENESIS_HASH,
  INTERNAL_TYPES,
  isOutbound,
  link,
  OUTBOUND_TYPES,
} from './fact.ts';

const AT = '2026-03-04T10:00:00.000Z';
const three = [newFact('AccountRequested', 0), newFact('AccountPlanned', 1), newFact('ApprovalDecided', 2)];
const genesis = { seq: 0, hash: GENESIS_HASH };

describe('the chain', () => {
  it('gives facts their places in the order in which they are handed in', () => {
    const { linked, head } = link(genesis, three, AT);
    expect(linked.map(({ fact }) => fact.seq)).toEqual([1, 2, 3]);
    expect(head).toEqual({ seq: 3, hash: linked[2]?.fact.hash });
  });

  it('covers each fact and its predecessor', () => {
    const { linked } = link(genesis, three, AT);
    linked.reduce((previous, { fact, body }) => {
      expect(body).toBe(factBody(fact));
      expect(fact.hash).toBe(chainHash(previous, body));
      return fact.hash;
    }, GENESIS_HASH);
  });

  it('is the same in one piece and in several', () => {
    const whole = link(genesis, three, AT).head;
    const first = link(genesis, three.slice(0, 1), AT).head;
    expect(link(first, three.slice(1), AT).head).toEqual(whole);
  });

  it('breaks for any change of any member', () => {
    const change = fc.constantFrom<object>(
      { id: 'x' },
      { meaning: 'x' },
      { type: 'AccountClosed' },
      { source: 'x' },
      { requestId: 'req-2' },
      { requestId: undefined },
      { accountId: '444455556666' },
      { version: 9 },
      { actor: 'x' },
      { occurredAt: '2026-03-04T10:00:00.001Z' },
      { data: { x: 1 } },
    );
    fc.assert(
      fc.property(fc.nat(2), change, (at, changes) => {
        const edited = three.map((f, i) => (i === at ? { ...f, ...changes } : f));
        expect(link(genesis, edited, AT).head.hash).not.toBe(link(genesis, three, AT).head.hash);
      }),
    );
  });

  it('breaks for another order and another time of recording', () => {
    const { hash } = link(genesis, three, AT).head;
    expect(link(genesis, [...three].reverse(), AT).head.hash).not.toBe(hash);
    expect(link(genesis, three, '2026-03-04T10:00:00.001Z').head.hash).not.toBe(hash);
  });
});

describe('the types', () => {
  it('are outbound or internal, never both', () => {
    const all = [...OUTBOUND_TYPES, ...INTERNAL_TYPES];
    expect(new Set(all).size).toBe(all.length);
    expect(OUTBOUND_TYPES.every(isOutbound)).toBe(true);
    expect(INTERNAL_TYPES.some(isOutbound)).toBe(false);
  });
});
