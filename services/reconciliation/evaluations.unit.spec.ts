import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEnvelope } from '../ledger/envelope.ts';
import { eventSample } from '../ledger/event-samples.fixture.ts';
import type { Evaluation } from './assemble-account.ts';
import { COPIES_LATE_MS, complianceFacts, type KnownFinding } from './evaluations.ts';

const ACCOUNT = '444455556666';
const READ_FROM = Date.parse('2026-03-04T10:00:00.000Z');
const at = (evaluations: Evaluation[], readFrom = READ_FROM) => ({
  accountId: ACCOUNT,
  region: 'us-east-1',
  regions: ['eu-west-1'],
  readFrom,
  evaluations,
});
const evaluation = (changes: Partial<Evaluation> = {}): Evaluation => ({
  region: 'us-east-1',
  rule: 'jetway-x',
  resourceType: 'AWS::S3::Bucket',
  resourceId: 'b',
  status: 'COMPLIANT',
  version: READ_FROM - 60_000,
  annotation: null,
  ...changes,
});

describe('what Config has found', () => {
  it('is the same fact that its event is', () => {
    const event = eventSample('config.RulesComplianceChange.NON_COMPLIANT');
    const [heard] = readEnvelope(event, { managementAccountId: '111122223333' }).facts;
    const d = heard!.data;
    const [read] = complianceFacts(
      {
        accountId: event.account,
        region: event.region,
        regions: [],
        readFrom: READ_FROM,
        evaluations: [
          {
            region: event.region,
            rule: String(d.rule),
            resourceType: String(d.resourceType),
            resourceId: String(d.resourceId),
            status: String(d.status),
            version: heard!.version,
            annotation: (d.annotation as string | undefined) ?? null,
          },
        ],
      },
      [],
    );
    const { id: _i, data: _d, ...same } = heard!;
    expect(read).toMatchObject(same);
    expect({ ...read!.data, before: null }).toEqual({ ...d, before: null });
  });

  it('in another Region that was read is news as well, and what is gone there ends when the copies are sure of it', () => {
    const there = (changes: Partial<Evaluation> = {}) => evaluation({ region: 'eu-west-1', ...changes });
    const found = there({ status: 'NON_COMPLIANT' });
    // The same resource at home is another finding.
    expect(complianceFacts(at([found, evaluation()]), [evaluation()])).toMatchObject([
      { data: { region: 'eu-west-1', status: 'NON_COMPLIANT', before: null } },
    ]);
    const old = there({ version: READ_FROM - COPIES_LATE_MS - 1 });
    expect(complianceFacts(at([]), [old])).toMatchObject([
      { version: READ_FROM - COPIES_LATE_MS, data: { region: 'eu-west-1', status: 'NOT_APPLICABLE' } },
    ]);
    expect(complianceFacts(at([]), [there({ version: READ_FROM - COPIES_LATE_MS })])).toEqual([]);
    // Of a Region that was not read nobody knows.
    expect(complianceFacts(at([]), [there({ region: 'ap-south-1', version: 1 })])).toEqual([]);
  });

  it('and is known already is no news', () => {
    const one = evaluation();
    expect(complianceFacts(at([one]), [one])).toEqual([]);
    expect(complianceFacts(at([one]), [{ ...one, version: one.version + 1 }])).toEqual([]);
  });

  it('later than what is known says what it was before', () => {
    const [fact] = complianceFacts(at([evaluation({ status: 'NON_COMPLIANT', annotation: 'open' })]), [
      evaluation({ version: 1 }),
    ]);
    expect(fact?.data).toMatchObject({ status: 'NON_COMPLIANT', before: 'COMPLIANT', annotation: 'open' });
  });

  it('and has no result for any more is NOT_APPLICABLE from the reading on, once', () => {
    const known = evaluation({ status: 'NON_COMPLIANT' });
    const [fact] = complianceFacts(at([]), [known]);
    expect(fact).toMatchObject({
      version: READ_FROM,
      data: { status: 'NOT_APPLICABLE', before: 'NON_COMPLIANT', resourceId: 'b' },
    });
    for (const status of ['NOT_APPLICABLE', 'REMOVED'])
      expect(complianceFacts(at([], READ_FROM + 1), [{ ...known, status }])).toEqual([]);
  });

  it('since the reading began is left alone by it', () => {
    expect(complianceFacts(at([]), [evaluation({ version: READ_FROM })])).toEqual([]);
  });

  it('is in the ledger after one reading, whatever was there, and a second one adds nothing', () => {
    const some = fc.uniqueArray(
      fc.record({
        region: fc.constantFrom('us-east-1', 'eu-west-1'),
        rule: fc.constantFrom('r1', 'r2'),
        resourceType: fc.constant('T'),
        resourceId: fc.constantFrom('a', 'b', 'c'),
        status: fc.constantFrom('COMPLIANT', 'NON_COMPLIANT'),
        version: fc.integer({ min: 1, max: 99 }),
        annotation: fc.constant(null),
      }),
      { selector: (one) => `${one.region} ${one.rule} ${one.resourceId}` },
    );
    fc.assert(
      fc.property(some, some, (before, found) => {
        // Of a thing that both know, Config's word is the newer one, or the same.
        const config = found.map((one) => ({ ...one, version: one.version + 100 }));
        const rows = new Map<string, KnownFinding>(
          before.map((one) => [`${one.region} ${one.rule} ${one.resourceId}`, one]),
        );
        const read = () => {
          const facts = complianceFacts(at(config, COPIES_LATE_MS + 1_000), [...rows.values()]);
          for (const { data, version } of facts) {
            const row = { ...(data as KnownFinding), version };
            rows.set(`${row.region} ${row.rule} ${row.resourceId}`, row);
          }
          return facts;
        };
        read();
        const live = [...rows.values()].filter((row) => row.status !== 'NOT_APPLICABLE');
        const plain = (one: KnownFinding) =>
          `${one.region} ${one.rule} ${one.resourceId} ${one.status} ${one.version}`;
        expect(live.map(plain).sort()).toEqual(config.map(plain).sort());
        expect(read()).toEqual([]);
      }),
    );
  });
});
