import { describe, expect, it } from 'vitest';
import { coveredBy, exceptionOf, type FoundThing, type InForce } from './cover.ts';
import { type Finding, violationsByRule } from './violations.ts';

const found = (changes: Partial<FoundThing> = {}): FoundThing => ({
  accountId: '444455556666',
  rule: 'jetway-volumes',
  control: 'AWS-GR_ENCRYPTED_VOLUMES',
  resourceId: 'vol-1',
  ...changes,
});
const inForce = (changes: Partial<InForce> = {}): InForce => ({
  requestId: 'req-1',
  accountId: '444455556666',
  control: 'AWS-GR_ENCRYPTED_VOLUMES',
  resource: 'vol-1',
  reason: 'not yet',
  expiresAt: '2026-04-01T00:00:00.000Z',
  ...changes,
});

describe('an exception', () => {
  it.each<[string, Partial<FoundThing>, Partial<InForce>, boolean]>([
    ['of the resource', {}, {}, true],
    ['of the whole control', {}, { resource: null }, true],
    ['of another resource', { resourceId: 'vol-2' }, {}, false],
    ['of a resource whose id begins alike', { resourceId: 'vol-11' }, {}, false],
    ['of another account', { accountId: '111122223333' }, {}, false],
    ['of another control', { control: 'AWS-GR_OTHER' }, { resource: null }, false],
    ['of a finding of no control', { control: null }, { resource: null }, false],
    ['of a control that is gone itself', { rule: 'jetway:control-missing' }, { resource: null }, false],
  ])('%s covers or does not', (_, one, exception, covers) => {
    expect(exceptionOf(found(one), [inForce(exception)]) !== undefined).toBe(covers);
    expect(coveredBy(inForce(exception), [found(one)])).toHaveLength(covers ? 1 : 0);
  });

  it('that names the resource speaks before one that does not, then the longer one, in any order', () => {
    const all = [
      inForce({ requestId: 'wide', resource: null, expiresAt: '2027-01-01T00:00:00.000Z' }),
      inForce({ requestId: 'short' }),
      inForce({ requestId: 'long', expiresAt: '2026-05-01T00:00:00.000Z' }),
    ];
    for (const list of [all, [...all].reverse()])
      expect(exceptionOf(found(), list)).toEqual({
        requestId: 'long',
        expiresAt: '2026-05-01T00:00:00.000Z',
        reason: 'not yet',
      });
  });
});

describe('violations by rule', () => {
  const finding = (changes: Partial<Finding> = {}): Finding => ({
    ...found(),
    region: 'us-east-1',
    resourceType: 'AWS::EC2::Volume',
    status: 'NON_COMPLIANT',
    since: '2026-03-01T00:00:00.000Z',
    annotation: null,
    ...changes,
  });

  it('are counted with those that are excepted, which stay to be seen', () => {
    const rows = violationsByRule(
      [
        finding(),
        finding({ resourceId: 'vol-2', annotation: 'in clear' }),
        finding({ resourceId: 'vol-3', status: 'COMPLIANT' }),
        finding({ rule: 'their-own', control: null, resourceId: 'x' }),
      ],
      [inForce()],
    );
    expect(rows.map(({ rule, count, excepted }) => [rule, count, excepted])).toEqual([
      ['jetway-volumes', 2, 1],
      ['their-own', 1, 0],
    ]);
    expect(rows[0]?.resources).toMatchObject([
      { resourceId: 'vol-1', exception: { requestId: 'req-1' } },
      { resourceId: 'vol-2', annotation: 'in clear' },
    ]);
    expect(rows[0]?.resources[1]).not.toHaveProperty('exception');
  });

  it('are none where everything is as it should be', () => {
    expect(violationsByRule([finding({ status: 'NOT_APPLICABLE' })], [inForce()])).toEqual([]);
  });
});
