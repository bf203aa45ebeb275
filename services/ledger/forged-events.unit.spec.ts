import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counted } from '../../test/support/counts.ts';
import type { Envelope } from './envelope.schema.ts';
import { readEnvelope } from './envelope.ts';
import { eventSample, eventSamples } from './event-samples.fixture.ts';
import type { NewFact } from './fact.ts';

const trusted = { managementAccountId: '111122223333', auditAccountId: '333344445555' };
/** An account of the organization, in the hands of somebody who wants to be believed. */
const THIEF = '999900001111';
const names = [...eventSamples.keys()];

/** Facts of a set of events, deduplicated as the ledger does it: by id and by meaning, in order of arrival. */
function fold(events: readonly Envelope[]): NewFact[] {
  const [ids, meanings] = [new Set<string>(), new Set<string>()];
  return events
    .flatMap((event) => readEnvelope(event, trusted).facts)
    .filter((fact) => {
      if (ids.has(fact.id) || meanings.has(fact.meaning)) return false;
      ids.add(fact.id);
      meanings.add(fact.meaning);
      return true;
    });
}

/** What anybody may build on: what was read, of every account but the thief's own. */
const trustedPart = (facts: readonly NewFact[]) =>
  facts
    .filter((fact) => fact.type !== 'AwsEventObserved' && fact.accountId !== THIEF)
    .map((fact) => JSON.stringify(fact))
    .sort();

const swapped = (event: Envelope, from: string, to: string): Envelope =>
  JSON.parse(JSON.stringify(event).replaceAll(from, to)) as Envelope;

const source = fc.oneof(
  fc.constantFrom(
    'aws.controltower',
    'aws.config',
    'aws.organizations',
    'aws.ec2',
    'aws.sns',
    'custom.controltower',
  ),
  fc.string({ minLength: 1, maxLength: 20 }),
);

/**
 * What member accounts can send: events of a source of their own with any content, and AWS's events about themselves
 * with the content of their choice. The id of a genuine event is more than they can choose; they get it all the same.
 */
const forged = fc
  .record({
    name: fc.constantFrom(...names),
    claim: fc.constantFrom('another account', 'another source', 'both', 'own affairs', 'topic of its own'),
    source: source.filter((text) => !text.startsWith('aws.')),
    id: fc.option(fc.constantFrom(...[...eventSamples.values()].map(({ id }) => id)), { nil: undefined }),
    status: fc.constantFrom('SUCCEEDED', 'COMPLIANT', 'NON_COMPLIANT', 'FAILED', 'PASSED', 'DRIFTED'),
  })
  .map(({ name, claim, id, ...other }): Envelope => {
    const sample = eventSample(name);
    const text = JSON.stringify(sample).replaceAll(
      /"(?:SUCCEEDED|COMPLIANT|NON_COMPLIANT|FAILED|PASSED)"/g,
      JSON.stringify(other.status),
    );
    const event = { ...(JSON.parse(text) as Envelope), id: id ?? sample.id };
    // Of the thief's own topic, everything that is said is the thief's word.
    const topic = {
      ...event,
      account: THIEF,
      resources: [`arn:aws:sns:us-east-1:${THIEF}:aws-controltower-AllConfigNotifications`],
    };
    switch (claim) {
      case 'another account':
        return { ...event, account: THIEF };
      case 'another source':
        return { ...event, source: other.source };
      case 'both':
        return { ...event, account: THIEF, source: other.source };
      case 'own affairs':
        return { ...swapped(event, sample.account, THIEF), account: THIEF };
      default:
        return event.source === 'aws.sns'
          ? topic
          : { ...topic, source: 'aws.sns', 'detail-type': 'SNS Notification' };
    }
  });

describe('forged events', () => {
  it('change nothing of what is trusted, wherever they come in between (I13)', () => {
    const genuine = fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        genuine,
        fc.array(forged, { minLength: 1, maxLength: 12 }),
        fc.nat(),
        (real, lies, seed) => {
          const events = real.map(eventSample);
          // Lies before, between and after.
          const mixed = [...events];
          for (const [i, lie] of lies.entries()) mixed.splice((seed * (i + 7)) % (mixed.length + 1), 0, lie);
          expect(trustedPart(fold(mixed))).toEqual(trustedPart(fold(events)));
        },
      ),
      { numRuns: counted(20_000) },
    );
  });

  it('wake nobody, name no request, and are facts of no account but their own', () => {
    fc.assert(
      fc.property(forged, (lie) => {
        const { wake, facts } = readEnvelope(lie, trusted);
        expect(wake).toBeUndefined();
        for (const fact of facts) {
          expect(fact.requestId).toBeUndefined();
          if (fact.type !== 'AwsEventObserved') expect(fact.accountId).toBe(THIEF);
          else expect(fact.accountId).toBeUndefined();
        }
      }),
      { numRuns: counted(100_000) },
    );
  });

  it('have nobody look at other accounts', () => {
    fc.assert(
      fc.property(forged, (lie) => {
        const { suspicion } = readEnvelope(lie, trusted);
        if (suspicion) expect(suspicion).toMatchObject({ accountId: THIEF });
        expect(suspicion?.unitId).toBeUndefined();
        expect(suspicion?.policyId).toBeUndefined();
      }),
      { numRuns: counted(100_000) },
    );
  });

  it('may be genuine about the account that sends them: then it is believed about itself', () => {
    const own = names.filter((name) => {
      const sample = eventSample(name);
      const [fact] = readEnvelope(
        { ...swapped(sample, sample.account, THIEF), account: THIEF },
        trusted,
      ).facts;
      return fact?.type !== 'AwsEventObserved';
    });
    const kinds = new Set(own.map((name) => name.split('.')[0]));
    expect(kinds).toEqual(new Set(['cloudformation', 'config', 'ec2']));
  });

  it.each([
    ['a source of its own', { source: 'custom.controltower' }],
    ['another account', { account: THIEF }],
  ])('with %s say so in what is kept of them', (_what, lie) => {
    const event = { ...eventSample('controltower.CreateManagedAccount.SUCCEEDED'), ...lie };
    expect(readEnvelope(event, trusted).facts[0]?.data).toMatchObject({ why: 'untrusted-sender' });
  });

  it('by the source and name of nothing known are kept as unknown', () => {
    const event = {
      ...eventSample('ec2.InstanceStateChange.running'),
      source: 'aws.braket',
      'detail-type': 'Braket Task',
    };
    expect(readEnvelope(event, trusted).facts).toMatchObject([
      { type: 'AwsEventObserved', data: { why: 'unknown-kind', detailType: 'Braket Task' } },
    ]);
  });

  const finding = eventSample('securityhub.FindingsImported');
  const product = 'arn:aws:securityhub:us-east-1::product/aws/securityhub';
  it.each([
    [
      'written by an account into its own Security Hub',
      product,
      `arn:aws:securityhub:us-east-1:${THIEF}:product/${THIEF}/default`,
    ],
    ['of an account that its id does not name', '"AwsAccountId":"444455556666"', `"AwsAccountId":"${THIEF}"`],
  ])('of a finding %s are no judgement of Security Hub', (_what, from, to) => {
    expect(readEnvelope(swapped(finding, from, to), trusted).facts[0]?.type).toBe('AwsEventObserved');
  });
});
