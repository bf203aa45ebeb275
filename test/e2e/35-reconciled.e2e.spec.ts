import { like, not, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../../db/client.ts';
import { accounts, compliance } from '../../db/schema/index.ts';
import { ACCOUNT_FACTORY_ID, ARTIFACT_ID } from '../../infra/local/landing-zone.ts';
import { deleteResource } from '../../infra/local/services/account-resources.ts';
import { listEvaluations, setCompliance } from '../../infra/local/services/config/evaluation.ts';
import { listRules, RULE_TYPE } from '../../infra/local/services/config/rules.ts';
import { requestBody, startService, type TestService } from '../support/jetway.ts';

const WORKLOADS = 'ou-ab12-workloads';
const PROD = 'ou-ab12-workloadsprod';

/** Reads the organization and every account of ours, to the end. */
async function run(jetway: TestService): Promise<void> {
  await jetway.reconcile();
  await jetway.passUntil('every account is read', () => jetway.hasReadAccounts(), 1_000);
}

const body = (word: string) =>
  requestBody(word, {
    guardrails: [
      'AWS-GR_RESTRICT_ROOT_USER',
      'AWS-GR_ROOT_ACCOUNT_MFA_ENABLED',
      'AWS-GR_EBS_SNAPSHOT_PUBLIC_RESTORABLE_CHECK',
      'AWS-GR_DETECT_CLOUDTRAIL_ENABLED_ON_MEMBER_ACCOUNTS',
    ],
  });

/**
 * Until nothing is under way that has to do with what was before: looks that events have asked for, executions, what AWS
 * delivers later, and what is in the queue or on its way out.
 */
async function calm(jetway: TestService): Promise<void> {
  const { engine, world } = jetway.aws;
  const queued = () => {
    const { Attributes } = jetway.cloud.call('sqs', 'GetQueueAttributes', {
      QueueUrl: 'jetway-inbox',
      AttributeNames: ['All'],
    });
    return Object.entries(Attributes as Record<string, string>)
      .filter(([name]) => name.startsWith('ApproximateNumberOfMessages'))
      .reduce((sum, [, n]) => sum + Number(n), 0);
  };
  const leaving = () =>
    rowsOf<{ n: number }>(
      jetway.database.orm,
      sql`select count(*)::int as n from outbox where sent_at is null and next_at <= now()`,
    );
  await jetway.passUntil('nothing is under way', async () => {
    const looks = await jetway.looks();
    return (
      looks.every((look) => look === 'done') &&
      engine.executions().every(({ status }) => status !== 'RUNNING') &&
      world.scheduler.nextAwsTimer() === undefined &&
      queued() === 0 &&
      (await leaving())[0]?.n === 0
    );
  });
}

async function vend(jetway: TestService, word: string): Promise<string> {
  const asked = await jetway.order(body(word));
  await jetway.passUntil(`${word} is ACTIVE`, async () => {
    const { status, steps, failure } = await jetway.request(asked.id);
    if (failure) throw new Error(JSON.stringify(failure));
    return status === 'ACTIVE' && steps.every((step) => step.status === 'succeeded');
  });
  return (await jetway.request(asked.id)).accountId!;
}

/** What Organizations calls the state of an account, in our words. */
const statusOf = (state: string): string => (state === 'PENDING_CLOSURE' ? 'CLOSING' : state);

/** Accounts as Organizations has them. */
const organization = (jetway: TestService) =>
  jetway.cloud
    .accounts()
    .map(({ Id, Name, Email, State }) => ({
      accountId: Id,
      name: Name,
      email: Email,
      organizationalUnitId: jetway.cloud.parentOf(Id),
      status: statusOf(State),
    }))
    .sort((a, b) => (a.accountId < b.accountId ? -1 : 1));

async function ledgerAccounts(jetway: TestService) {
  const rows = await jetway.database.orm.select().from(accounts).orderBy(accounts.accountId);
  return rows.filter(({ status }) => status !== 'DEPARTED');
}

/** What Config has of accounts of ours in every governed Region, asked of its own memory. */
function config(jetway: TestService, accountIds: readonly string[]): string[] {
  const { store, landingZone } = jetway.aws.world;
  return accountIds
    .flatMap((accountId) =>
      landingZone.governedRegions.flatMap((region) =>
        listRules(store, accountId, region).flatMap((rule) =>
          listEvaluations(store, accountId, region, rule.id).map((one) =>
            finding(
              accountId,
              { ...one, region, status: one.complianceType, version: Date.parse(one.recordedAt) },
              rule.id,
            ),
          ),
        ),
      ),
    )
    .sort();
}

const finding = (
  accountId: string,
  one: {
    region: string;
    resourceType: string;
    resourceId: string;
    status: string;
    version: number;
    annotation?: string | null;
  },
  rule: string,
): string =>
  [
    ...[accountId, one.region, rule, one.resourceType, one.resourceId],
    ...[one.status, one.version, one.annotation ?? ''],
  ].join(' | ');

async function ledgerFindings(jetway: TestService, accountIds: readonly string[]): Promise<string[]> {
  const rows = await jetway.database.orm
    .select()
    .from(compliance)
    .where(not(like(compliance.rule, 'jetway:%')));
  return rows
    .filter(({ accountId, status }) => accountIds.includes(accountId) && status !== 'NOT_APPLICABLE')
    .map((row) => finding(row.accountId, row, row.rule))
    .sort();
}

/** Everything that is known of AWS, against AWS itself, field by field. */
async function expectEqual(jetway: TestService, ours: readonly string[]): Promise<void> {
  const known = await ledgerAccounts(jetway);
  const plain = known.map(({ accountId, name, email, organizationalUnitId, status }) => ({
    accountId,
    name,
    email,
    organizationalUnitId,
    status,
  }));
  expect(plain).toEqual(organization(jetway));
  for (const { accountId, origin } of known) {
    expect(['VENDED', 'ADOPTED', 'ORPHAN', 'FOREIGN']).toContain(origin);
    if (ours.includes(accountId)) expect(origin).toBe('VENDED');
  }
  const alive = ours.filter((id) => known.some((row) => row.accountId === id && row.status === 'ACTIVE'));
  expect(await ledgerFindings(jetway, alive)).toEqual(config(jetway, alive));
  const attached = await rowsOf<{ key: string }>(
    jetway.database.orm,
    sql`select key from observations where kind = 'attachment' and value is not null order by key`,
  );
  const targets = [...new Set(attached.map(({ key }) => key.split('/')[0]!))];
  const policies = targets.flatMap((id) => jetway.cloud.policiesOf(id).map((policy) => `${id}/${policy.Id}`));
  const gone = ours.filter((id) => !alive.includes(id));
  const isKnown = ({ key }: { key: string }) => !gone.some((id) => key.startsWith(id));
  expect(attached.filter(isKnown).map(({ key }) => key)).toEqual(
    policies.filter((key) => isKnown({ key })).sort(),
  );
}

const factsOf = async (jetway: TestService, accountId: string) =>
  (await jetway.as('operator').get(`/v1/accounts/${accountId}/timeline`)).body.items as {
    type: string;
    data: Record<string, unknown>;
  }[];
const accountOf = async (jetway: TestService, accountId: string) =>
  (await jetway.as('operator').get(`/v1/accounts/${accountId}`)).body;

let jetway: TestService;
/** The accounts that were vended so far. */
const ours: string[] = [];
beforeAll(async () => {
  jetway = await startService({ timeScale: 1, skippable: true });
}, 120_000);
afterAll(() => jetway?.close());

describe.each([0, 0.01, 0.1, 1])('with %s of the events lost', (dropRate) => {
  it('an account becomes ACTIVE, and two runs make the ledger equal to the organization', async () => {
    jetway.aws.events.faults.dropRate = dropRate;
    const dropped = () => jetway.aws.events.counts.dropped;
    const before = dropped();
    const accountId = await vend(jetway, 'ours');
    ours.push(accountId);
    jetway.skip(10 * 60_000);
    await jetway.aws.engine.idle();
    await run(jetway);
    await run(jetway);
    expect(config(jetway, [accountId]).length).toBeGreaterThan(2);
    await expectEqual(jetway, ours);
    expect(dropped() - before).toBeGreaterThanOrEqual(dropRate === 1 ? 10 : 0);
    expect((await jetway.as('operator').get('/v1/ledger/verify')).body.ok).toBe(true);
  }, 180_000);

  it('what is done behind our back is in the ledger after two runs', async () => {
    const moved = ours.at(-1)!;
    const { world, region } = jetway.aws;
    const made = await foreignAccount(jetway, `aws+by-hand-${dropRate}@example.com`);
    const left = await foreignAccount(jetway, `aws+leaves-${dropRate}@example.com`);
    await run(jetway);
    expect(await accountOf(jetway, made)).toMatchObject({ origin: 'FOREIGN', status: 'ACTIVE' });

    const move = { SourceParentId: WORKLOADS, DestinationParentId: PROD };
    jetway.cloud.call('organizations', 'MoveAccount', { AccountId: moved, ...move });
    jetway.cloud.call('account', 'PutAccountName', { AccountId: made, AccountName: 'another name' });
    jetway.cloud.call('organizations', 'RemoveAccountFromOrganization', { AccountId: left });
    const [first, ...others] = listRules(world.store, moved, region);
    const place = { accountId: moved, ruleName: first!.id, resourceType: 'AWS::S3::Bucket' };
    const change = (resourceId: string, complianceType: 'NON_COMPLIANT' | 'NOT_APPLICABLE') =>
      setCompliance(world, { ...place, resourceId, complianceType, annotation: 'It is open.' });
    change('stays', 'NON_COMPLIANT');
    change('goes-away', 'NON_COMPLIANT');
    await run(jetway);
    const readOnce = await ledgerFindings(jetway, [moved]);
    expect(readOnce.filter((one) => one.includes('It is open.'))).toHaveLength(2);
    change('goes-away', 'NOT_APPLICABLE');
    const rule = others.at(-1)!;
    world.store.transaction(() => deleteResource(world.store, moved, region, RULE_TYPE, rule.id));
    // Elsewhere too: one is found, one goes away later than its copies at home may come.
    const abroad = {
      ...place,
      region: 'eu-west-1',
      ruleName: listRules(world.store, moved, 'eu-west-1')[0]!.id,
    };
    const elsewhere = (resourceId: string, complianceType: 'NON_COMPLIANT' | 'NOT_APPLICABLE') =>
      setCompliance(world, { ...abroad, resourceId, complianceType, annotation: 'It is open abroad.' });
    elsewhere('stays-abroad', 'NON_COMPLIANT');
    elsewhere('goes-away-abroad', 'NON_COMPLIANT');
    await run(jetway);
    const found = await ledgerFindings(jetway, [moved]);
    expect(found.filter((one) => one.includes('| eu-west-1 |') && one.includes('open abroad'))).toHaveLength(
      2,
    );
    jetway.skip(2 * 3_600_000);
    await jetway.aws.engine.idle();
    elsewhere('goes-away-abroad', 'NOT_APPLICABLE');
    const { PolicyId, ...policy } = guardrailOf(moved);
    jetway.cloud.call('organizations', 'DetachPolicy', { PolicyId, TargetId: moved });
    await run(jetway);
    await run(jetway);

    await expectEqual(jetway, ours);
    expect(await accountOf(jetway, left)).toMatchObject({ origin: 'FOREIGN', status: 'DEPARTED' });
    const said = async (id: string, type: string) =>
      (await factsOf(jetway, id)).filter((f) => f.type === type);
    expect(await said(moved, 'AccountMoved')).toMatchObject([{ data: { from: WORKLOADS, to: PROD } }]);
    expect(await said(made, 'AccountRenamed')).toMatchObject([{ data: { name: 'another name' } }]);
    expect(await said(made, 'AccountJoined')).toHaveLength(1);
    expect(await said(left, 'AccountLeft')).toHaveLength(1);
    expect((await said(moved, 'PolicyDetached')).map((f) => f.data.policyName)).toContain(policy.Name);
  }, 180_000);

  it('a run that finds nothing says nothing', async () => {
    const told = () => {
      const news = ['OrganizationReconciled', 'DriftChecked', 'ExecutionStatusChanged', 'AwsEventObserved'];
      return rowsOf<{ id: string; type: string; data: unknown }>(
        jetway.database.orm,
        sql`select id, type, account_id, data from facts
            where type not in (select jsonb_array_elements_text(${JSON.stringify(news)}::jsonb))`,
      );
    };
    // Events have looks at the account come, which tell what they find when they end; where all are lost none comes.
    if (dropRate < 1) await calm(jetway);
    const before = new Set((await told()).map(({ id }) => id));
    await run(jetway);
    expect((await told()).filter(({ id }) => !before.has(id))).toEqual([]);
  }, 60_000);
});

describe('with all of them lost', () => {
  it('contrary evidence takes away that an account is compliant', async () => {
    const accountId = ours.at(-1)!;
    await jetway.as('operator').post(`/v1/accounts/${accountId}/drift-checks`);
    await jetway.passUntil('the look has found it', async () => {
      const { items } = (await jetway.as('operator').get(`/v1/accounts/${accountId}/compliance`)).body;
      return JSON.stringify(items).includes('which carries it, is not attached');
    });
  }, 60_000);

  it('an account that Account Factory made for somebody is ADOPTED, and one of ours that is closed is CLOSED', async () => {
    const closed = ours[0]!;
    const adopted = await productByHand(jetway);
    jetway.cloud.call('organizations', 'CloseAccount', { AccountId: closed });
    await run(jetway);
    jetway.skip(1_000_000);
    await jetway.aws.engine.idle();
    await run(jetway);
    await run(jetway);
    await expectEqual(jetway, ours);
    expect(await accountOf(jetway, adopted)).toMatchObject({ origin: 'ADOPTED', status: 'ACTIVE' });
    expect(await accountOf(jetway, closed)).toMatchObject({ origin: 'VENDED', status: 'CLOSED' });
    const states = (await factsOf(jetway, closed)).filter((f) => f.type === 'AccountStateChanged');
    expect(states.at(-1)?.data).toMatchObject({ state: 'CLOSED' });
  }, 120_000);
});

/** A guardrail policy of ours that is attached to the account. */
function guardrailOf(accountId: string): { PolicyId: string; Name: string } {
  const found = jetway.cloud
    .policiesOf(accountId)
    .find(({ Name }) => Name.startsWith('jetway-') && Name !== 'jetway-quarantine')!;
  return { PolicyId: found.Id, Name: found.Name };
}

/** Somebody makes an account past us. */
async function foreignAccount(jetway: TestService, email: string): Promise<string> {
  const { CreateAccountStatus: begun } = jetway.cloud.call('organizations', 'CreateAccount', {
    Email: email,
    AccountName: 'stranger',
  });
  let id: string | undefined;
  await jetway.passUntil('the account is made', async () => {
    const { CreateAccountStatus: now } = jetway.cloud.call('organizations', 'DescribeCreateAccountStatus', {
      CreateAccountRequestId: begun.Id,
    });
    id = now.AccountId;
    return id !== undefined;
  });
  return id!;
}

/** Somebody uses Account Factory past us. */
async function productByHand(jetway: TestService): Promise<string> {
  const name = 'by-hand';
  const parameters = {
    AccountName: name,
    AccountEmail: 'aws+factory@example.com',
    SSOUserEmail: 'ana@example.com',
    SSOUserFirstName: 'Ana',
    SSOUserLastName: 'Lopez',
    ManagedOrganizationalUnit: `Workloads (${WORKLOADS})`,
  };
  jetway.cloud.call('servicecatalog', 'ProvisionProduct', {
    ProductId: ACCOUNT_FACTORY_ID,
    ProvisioningArtifactId: ARTIFACT_ID,
    ProvisionedProductName: name,
    ProvisionToken: name,
    ProvisioningParameters: Object.entries(parameters).map(([Key, Value]) => ({ Key, Value })),
  });
  let id: string | undefined;
  await jetway.passUntil('the product is made', async () => {
    const { ProvisionedProducts: found } = jetway.cloud.call('servicecatalog', 'SearchProvisionedProducts', {
      Filters: { SearchQuery: [`name:${name}`] },
    });
    id = found[0]?.PhysicalId;
    return id !== undefined;
  });
  return id!;
}
