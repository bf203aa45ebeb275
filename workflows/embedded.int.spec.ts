import { afterEach, describe, expect, it } from 'vitest';
import { MINUTE, provisionInput } from '../infra/local/local-aws.fixture.ts';
import type { AccountOutcome } from '../infra/local/scenarios.ts';
import { SMOOTH_FACTS } from './account-vending/vend.fixture.ts';
import { examplePlanFor, type Organization, openOrganization, type Vended } from './embedded.fixture.ts';

let open: Organization | undefined;
afterEach(async () => {
  await open?.aws.close();
  open = undefined;
});

const organizationOf = async (seed?: number): Promise<Organization> => {
  open = await openOrganization(seed);
  return open;
};

const FAULTY = [
  'organizations',
  'servicecatalog',
  'controltower',
  'cloudformation',
  'config',
  'cloudtrail',
  'ec2',
  'iam',
  'sso-admin',
  'sqs',
];

/** What AWS knows at the end, against what the execution said. */
function checkTruth({ aws }: Organization, { outcome, accountId }: Vended, unit: string): void {
  const { Accounts } = aws.call('organizations', 'ListAccounts', {});
  const ours = (Accounts as { Id: string; Email: string }[]).filter(
    (one) => one.Email === 'aws+payments-prod@example.com',
  );
  expect(ours.length).toBeLessThanOrEqual(1);
  const { ProvisionedProducts } = aws.call('servicecatalog', 'SearchProvisionedProducts', {
    AccessLevelFilter: { Key: 'Account', Value: 'self' },
    Filters: { SearchQuery: ['name:jetway-req'] },
  });
  expect(ProvisionedProducts.length).toBeLessThanOrEqual(1);
  if (outcome !== 'ACTIVE') return;
  expect(ours.map((one) => one.Id)).toEqual([accountId]);
  const { Policies } = aws.call('organizations', 'ListPoliciesForTarget', {
    TargetId: accountId,
    Filter: 'SERVICE_CONTROL_POLICY',
  });
  const names = (Policies as { Name: string }[]).map((policy) => policy.Name);
  expect(names).not.toContain('jetway-quarantine');
  expect(aws.call('organizations', 'ListParents', { ChildId: accountId }).Parents[0].Id).toBe(unit);
}

const types = (...list: readonly string[]): string[] => [...list];
const failed = (vended: Vended, nth = 0) =>
  vended.facts.filter((fact) => fact.type === 'AccountQuarantined')[nth]?.data;

describe('on the embedded AWS', () => {
  it('an organization is read, and an account vended in it', async () => {
    const organization = await organizationOf();
    const plan = await examplePlanFor(organization);
    const vended = await organization.vend(plan);
    expect({ types: vended.types, outcome: vended.outcome }).toEqual({
      types: [...SMOOTH_FACTS],
      outcome: 'ACTIVE',
    });
    checkTruth(organization, vended, plan.account.organizationalUnitId);
    const fenced = organization.inbox.facts.findIndex((fact) => fact.type === 'AccountFenced');
    const provisioned = organization.inbox.facts.findIndex((fact) => fact.type === 'AccountProvisioned');
    expect(fenced, 'the creation itself fenced it').toBeGreaterThanOrEqual(0);
    expect(fenced).toBeLessThan(provisioned);
  });

  const AGAIN = ['AccountQuarantined', 'VendResumed'];
  it.each<[AccountOutcome, string | undefined, string[]]>([
    ['fail-no-account', 'provision', types('ProvisioningStarted', ...AGAIN, ...SMOOTH_FACTS)],
    ['fail-under-root', 'enrol', types('ProvisioningStarted', ...AGAIN, ...SMOOTH_FACTS.slice(1))],
    ['tainted', 'enrol', types('ProvisioningStarted', ...AGAIN, ...SMOOTH_FACTS.slice(1))],
    ['quota', 'provision', types('ProvisioningStarted', ...AGAIN, ...SMOOTH_FACTS)],
    ['email-taken', 'provision', types('ProvisioningStarted', ...AGAIN, ...SMOOTH_FACTS)],
    ['slow', undefined, [...SMOOTH_FACTS]],
  ])('%s', async (outcome, step, facts) => {
    const organization = await organizationOf();
    const plan = await examplePlanFor(organization);
    organization.aws.scenario({ accountName: 'payments-prod', outcome });
    const vended = await organization.vend(plan);
    expect({ types: vended.types, outcome: vended.outcome }).toEqual({ types: facts, outcome: 'ACTIVE' });
    expect(failed(vended)?.step).toBe(step);
    checkTruth(organization, vended, plan.account.organizationalUnitId);
  });

  it('an enrolment that fails, and fails again, is mended in the end', async () => {
    const organization = await organizationOf();
    const plan = await examplePlanFor(organization);
    organization.aws.scenario({ accountName: 'payments-prod', outcome: 'fail-under-root' });
    organization.aws.scenario({ accountName: 'payments-prod', outcome: 'update-fails', times: 2 });
    const vended = await organization.vend(plan);
    expect(vended.types).toEqual([
      'ProvisioningStarted',
      ...AGAIN,
      ...AGAIN,
      ...AGAIN,
      ...SMOOTH_FACTS.slice(1),
    ]);
    checkTruth(organization, vended, plan.account.organizationalUnitId);
  });

  it('Control Tower has no room for another operation: the vend waits its turn', async () => {
    const organization = await organizationOf();
    const plan = await examplePlanFor(organization);
    organization.aws.setLimit('accountOperations', 1);
    organization.aws.call('servicecatalog', 'ProvisionProduct', provisionInput('other'));
    await organization.aws.pass(MINUTE);
    const vended = await organization.vend(plan);
    expect(vended.types).toEqual([...SMOOTH_FACTS]);
  });

  it('without a single event', async () => {
    const organization = await organizationOf();
    const plan = await examplePlanFor(organization);
    organization.aws.events.faults.dropRate = 1;
    const vended = await organization.vend(plan);
    expect(vended.types).toEqual([...SMOOTH_FACTS]);
  });

  it.each(Array.from({ length: 12 }, (_, n) => n + 1))(
    'throttled, with answers lost and lists stale: seed %i',
    async (seed) => {
      const organization = await organizationOf(seed);
      const plan = await examplePlanFor(organization);
      for (const service of FAULTY) {
        const action = service === 'sqs' ? 'SendMessage' : '*';
        organization.aws.faults.inject({ service, action, rate: 0.1, kind: 'throttle' });
        organization.aws.faults.inject({ service, action, rate: 0.08, kind: 'lost-reply' });
        organization.aws.faults.inject({
          service,
          action,
          rate: service === 'sqs' ? 0 : 0.05,
          kind: 'stale',
        });
      }
      const vended = await organization.vend(plan);
      organization.aws.faults.clear();
      expect({ seed, outcome: vended.outcome, failed: failed(vended) }).toMatchObject({
        seed,
        outcome: 'ACTIVE',
      });
      checkTruth(organization, vended, plan.account.organizationalUnitId);
    },
  );
});
