import { and, eq, ne } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { transact } from '../../db/client.ts';
import { accountGuardrails, accounts, compliance, outbox } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import {
  askOf,
  factOf,
  openService,
  person,
  type Service,
  unique,
  waiting,
} from '../../test/support/service.ts';
import { attachedData, changeFacts, planOf, vendedAccount } from '../../test/support/vended.ts';
import { PolicyCollectionInput } from '../../workflows/policy-collection/input.schema.ts';
import { driftInput, requestCheck } from '../drift/schedule.pg.ts';
import { accountPolicies } from '../guardrails/account-policies.pg.ts';
import { requestCollection } from '../guardrails/collection.pg.ts';
import { ruleNameOf } from '../guardrails/detective.ts';
import { accountTimeline, getAccount } from '../ledger/queries.pg.ts';
import { submit } from '../requests/submit.pg.ts';
import type { AccountChangePlan } from './account-change.schema.ts';
import { accountChangeIntake } from './intake.ts';

const SSH = 'AWS-GR_RESTRICTED_SSH';
const VOLUMES = 'AWS-GR_ENCRYPTED_VOLUMES';
const ROOT = 'AWS-GR_RESTRICT_ROOT_USER';

describe.each(databases)('an account that is changed on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let service: Service;
  beforeAll(async () => {
    opened = await open();
    service = openService(opened.database);
    await service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(() => service.reset());

  const olga = person('', ['operator'], 'olga@example.com');
  type Account = Awaited<ReturnType<typeof vendedAccount>>;
  const rowOf = ({ accountId }: Account) => getAccount(service.orm, olga, accountId);

  async function asked(account: Account, guardrails: string[]) {
    const row = await rowOf(account);
    const plan = async (id: string) => (await service.planAccountChange(id, row, { guardrails })).plan;
    const intake = accountChangeIntake(plan, account.team, { guardrails, accountId: account.accountId });
    const { requestId } = await submit(service.deps, olga, intake, unique('key'));
    const { digest } = await planOf<AccountChangePlan>(service, requestId);
    const change = { requestId, planDigest: digest, team: account.team, body: account.body };
    await service.decide(change);
    await service.receive(askOf(change, 'confirm-approval', 3));
    return change;
  }
  const controlsOf = async ({ accountId }: Account) =>
    (
      await service.orm.select().from(accountGuardrails).where(eq(accountGuardrails.accountId, accountId))
    ).flatMap(({ control, kind }) => (kind === 'inherited' ? [] : [control]));
  const found = ({ accountId }: Account, control: string, at: number) => ({
    kind: 'event' as const,
    envelope: {
      version: '0',
      id: unique('event'),
      'detail-type': 'Config Rules Compliance Change',
      source: 'aws.config',
      account: accountId,
      time: new Date(at).toISOString(),
      region: 'us-east-1',
      resources: [],
      detail: {
        awsAccountId: accountId,
        awsRegion: 'us-east-1',
        configRuleName: ruleNameOf(control),
        resourceType: 'AWS::EC2::Volume',
        resourceId: 'vol-1',
        newEvaluationResult: {
          complianceType: 'NON_COMPLIANT',
          resultRecordedTime: new Date(at).toISOString(),
        },
      },
    },
  });
  const findings = async ({ accountId }: Account) =>
    (
      await service.orm
        .select()
        .from(compliance)
        .where(and(eq(compliance.accountId, accountId), ne(compliance.status, 'REMOVED')))
    ).map(({ rule, control }) => [rule, control]);

  it('follows the change’s plan in all that is compared with it', async () => {
    const account = await vendedAccount(service, { guardrails: [VOLUMES] });
    const change = await asked(account, [SSH, ROOT]);
    const policiesOf = async () =>
      (await accountPolicies(service.orm, await rowOf(account))).map(({ name }) => name);
    const before = await policiesOf();
    await service.receive(...(await changeFacts(service, change)));
    const { target } = await planOf<AccountChangePlan>(service, change.requestId);
    const own = target.guardrails.preventive.map(({ policyName }) => policyName);
    expect(await policiesOf()).toEqual(['FullAWSAccess', ...own]);
    expect(await policiesOf()).not.toEqual(before);
    expect(await driftInput(service.orm, 'check', account.accountId)).toMatchObject({
      rules: [{ control: SSH }],
      policies: target.guardrails.preventive.map(({ policyName }) => ({ policyName })),
    });
    expect(await controlsOf(account)).toEqual(expect.arrayContaining([SSH, ROOT]));
    expect(await controlsOf(account)).not.toContain(VOLUMES);
    expect(await rowOf(account)).toMatchObject({
      status: 'ACTIVE',
      requestId: account.requestId,
      planRequestId: change.requestId,
      blueprint: { name: 'standard' },
    });
    const told = (await accountTimeline(service.orm, olga, account.accountId)).facts.map(({ type }) => type);
    for (const type of ['AccountVended', 'ChangeRequested', 'ApprovalDecided', 'AccountChanged'])
      expect(told).toContain(type);
  });

  it('comes to the same whatever the order of two changes’ facts', async () => {
    const orders: ((facts: unknown[]) => unknown[])[] = [(f) => f, (f) => [...f].reverse()];
    for (const order of orders) {
      const account = await vendedAccount(service, { guardrails: [VOLUMES] });
      const first = await asked(account, [SSH]);
      const late = await changeFacts(service, first);
      // The last word is heard, what came before it is under way still.
      await service.receive(late.pop() as (typeof late)[number]);
      const second = await asked(account, [SSH, ROOT]);
      const facts = [...late, ...(await changeFacts(service, second))];
      for (const fact of order(facts)) await service.receive(fact as (typeof facts)[number]);
      // A word of the vend takes nothing back.
      await service.receive(
        factOf(account, 'VendResumed', 1, { accountId: account.accountId, data: { step: 'access' } }),
      );
      expect(await rowOf(account)).toMatchObject({ status: 'ACTIVE', planRequestId: second.requestId });
      expect((await controlsOf(account)).sort()).toEqual(expect.arrayContaining([SSH, ROOT]));
      expect(await controlsOf(account)).not.toContain(VOLUMES);
      expect([await service.status(first), await service.status(second)]).toEqual(['ACTIVE', 'ACTIVE']);
    }
  });

  it('forgets what a control found that is gone, also what is told late', async () => {
    const account = await vendedAccount(service, { guardrails: [VOLUMES] });
    const at = Date.parse('2026-03-04T11:00:00.000Z');
    await service.receive(found(account, VOLUMES, at));
    expect(await findings(account)).toEqual([[ruleNameOf(VOLUMES), VOLUMES]]);
    const change = await asked(account, [SSH]);
    await service.receive(found(account, SSH, at));
    const facts = await changeFacts(service, change);
    for (const fact of facts.reverse()) await service.receive(fact);
    expect(await findings(account)).toEqual([[ruleNameOf(SSH), SSH]]);
    await service.receive(found(account, VOLUMES, at + 1_000));
    expect(await findings(account)).toEqual([[ruleNameOf(SSH), SSH]]);
  });

  it('follows the plan of before when the change stops and is given up', async () => {
    const account = await vendedAccount(service, { guardrails: [VOLUMES] });
    const change = await asked(account, [SSH]);
    const { accountId } = account;
    const facts = (await changeFacts(service, change)).slice(0, 3);
    await service.receive(
      ...facts,
      factOf(change, 'ChangeStopped', 8, { accountId, data: { step: 'verify' } }),
      factOf(change, 'ChangeGivenUp', 9, { accountId, data: { step: 'verify' } }),
    );
    expect(await service.status(change)).toBe('CANCELLED');
    expect(await rowOf(account)).toMatchObject({ status: 'ACTIVE', planRequestId: account.requestId });
    expect(await controlsOf(account)).toContain(VOLUMES);
    expect(await driftInput(service.orm, 'check', accountId)).toMatchObject({
      rules: [{ control: VOLUMES }],
    });
    // Drift shows what differs.
    expect((await waiting(service.orm)).some((key) => key.startsWith(`start-drift:drift-${accountId}`))).toBe(
      true,
    );
    expect(await service.holdsOf(change)).toBe(0);
  });

  it('is not looked at for drift while it is changed, but at the end', async () => {
    const account = await vendedAccount(service, { guardrails: [VOLUMES] });
    const change = await asked(account, [SSH]);
    const facts = await changeFacts(service, change);
    await service.receive(facts[0] as (typeof facts)[number]);
    const look = () =>
      transact(service.orm, (tx) => requestCheck(tx, account.accountId, service.clock.now()));
    expect(await look()).toBeUndefined();
    await service.receive(...facts.slice(1));
    const looks = (await waiting(service.orm)).filter((key) =>
      key.startsWith(`start-drift:drift-${account.accountId}`),
    );
    expect(looks).toHaveLength(1);
  });

  it('keeps old and new policies from being collected while the change is open', async () => {
    const account = await vendedAccount(service, { guardrails: [ROOT] });
    const old = (await planOf(service, account.requestId)).guardrails;
    const change = await asked(account, ['AWS-GR_RESTRICT_ROOT_USER_ACCESS_KEYS']);
    const { target } = await planOf<AccountChangePlan>(service, change.requestId);
    await service.orm.delete(outbox).where(eq(outbox.kind, 'start-collection'));
    service.clock.advance(86_400_000);
    await transact(service.orm, (tx) => requestCollection(tx, service.clock.now(), 3_600_000));
    const [row] = await service.orm.select().from(outbox).where(eq(outbox.kind, 'start-collection'));
    const { keep } = PolicyCollectionInput.parse(row?.payload);
    const named = [old, target.guardrails].flatMap((g) => attachedData(g).preventive);
    expect(named.length).toBeGreaterThan(1);
    for (const { policyName } of named) expect(keep).toContain(policyName);
  });

  it('changes nothing of the status of the account', async () => {
    const account = await vendedAccount(service, { guardrails: [VOLUMES] });
    const change = await asked(account, [SSH]);
    for (const fact of await changeFacts(service, change)) {
      await service.receive(fact);
      const [row] = await service.orm
        .select()
        .from(accounts)
        .where(eq(accounts.accountId, account.accountId));
      expect(row?.status).toBe('ACTIVE');
    }
  });
});
