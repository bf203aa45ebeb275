import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../kernel/canonical-json.ts';
import { newFact } from './fact.fixture.ts';
import {
  chainHash,
  factBody,
  GENESIS_HASH,
  GOVERNANCE,
  INTERNAL_TYPES,
  isOutbound,
  LANES,
  laneOf,
  ledgerHead,
  type NewFact,
  OUTBOUND_TYPES,
} from './fact.ts';

const AT = '2026-03-04T10:00:00.000Z';
const three = [newFact('AccountRequested', 0), newFact('AccountPlanned', 1), newFact('ApprovalDecided', 2)];
/** The last link over these facts. */
const headOf = (facts: readonly NewFact[], recordedAt = AT): string =>
  facts.reduce(
    (previous, fact, i) => chainHash(previous, factBody({ ...fact, seq: i + 1, recordedAt })),
    GENESIS_HASH,
  );

describe('the chain', () => {
  it('covers canonical JSON of everything but the hash, whatever is in it', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, fc.option(text, { nil: undefined }), fc.jsonValue(), (id, actor, value) => {
        const fact = {
          ...newFact('AccountRequested', 1, { id, actor }),
          data: { value },
          seq: 7,
          recordedAt: AT,
        };
        const { requestId, ...rest } = fact;
        expect(factBody(fact)).toBe(
          canonicalJson({ ...rest, requestId, actor: actor ?? null, accountId: null }),
        );
      }),
    );
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
        expect(headOf(edited)).not.toBe(headOf(three));
      }),
    );
  });

  it('breaks for another order and another time of recording', () => {
    expect(headOf([...three].reverse())).not.toBe(headOf(three));
    expect(headOf(three, '2026-03-04T10:00:00.001Z')).not.toBe(headOf(three));
  });

  it('has one head over all lanes, whatever the order in which they are named', () => {
    const heads = LANES.map((lane) => ({ lane, hash: `h${lane}` }));
    expect(ledgerHead([...heads].reverse())).toBe(ledgerHead(heads));
    for (const { lane } of heads)
      expect(ledgerHead(heads.map((h) => (h.lane === lane ? { ...h, hash: 'x' } : h)))).not.toBe(
        ledgerHead(heads),
      );
  });
});

describe('the lane of a fact', () => {
  const seen = (accountId: string) => laneOf({ source: 'aws.config', accountId, data: {} });

  it('is that of governance for what we and the workflows say, and for whatever concerns a request', () => {
    expect(laneOf(newFact('AccountVended', 1, { accountId: '444455556666' }))).toBe(GOVERNANCE);
    expect(laneOf({ source: 'jetway', accountId: '444455556666', data: {} })).toBe(GOVERNANCE);
    expect(laneOf({ source: 'aws.states', requestId: 'req-1', data: {} })).toBe(GOVERNANCE);
  });

  it('is one for each account, and all of them are used alike', () => {
    const lanes = Array.from({ length: 4_000 }, (_, i) => seen(String(100_000_000_000 + i * 7_919)));
    expect(lanes).not.toContain(GOVERNANCE);
    for (const lane of LANES.slice(1)) {
      const share = lanes.filter((l) => l === lane).length / lanes.length;
      expect(share).toBeGreaterThan(0.15);
      expect(share).toBeLessThan(0.35);
    }
    expect(seen('444455556666')).toBe(seen('444455556666'));
    expect(laneOf({ source: 'aws.ec2', data: { account: '444455556666' } })).toBe(seen('444455556666'));
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
