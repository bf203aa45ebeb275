import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counted } from '../../../test/support/counts.ts';
import { parseMessage } from '../../inbox/parse.ts';
import { readEnvelope } from '../envelope.ts';
import { sampleBodies } from '../event-samples.fixture.ts';
import type { NewFact } from '../fact.ts';
import { mutated } from '../mutated-event.fixture.ts';
import { openEvaluationReader } from './config-text.ts';

const trusted = { managementAccountId: '111122223333', auditAccountId: '333344445555' };

/** As every other message is read. */
function asOthers(body: string): NewFact | string {
  const message = parseMessage(body);
  if (message.kind !== 'event') return message.kind;
  const { facts, ...rest } = readEnvelope(message.envelope, trusted);
  return facts.length === 1 && Object.keys(rest).length === 0 ? (facts[0] as NewFact) : 'more than one fact';
}

const found = (changes: object = {}) => ({
  evaluationResultIdentifier: {
    evaluationResultQualifier: { configRuleName: 'a-rule', resourceType: 'AWS::S3::Bucket', resourceId: 'b' },
    orderingTimestamp: '2026-03-04T10:15:04.741Z',
  },
  complianceType: 'NON_COMPLIANT',
  resultRecordedTime: '2026-03-04T10:15:05Z',
  ...changes,
});
const envelope = (detail: object = {}, changes: object = {}) => ({
  version: '0',
  id: 'fc132d0d-113d-417d-b0cb-c97d0fef7928',
  'detail-type': 'Config Rules Compliance Change',
  source: 'aws.config',
  account: '444455556666',
  time: '2026-03-04T10:15:30Z',
  region: 'us-east-1',
  resources: [],
  detail: {
    resourceId: 'orders-dev-exports',
    awsRegion: 'us-east-1',
    awsAccountId: '444455556666',
    configRuleName: 'a-rule',
    messageType: 'ComplianceChangeNotification',
    newEvaluationResult: found({ annotation: 'The bucket can be read.' }),
    oldEvaluationResult: found({ complianceType: 'COMPLIANT' }),
    resourceType: 'AWS::S3::Bucket',
    ...detail,
  },
  ...changes,
});
const { evaluationResultIdentifier: _, ...unordered } = found();
const forms = new Map(
  Object.entries({
    whole: envelope(),
    first: envelope({ oldEvaluationResult: null }),
    recorded: envelope({ newEvaluationResult: unordered }),
    sent: envelope({ newEvaluationResult: { complianceType: 'COMPLIANT', annotation: null } }),
    more: envelope({ newMember: { n: 1 } }, { resources: ['arn:aws:s3:::b'] }),
  }).map(([name, value]) => [name, JSON.stringify(value)]),
);
const samples = new Map([...sampleBodies].filter(([name]) => name.startsWith('config.RulesCompliance')));

function readerOf(bodies: Iterable<string>) {
  const reader = openEvaluationReader();
  for (const body of bodies) reader.learn(body, asOthers(body) as NewFact);
  return reader;
}

