import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getRole } from '../../infra/local/services/iam.ts';
import { openClient } from '../../services/cli/client.ts';
import { COURSES } from '../../services/ledger/course.ts';
import type { FactType } from '../../services/ledger/fact.ts';
import type { AccountPlan } from '../../services/planning/plan.schema.ts';
import { type RequestAnswer, requestBody, startService, type TestService, until } from '../support/jetway.ts';

/** One vend, slow enough to be watched, and for the fence to keep ahead of AWS on a busy machine. */
let jetway: TestService;
let asked: RequestAnswer;
let plan: AccountPlan;
let accountId: string;
let vended: RequestAnswer;
const seen: RequestAnswer[] = [];
/** Types of the facts, as the stream told them. */
const told: FactType[] = [];
/** Moments at which the account existed, was not ACTIVE yet, and somebody could have worked in it. */
const open: string[] = [];

const body = requestBody('payments', {
  blueprint: { name: 'standard', parameters: { vpc: { size: 'medium', availabilityZones: 2 } } },
  guardrails: [
    'AWS-GR_ENCRYPTED_VOLUMES',
    'AWS-GR_RESTRICTED_SSH',
    { id: 'AWS-GR_REGION_DENY', parameters: { GovernedRegions: ['eu-west-1', 'us-east-1'] } },
  ],
  access: [{ group: 'payments-admins', permissionSet: 'AdministratorAccess' }],
  tags: { 'cost-center': '4711' },
});

beforeAll(async () => {
  jetway = await startService({ timeScale: 120 });
  asked = await jetway.submit(body);
  plan = await jetway.plan(asked.id);
  lookForOpenDoors();
  await jetway.click(await jetway.message(asked.id), 'approve');
  const client = openClient(
    jetway.url,
    await jetway.tokenOf({ subject: 'o', teams: [], roles: ['operator'] }),
  );
  const stop = new AbortController();
  for await (const { event, data } of client.events(asked.links.events!, stop.signal)) {
    if (event === 'request') seen.push(JSON.parse(data));
    if (event === 'fact') told.push(JSON.parse(data).type);
  }
  vended = await jetway.request(asked.id);
  accountId = vended.accountId!;
}, 180_000);
afterAll(() => jetway?.close());

const withoutRepeats = (all: readonly string[]) => all.filter((one, i) => one !== all[i - 1]);

/** At every change of the organization. The vend lifts its fence after it has said ACTIVE. */
function lookForOpenDoors(): void {
  let looking = false;
  let lifted = false;
  jetway.watch.onChange(() => {
    if (looking || lifted) return;
    looking = true;
    const [account] = jetway.cloud.accountsWith(body.account.email);
    lifted = jetway.watch.of('organizations', 'DetachPolicy').length > 0;
    if (account && !lifted && !jetway.cloud.isFenced(account.Id))
      open.push(jetway.cloud.parentOf(account.Id));
    looking = false;
  });
}

