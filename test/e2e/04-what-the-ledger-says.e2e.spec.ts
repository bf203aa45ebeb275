import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OUTBOUND_TYPES } from '../../services/ledger/fact.ts';
import { type RequestAnswer, requestBody, startService, type TestService, until } from '../support/jetway.ts';

type Published = { 'detail-type': string; source: string; detail: Record<string, unknown> };

let jetway: TestService;
let asked: RequestAnswer;
let accountId: string;
const body = requestBody('told', {
  guardrails: ['AWS-GR_RESTRICTED_SSH'],
  access: [{ group: 'payments-admins', permissionSet: 'ReadOnlyAccess' }],
});

/** What another team's system does to hear of our facts: a rule on the bus and a queue. */
function subscribe(): () => Published[] {
  const { call } = jetway.cloud;
  const { QueueUrl } = call('sqs', 'CreateQueue', { QueueName: 'listener' });
  const asking = { QueueUrl, AttributeNames: ['QueueArn'] };
  const Arn = call('sqs', 'GetQueueAttributes', asking).Attributes.QueueArn;
  const rule = { EventBusName: 'jetway', EventPattern: '{"source":["jetway"]}' };
  call('events', 'PutRule', { Name: 'listener', ...rule });
  call('events', 'PutTargets', { Rule: 'listener', EventBusName: 'jetway', Targets: [{ Id: 'q', Arn }] });
  const heard: Published[] = [];
  return () => {
    for (;;) {
      const { Messages = [] } = call('sqs', 'ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 });
      if (Messages.length === 0) return heard;
      for (const message of Messages) {
        heard.push(JSON.parse(message.Body));
        call('sqs', 'DeleteMessage', { QueueUrl, ReceiptHandle: message.ReceiptHandle });
      }
    }
  };
}

let heard: () => Published[];
beforeAll(async () => {
  jetway = await startService();
  heard = subscribe();
  asked = await jetway.order(body);
  accountId = (await jetway.reachesActive(asked.id)).accountId!;
});
afterAll(() => jetway?.close());

describe('the timeline of a vend', () => {
  it('tells it in order, with who and what', async () => {
    const facts = await jetway.timeline(asked.id);
    const first = (type: string) => facts.findIndex((f) => f.type === type);
    const order = [
      'AccountRequested',
      'AccountPlanned',
      'ApprovalDecided',
      'AdmissionGranted',
      'ApprovalConfirmed',
      'ProvisioningStarted',
      'AccountProvisioned',
      'BlueprintApplied',
      'GuardrailsAttached',
      'AccountVended',
      'AccessAssigned',
    ];
    const places = order.map(first);
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(facts[first('AccountRequested')]).toMatchObject({ actor: 'ana@example.com' });
    expect(facts[first('ApprovalDecided')]).toMatchObject({ actor: 'bo@example.com' });
    expect(facts[first('AccountProvisioned')]?.data).toMatchObject({ accountId });
    expect(facts[first('BlueprintApplied')]?.data.components).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'execution-role', status: 'CREATE_COMPLETE' }),
        expect.objectContaining({ name: 'cloudtrail', status: 'VERIFIED', evidence: expect.any(String) }),
      ]),
    );
    expect(facts[first('GuardrailsAttached')]?.data).toMatchObject({
      detective: [{ control: 'AWS-GR_RESTRICTED_SSH' }],
    });
    expect(facts.map((f) => f.seq)).toEqual([...facts.map((f) => f.seq)].sort((a, b) => a - b));
    expect(new Set(facts.map((f) => f.id)).size).toBe(facts.length);
  });

  it('has what was verified of the account, which the account shows too', async () => {
    const vended = (await jetway.timeline(asked.id)).find(({ type }) => type === 'AccountVended')!;
    const path = `/v1/accounts/${accountId}/verification`;
    const { status, body: verification } = await jetway.as('ana').get(path);
    expect(status).toBe(200);
    expect(verification).toEqual({
      at: vended.occurredAt,
      requestId: asked.id,
      run: vended.id.split(':')[0],
      factId: vended.id,
      planRequestId: asked.id,
      things: vended.data.verified,
    });
    const kinds = verification.things.map(({ kind }: { kind: string }) => kind);
    expect(kinds).toEqual(
      expect.arrayContaining(['stack', 'instance', 'network', 'role', 'managed', 'rule']),
    );
  });

  it('is also the beginning of the account’s own', async () => {
    const { body: own } = await jetway.as('ana').get(`/v1/accounts/${accountId}/timeline`);
    const types = own.items.map((f: { type: string }) => f.type);
    expect(types).toEqual(expect.arrayContaining(['AccountRequested', 'AccountVended', 'AccessAssigned']));
  });
});

describe('the outbound bus', () => {
  it('carries every contract fact once, in the contract’s shape', async () => {
    const ours = () => heard().filter((e) => e.detail.requestId === asked.id);
    await until('AccountVended is heard', () => ours().some((e) => e['detail-type'] === 'AccountVended'));
    const types = ours().map((e) => e['detail-type']);
    expect(new Set(types)).toEqual(
      new Set([
        'AccountRequested',
        'AccountPlanned',
        'ApprovalRequested',
        'ApprovalDecided',
        'AccountQueued',
        'AccountProvisioned',
        'BlueprintApplied',
        'GuardrailsAttached',
        'AccountVended',
      ]),
    );
    expect(types).toHaveLength(new Set(types).size);
    for (const event of ours()) {
      expect(event.source).toBe('jetway');
      expect(OUTBOUND_TYPES).toContain(event['detail-type']);
      expect(event.detail).toMatchObject({
        id: expect.any(String),
        type: event['detail-type'],
        version: expect.anything(),
        occurredAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        correlationId: expect.any(String),
        data: expect.any(Object),
      });
    }
    const vended = ours().find((e) => e['detail-type'] === 'AccountVended');
    expect(vended?.detail).toMatchObject({ accountId, requestId: asked.id });
  });
});

