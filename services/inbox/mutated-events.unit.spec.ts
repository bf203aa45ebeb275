import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counted } from '../../test/support/counts.ts';
import { unstorable } from '../kernel/storable.ts';
import { readEnvelope } from '../ledger/envelope.ts';
import { eventSamples, sampleBodies } from '../ledger/event-samples.fixture.ts';
import { mutatedBody } from '../ledger/mutated-event.fixture.ts';
import { parseMessage } from './parse.ts';

const trusted = { managementAccountId: '111122223333', auditAccountId: '333344445555' };

/** SQS takes no other characters into an attribute. */
const SENDABLE = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd]{1,1000}$/;

describe('mutated events', () => {
  it('are facts that every database can hold, or unreadable with a reason; none throws', () => {
    const seen = { unreadable: 0, observed: 0, typed: 0 };
    fc.assert(
      fc.property(mutatedBody, ({ body }) => {
        const message = parseMessage(body);
        if (message.kind === 'unreadable') {
          seen.unreadable += 1;
          expect(message.reason).toMatch(SENDABLE);
          return;
        }
        if (message.kind !== 'event') throw new Error(`read as ${message.kind}`);
        const { facts } = readEnvelope(message.envelope, trusted);
        expect(facts.length).toBeGreaterThan(0);
        expect(new Set(facts.map((fact) => fact.id)).size).toBe(facts.length);
        for (const fact of facts) {
          if (fact.type === 'AwsEventObserved') seen.observed += 1;
          else seen.typed += 1;
          // A fact wraps the detail in a few levels of its own.
          expect(unstorable(fact, 70)).toBeUndefined();
          expect(Number.isSafeInteger(fact.version)).toBe(true);
          expect(fact.occurredAt).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
          expect(fact.meaning.length).toBeLessThan(600);
          expect(fact.id.length).toBeLessThan(300);
          expect(fact.accountId ?? '000000000000').toMatch(/^\d{12}$/);
        }
      }),
      { numRuns: counted(100_000) },
    );
    // The mutations have to reach every outcome, else they try nothing.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(counted(100_000) / 50);
  });

  it('begin from samples of every kind that all are read', () => {
    expect(eventSamples.size).toBe(98);
    expect([...sampleBodies.values()].map((body) => parseMessage(body).kind)).not.toContain('unreadable');
  });
});
