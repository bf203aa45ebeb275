import { describe, expect, it } from 'vitest';
import { factLine, type NewFact } from './fact.ts';
import { observedLine } from './observed-line.ts';

const AT = '2026-03-04T10:00:01.000Z';
const DATA = {
  annotation: 'The bucket is public: größer als erlaubt.',
  before: 'COMPLIANT',
  region: 'us-east-1',
  resourceId: 'bucket-1',
  resourceType: 'AWS::S3::Bucket',
  rule: 'AWSControlTower_AWS-GR_1',
  status: 'NON_COMPLIANT',
};

const evaluation = (changes: Partial<NewFact> = {}, data: Record<string, unknown> = {}): NewFact => ({
  id: 'aws:444455556666:1',
  meaning: 'compliance:444455556666:us-east-1:r:1',
  type: 'ComplianceChanged',
  source: 'aws.config',
  accountId: '444455556666',
  version: 1_772_618_400_000,
  occurredAt: '2026-03-04T10:00:00.000Z',
  data: { ...DATA, ...data },
  ...changes,
});

describe('what is stored of an evaluation, field by field', () => {
  it('has the line of the chain in two parts, and everything else as it stands in it', () => {
    const fact = evaluation();
    const fields = observedLine(fact, AT)!.split('\u0001');
    expect(fields).toHaveLength(17);
    const [print, key, head, tail, ...rest] = fields;
    expect([print, key].every((digits) => /^[0-9a-f]{32}$/.test(digits!))).toBe(true);
    expect(`${head}\u0002${tail}`).toBe(factLine(fact, AT));
    expect(rest).toEqual([
      ...[fact.id, fact.meaning, fact.accountId, String(fact.version), fact.occurredAt],
      ...[head!.slice(head!.indexOf('"data":') + 7, head!.indexOf(',"id":')), DATA.region, DATA.rule],
      ...[DATA.resourceType, DATA.resourceId, DATA.status, DATA.before, DATA.annotation],
    ]);
  });

  it('leaves empty what was not told', () => {
    const untold = evaluation({}, { before: null, annotation: undefined });
    expect(observedLine(untold, AT)!.split('\u0001').slice(-2)).toEqual(['', '']);
  });

  it.each<[string, NewFact]>([
    ['another type', evaluation({ type: 'AwsEventObserved' })],
    ['another source', evaluation({ source: 'aws.securityhub' })],
    ['of a request', evaluation({ requestId: 'req-1' })],
    ['by somebody', evaluation({ actor: 'ann@example.com' })],
    ['of no account', evaluation({ accountId: undefined })],
    ['a version that is no whole number', evaluation({ version: 0.5 })],
    ['a member more', evaluation({}, { control: 'C1' })],
    ['a member that is no text', evaluation({}, { resourceId: 7 })],
    ['an empty text where one is told', evaluation({}, { annotation: '' })],
    ['an empty status before', evaluation({}, { before: '' })],
    ['nothing where something is told', evaluation({}, { region: undefined })],
    ['a finding of our own', evaluation({}, { rule: 'jetway:drift' })],
    ['a quotation mark', evaluation({}, { annotation: 'a "word"' })],
    ['a line feed', evaluation({}, { annotation: 'a\nb' })],
    ['the mark between fields', evaluation({}, { resourceId: 'a\u0001b' })],
    ['half a pair of surrogates', evaluation({}, { annotation: '\ud800' })],
    ['an escape in its meaning', evaluation({ meaning: 'a\\b' })],
  ])('is nothing for %s', (_, fact) => {
    expect(observedLine(fact, AT)).toBeUndefined();
  });
});