describe('an evaluation of Config that is laid out like one that was read', () => {
  const bodies = new Map([...forms, ...samples]);
  const reader = readerOf(bodies.values());

  it.each([...bodies])('is read from its text: %s', (_name, body) => {
    expect(reader.read(body)).toEqual(asOthers(body));
    const other = body.replaceAll('444455556666', '777788889999');
    expect(reader.read(other)).toEqual(asOthers(other));
  });

  const lengths = [31, 32, 33, 64, 65, 128, 129, 196, 197, 256, 257, 341, 342, 512, 768, 769, 2_000, 2_001];
  const edges = [
    ...[
      '',
      'a',
      'ä',
      '😀',
      '\ud83d',
      '__proto__',
      'eu-west-1',
      '444455556667',
      '44445555666',
      'COMPLIANT',
      'jetway:x',
    ],
    ...['2026-03-04T10:15:04Z', '2026-12-31T23:59:59.999Z', '2026-02-28T00:00:00Z', '2024-02-29T00:00:00Z'],
    ...[
      '2026-02-29T00:00:00Z',
      '2026-02-30T00:00:00Z',
      '2026-04-31T00:00:00.000Z',
      '2026-06-30T00:00:00.001Z',
    ],
    ...['1999-12-31T23:59:59Z', '2100-01-01T00:00:00Z', '2026-13-01T00:00:00Z', '2026-00-10T00:00:00Z'],
    ...['2026-03-04T24:00:00Z', '2026-03-04T10:60:00Z', '2026-03-04T10:15:60Z', '2026-03-04T10:15:04.7Z'],
    ...['2026-03-04T10:15:04+00:00', '2026-03-04 10:15:04Z', '2026-03-04T10:15Z', 'AWS Config', 'aws.config'],
    ...lengths.flatMap((length) => ['x'.repeat(length), '東'.repeat(length)]),
  ];
  const text = fc.oneof(
    fc.constantFrom(...edges),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  );
  /** Values, not names. */
  const stringsOf = (body: string) => [...body.matchAll(/"[^"]*"(:?)/g)].filter(([, colon]) => colon === '');

  it('is never another one with any text in any one place', () => {
    let read = 0;
    for (const body of forms.values()) {
      for (const { 0: whole, index } of stringsOf(body)) {
        for (const words of edges) {
          const other = `${body.slice(0, index)}"${words}"${body.slice(index + whole.length)}`;
          const fact = reader.read(other);
          if (fact === undefined) continue;
          read += 1;
          expect(fact).toEqual(asOthers(other));
        }
      }
    }
    expect(read).toBeGreaterThan(1_000);
  });

  /** Another text in each of some places of the same form. */
  const reworded = fc
    .tuple(
      fc.constantFrom(...bodies.values()),
      fc.array(fc.tuple(fc.nat(), text), { maxLength: 2 }),
      fc.boolean(),
    )
    .map(([body, changes, bare]) => {
      const strings = stringsOf(body);
      let changed = body;
      for (const [at, words] of changes) {
        const { 0: whole, index } = strings[at % strings.length] as RegExpExecArray;
        // As JSON has it, or as somebody has it who knows no JSON.
        const said = bare ? `"${words}"` : JSON.stringify(words);
        if (body === changed) changed = `${body.slice(0, index)}${said}${body.slice(index + whole.length)}`;
        else changed = changed.replace(whole, () => said);
      }
      return changed;
    });

  it.each([
    ['reworded', reworded],
    ['damaged', mutated(bodies).map(({ body }) => body)],
  ])('is never another one: %s', (_how, texts) => {
    const seen = { read: 0, good: 0, bad: 0 };
    fc.assert(
      fc.property(texts, (body) => {
        const fact = reader.read(body);
        const other = asOthers(body);
        if (fact !== undefined) expect(fact).toEqual(other);
        if (fact !== undefined) seen.read += 1;
        else if (typeof other === 'object' && other.type === 'ComplianceChanged') seen.good += 1;
        else seen.bad += 1;
      }),
      { numRuns: counted(200_000) },
    );
    expect(seen.read).toBeGreaterThan(counted(200_000) / 20);
    expect(seen.bad).toBeGreaterThan(counted(200_000) / 20);
  });
});

describe('a reader of evaluations', () => {
  const whole = forms.get('whole') as string;

  it('reads nothing before it has learned, and learns nothing that it would read otherwise', () => {
    const reader = openEvaluationReader();
    expect(reader.read(whole)).toBeUndefined();
    reader.learn(whole, { ...(asOthers(whole) as NewFact), version: 1 });
    expect(reader.read(whole)).toBeUndefined();
    reader.learn(whole, asOthers(whole) as NewFact);
    expect(reader.read(whole)).toEqual(asOthers(whole));
  });

  it('keeps the layouts that are in use, however many there are', () => {
    const reader = openEvaluationReader();
    const others = Array.from({ length: 3_000 }, (_, n) => JSON.stringify(envelope({ n })));
    for (const body of [whole, ...others]) {
      const fact = asOthers(whole) as NewFact;
      if (reader.read(body) === undefined) reader.learn(body, fact);
      expect(reader.read(whole)).toEqual(fact);
    }
    // The first of them, and one in a thousand in the place of the one that nobody needed for longest.
    expect(others.filter((body) => reader.read(body)).length).toBe(15);
  });
});