describe('the request', () => {
  it('passes every status in order, live, and ends ACTIVE with its account', () => {
    const course = [
      'AWAITING_APPROVAL',
      'QUEUED',
      'PROVISIONING',
      'APPLYING_BLUEPRINT',
      'ATTACHING_GUARDRAILS',
      'VERIFYING',
      'ACTIVE',
    ];
    const statuses = told.flatMap((type) => COURSES.account.phaseAfter[type] ?? []);
    expect(withoutRepeats(statuses)).toEqual(course);
    // Facts that come together are told one by one, and the request once: of its states some may be left out.
    const states = withoutRepeats(seen.map((r) => r.status)).map((status) => course.indexOf(status));
    expect(states).toEqual([...new Set(states)].sort((a, b) => a - b));
    expect(states.at(-1)).toBe(course.indexOf('ACTIVE'));
    expect(states).toContain(course.indexOf('PROVISIONING'));
    expect(vended).toMatchObject({ status: 'ACTIVE', accountId: expect.stringMatching(/^\d{12}$/) });
    expect(vended.failure).toBeUndefined();
    expect(vended.links.account).toBe(`/v1/accounts/${accountId}`);
  });

  it('shows steps with their times, and an estimate while it is under way', () => {
    for (const step of vended.steps) {
      expect(step).toMatchObject({ status: 'succeeded', title: expect.any(String) });
      expect(Date.parse(step.endedAt!)).toBeGreaterThanOrEqual(Date.parse(step.startedAt!));
    }
    expect(seen.find((r) => r.status === 'PROVISIONING')?.etaAt).toMatch(/^\d{4}-/);
    expect(vended.etaAt).toBeUndefined();
  });

  it('can be followed again from any event on', async () => {
    const facts = await jetway.timeline(asked.id);
    const after = facts[4]!.seq;
    const client = await fetch(new URL(asked.links.events!, jetway.url), {
      headers: {
        authorization: `Bearer ${await jetway.tokenOf({ subject: 'o', teams: [], roles: ['operator'] })}`,
        'last-event-id': String(after),
      },
    });
    expect(client.headers.get('content-type')).toContain('text/event-stream');
    const text = await client.text();
    const ids = [...text.matchAll(/^event: fact$\n?/gm)].length;
    expect(ids).toBe(facts.filter((f) => f.seq > after).length);
    expect(text).not.toContain(`"seq":${after},`);
    expect(text).toContain('"status":"ACTIVE"');
  });
});

describe('the account in the cloud', () => {
  it('is one, in its unit, with its tags', () => {
    expect(jetway.accepted(asked.id)).toBe(1);
    expect(jetway.cloud.vendedAccounts()).toMatchObject([
      { Id: accountId, Name: body.account.name, Email: body.account.email, State: 'ACTIVE' },
    ]);
    expect(jetway.cloud.parentOf(accountId)).toBe('ou-ab12-workloads');
    expect(jetway.cloud.tagsOf(accountId)).toMatchObject({
      'jetway:request-id': asked.id,
      'cost-center': '4711',
    });
    expect(jetway.cloud.productOf(asked.id)).toMatchObject({ Status: 'AVAILABLE' });
  });

  it('was made with the approved parameters, byte for byte', () => {
    const [call] = jetway.watch.of('servicecatalog', 'ProvisionProduct');
    expect(call?.input).toMatchObject({
      ProductId: plan.product.productId,
      ProvisioningArtifactId: plan.product.provisioningArtifactId,
      ProvisionedProductName: plan.product.provisionedProductName,
      ProvisionToken: plan.product.provisionToken,
      ProvisioningParameters: plan.product.parameters.map((p) => ({ Key: p.key, Value: p.value })),
    });
  });

  it('was closed to everybody from its first moment until it was ACTIVE, and is open now', () => {
    expect(open).toEqual([]);
    const names = jetway.cloud.policiesOf(accountId).map((p) => p.Name);
    expect(names).not.toContain('jetway-quarantine');
    expect(jetway.cloud.isFenced(accountId)).toBe(false);
  });

  it('carries the approved guardrails: policies that deny, and Config rules', () => {
    const names = jetway.cloud.policiesOf(accountId).map((p) => p.Name);
    expect(names).toEqual(expect.arrayContaining(plan.guardrails.preventive.map((p) => p.policyName)));
    for (const { policyName, content } of plan.guardrails.preventive) {
      const { Id } = jetway.cloud.policiesOf(accountId).find((p) => p.Name === policyName)!;
      expect(jetway.cloud.contentOf(Id)).toBe(content);
    }
    const rules = jetway.cloud.callIn(accountId, 'config', 'DescribeConfigRules').ConfigRules;
    expect(rules.map((r: { ConfigRuleName: string }) => r.ConfigRuleName).sort()).toEqual(
      plan.guardrails.detective.map((d) => d.ruleName).sort(),
    );
  });

  it('has its stacks, each with the template that was planned', () => {
    const stacks = jetway.cloud.stacksOf(accountId);
    const atHome = plan.components.filter((c) => c.mode === 'deploy' && c.stackSetName === undefined);
    for (const component of atHome) {
      const stack = stacks.find((s) => s.StackName === (component.stackName ?? `jetway-${component.name}`));
      expect(stack?.StackStatus, component.name).toBe('CREATE_COMPLETE');
      const digest = stack?.Tags.find((t) => t.Key === 'jetway:template-digest')?.Value;
      expect(digest).toBe(component.templateDigest);
    }
    expect(stacks).toHaveLength(atHome.length);
    for (const name of ['jetway-execution', 'jetway-audit-read-only']) {
      expect(getRole(jetway.aws.world, accountId, name), name).toBeDefined();
    }
  });

  it('lets people in last: nobody was assigned before it was ACTIVE', async () => {
    const assignments = jetway.cloud.assignmentsOf(accountId);
    expect(assignments.map((one) => one.PrincipalId).sort()).toEqual(
      plan.access.map((one) => one.principalId).sort(),
    );
    expect(plan.access.map((one) => one.principal)).toEqual(['payments-admins', 'security-auditors']);
    expect(assignments.map((one) => one.PermissionSetArn)).toContain(plan.access[0]!.permissionSetArn);
    const { calls } = jetway.watch;
    const said = calls.findIndex((c) => JSON.stringify(c.input ?? '').includes('AccountVended'));
    const lifted = calls.findIndex((c) => c.action === 'DetachPolicy');
    const assigned = calls.findIndex((c) => c.action === 'CreateAccountAssignment');
    expect(said).toBeGreaterThan(0);
    expect(lifted).toBeGreaterThan(said);
    expect(assigned).toBeGreaterThan(lifted);
  });

  it('is never closed, let go or terminated by the workflow', () => {
    const never = ['CloseAccount', 'TerminateProvisionedProduct', 'RemoveAccountFromOrganization'];
    expect(jetway.watch.calls.filter((c) => never.includes(c.action))).toEqual([]);
  });
});

