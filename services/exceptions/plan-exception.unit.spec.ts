import { describe, expect, it } from 'vitest';
import catalogueFile from '../../workflows/guardrails/catalogue.json' with { type: 'json' };
import { parseCatalogue } from '../guardrails/catalogue.ts';
import { canonicalJson, digestOf } from '../kernel/canonical-json.ts';
import { exceptionPlanWith } from './exception.fixture.ts';
import { type ExceptionContext, planException } from './plan-exception.ts';
import type { Finding } from './violations.ts';

const NOW = Date.parse('2026-03-04T10:00:00.000Z');
const CONTROL = 'AWS-GR_ENCRYPTED_VOLUMES';
const catalogue = parseCatalogue(catalogueFile);
const finding = (resourceId: string, changes: Partial<Finding> = {}): Finding => ({
  accountId: '444455556666',
  rule: 'jetway-volumes',
  control: CONTROL,
  resourceId,
  region: 'us-east-1',
  resourceType: 'AWS::EC2::Volume',
  status: 'NON_COMPLIANT',
  since: '2026-03-01T00:00:00.000Z',
  annotation: null,
  ...changes,
});
const context = (changes: Partial<ExceptionContext> = {}): ExceptionContext => ({
  requestId: 'req-1',
  now: NOW,
  requestedBy: 'ana@example.com',
  account: {
    accountId: '444455556666',
    name: 'payments-prod',
    organizationalUnitId: 'ou-ab12-workloads',
    owner: 'olga@example.com',
    controls: [CONTROL],
  },
  catalogue,
  findings: [finding('vol-1'), finding('vol-2'), finding('vol-3', { status: 'COMPLIANT' })],
  inForce: [],
  approvals: exceptionPlanWith().approvals,
  ...changes,
});
const body = {
  control: CONTROL,
  resource: 'vol-1',
  reason: 'Not yet',
  expiresAt: '2026-03-14T12:00:00+02:00',
};
const planned = (changes: object = {}, more: Partial<ExceptionContext> = {}) => {
  const result = planException({ ...body, ...changes }, context(more));
  if ('errors' in result) throw new Error(JSON.stringify(result.errors));
  return result.plan;
};

describe('the plan of an exception', () => {
  it('is the same for the same wish, byte for byte, and has its own digest', () => {
    const { digest, ...rest } = planned();
    expect(digest).toBe(digestOf(rest));
    expect(canonicalJson(planned())).toBe(canonicalJson(planned()));
    expect(planned({ reason: 'Other' }).digest).not.toBe(digest);
    expect(planned()).toMatchObject({
      expiresAt: '2026-03-14T10:00:00.000Z',
      covered: 1,
      owner: 'olga@example.com',
    });
    expect(planned({ owner: 'sam@example.com' }).owner).toBe('sam@example.com');
  });

  it('says what it covers, for how long, and what is unusual', () => {
    const whole = planned({ resource: undefined, expiresAt: '2026-12-01T00:00:00Z' });
    expect(whole.covered).toBe(2);
    expect(whole.warnings).toEqual([
      'It covers every resource of the account, those that are yet to come too.',
      'It lasts longer than 90 days.',
    ]);
    expect(whole.summary[1]).toContain('272 days');
    const nothing = planned({ resource: 'vol-9' });
    expect(nothing.warnings).toEqual(['Today there is no violation that it would cover.']);
    expect(nothing.summary).toHaveLength(2);
  });

  it('names the first of very many', () => {
    const many = Array.from({ length: 400 }, (_, i) => finding(`vol-${i}`));
    const plan = planned({ resource: undefined }, { findings: many });
    expect([plan.covered, plan.covers.length]).toEqual([400, 50]);
    expect(plan.summary.at(-1)).toBe('Covers 350 more');
  });

  it('is never decided by a policy itself', () => {
    const approvals = {
      ...exceptionPlanWith().approvals,
      quorum: 0,
      automatic: { teamMonthlyCostAtMost: 9 },
    };
    expect(planned({}, { approvals }).approvals).toMatchObject({ automatic: null, quorum: 1 });
  });

  it.each(
    catalogue.controls.filter((c) => c.guidance === 'mandatory' || c.behavior !== 'detective').slice(0, 40),
  )('refuses $id', ({ id }) => {
    const known = { ...context().account, controls: [id] };
    const result = planException({ ...body, control: id }, context({ account: known }));
    expect(result).toMatchObject({ errors: [{ pointer: '/control' }] });
  });

  it('lasts a year at most, to the millisecond', () => {
    const at = (ms: number) =>
      planException({ ...body, expiresAt: new Date(NOW + ms).toISOString() }, context());
    const year = 365 * 24 * 3_600_000;
    expect('plan' in at(year)).toBe(true);
    expect('plan' in at(1)).toBe(true);
    expect(at(year + 1)).toMatchObject({ errors: [{ pointer: '/expiresAt' }] });
    expect(at(0)).toMatchObject({ errors: [{ pointer: '/expiresAt' }] });
  });
});