describe('the ledger', () => {
  it('is a chain that verifies, page by page, for operators and auditors only', async () => {
    const { body: verdict } = await jetway.as('operator').get('/v1/ledger/verify');
    expect(verdict).toMatchObject({ ok: true, head: expect.stringMatching(/^sha256:/) });
    const hashes: string[] = [];
    for (let after = ''; ; ) {
      const { body: page } = await jetway
        .as('operator')
        .get(`/v1/ledger/facts?limit=7&after=${after || 'p0'}`);
      hashes.push(...page.items.map((f: { hash: string }) => f.hash));
      if (page.nextCursor === null) break;
      after = page.nextCursor;
    }
    expect(hashes.length).toBeGreaterThanOrEqual(verdict.facts);
    expect(new Set(hashes).size).toBe(hashes.length);
    expect((await jetway.as('ana').get('/v1/ledger/facts')).status).toBe(403);
  });

  it('cannot be edited or cut, not even by its own service', async () => {
    const { orm } = jetway.database;
    await expect(orm.execute(sql`update facts set data = '{}'::jsonb where seq = 1`)).rejects.toThrow();
    await expect(orm.execute(sql`delete from facts where seq = 1`)).rejects.toThrow();
    await expect(orm.execute(sql`truncate facts`)).rejects.toThrow();
  });

  it('holds no task token and no secret', async () => {
    const { body: page } = await jetway.as('operator').get('/v1/ledger/facts?limit=1000');
    expect(JSON.stringify(page)).not.toMatch(/"(taskToken|token|secret|signature)"/i);
  });
});

describe('events of AWS', () => {
  const told = async () => {
    const facts: { type: string; accountId?: string; data: Record<string, unknown> }[] = [];
    for (let after = ''; ; ) {
      const { body: page } = await jetway
        .as('operator')
        .get(`/v1/ledger/facts?limit=500${after && `&after=${after}`}`);
      facts.push(...page.items);
      if (page.nextCursor === null) return facts;
      after = page.nextCursor;
    }
  };

  it('say how the account came to be, beside what the workflow says', async () => {
    const about = async (type: string) =>
      (await told()).filter((fact) => fact.type === type && fact.accountId === accountId);
    for (const type of ['AccountJoinedOrganization', 'AccessCallRecorded', 'StackInstanceStatusChanged'])
      await until(`${type} is told`, async () => (await about(type)).length > 0);
    expect((await about('AccountJoinedOrganization'))[0]?.data).toMatchObject({ method: 'Created' });
    expect((await about('AccessCallRecorded'))[0]?.data).toMatchObject({ call: 'CreateAccountAssignment' });
    expect((await told()).map((fact) => fact.type)).not.toContain('AwsEventObserved');
  });

  it('are counted for whoever watches', async () => {
    const { status, body: text } = await jetway.as('operator').get('/metrics');
    expect(status).toBe(200);
    expect(text).toMatch(/^jetway_aws_facts_total\{type="AccountJoinedOrganization"\} \d+$/m);
    expect((await jetway.as('ana').get('/metrics')).status).toBe(403);
  });
});

describe('every account of the organization', () => {
  it('is in the ledger once, with where it came from', async () => {
    const stranger = await foreignAccount('aws+stranger@example.com');
    await jetway.reconcile();
    await until('the stranger is in the ledger', async () => {
      const { status } = await jetway.as('operator').get(`/v1/accounts/${stranger}`);
      return status === 200;
    });
    const { body: list } = await jetway.as('operator').get('/v1/accounts?limit=100');
    const ids = list.items.map((a: { accountId: string }) => a.accountId);
    expect([...ids].sort()).toEqual(
      jetway.cloud
        .accounts()
        .map((a) => a.Id)
        .sort(),
    );
    const of = (id: string) => list.items.find((a: { accountId: string }) => a.accountId === id);
    expect(of(accountId)).toMatchObject({ origin: 'VENDED', status: 'ACTIVE' });
    expect(of(stranger)).toMatchObject({ origin: expect.stringMatching(/^(FOREIGN|ORPHAN|ADOPTED)$/) });
    // Not ours to fence, and not ours to show to a team.
    expect(jetway.cloud.policiesOf(stranger).map((p) => p.Name)).not.toContain('jetway-quarantine');
    expect((await jetway.as('ana').get(`/v1/accounts/${stranger}`)).status).toBe(404);
  });
});

/** Somebody makes an account past us. */
async function foreignAccount(email: string): Promise<string> {
  const { CreateAccountStatus: begun } = jetway.cloud.call('organizations', 'CreateAccount', {
    Email: email,
    AccountName: 'stranger',
  });
  let id: string | undefined;
  await until('the account is made', () => {
    const { CreateAccountStatus: now } = jetway.cloud.call('organizations', 'DescribeCreateAccountStatus', {
      CreateAccountRequestId: begun.Id,
    });
    id = now.AccountId;
    return id !== undefined;
  });
  return id!;
}