describe('the account in the API', () => {
  it('has the shape of the contract', async () => {
    const { body: account } = await jetway.as('ana').get(`/v1/accounts/${accountId}`);
    expect(account).toEqual({
      accountId,
      name: body.account.name,
      email: body.account.email,
      organizationalUnitId: 'ou-ab12-workloads',
      team: 'payments',
      status: 'ACTIVE',
      origin: 'VENDED',
      requestId: asked.id,
      blueprint: expect.objectContaining({ name: 'standard' }),
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    const found = await jetway.as('ana').get(`/v1/accounts?q=${body.account.name}&status=ACTIVE`);
    expect(found.body.items).toEqual([account]);
    const stranger = { subject: 'eve@example.com', teams: ['search'], roles: ['requester'] };
    expect((await jetway.as(stranger).get(`/v1/accounts/${accountId}`)).status).toBe(404);
  });

  it('names every guardrail, and Config’s word for it as it comes in', async () => {
    const { body: compliance } = await jetway.as('ana').get(`/v1/accounts/${accountId}/compliance`);
    const controls = compliance.items.map((i: { control: string }) => i.control);
    expect(controls).toEqual(expect.arrayContaining(plan.guardrails.inherited));
    expect(controls).toEqual(expect.arrayContaining(['AWS-GR_ENCRYPTED_VOLUMES', 'AWS-GR_REGION_DENY']));
    await until('Config has evaluated the rule', async () => {
      const { body: now } = await jetway.as('ana').get(`/v1/accounts/${accountId}/compliance`);
      const of = (control: string) => now.items.find((i: { control: string }) => i.control === control);
      // There are security groups to look at, but no volumes: nobody has said anything about those.
      return (
        of('AWS-GR_RESTRICTED_SSH').status === 'COMPLIANT' &&
        of('AWS-GR_ENCRYPTED_VOLUMES').status === 'UNKNOWN'
      );
    });
    const { body: summary } = await jetway.as('operator').get('/v1/compliance/summary');
    expect(summary).toMatchObject({
      accounts: { byStatus: { ACTIVE: expect.any(Number) } },
      guardrails: { enabled: expect.any(Number), byGuidance: { mandatory: expect.any(Number) } },
      compliance: { compliant: expect.any(Number) },
    });
  });
});
