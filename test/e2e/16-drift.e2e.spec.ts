import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AccountResource,
  deleteResource,
  listResources,
  putResource,
} from '../../infra/local/services/account-resources.ts';
import { requestBody, startService, type TestService, until } from '../support/jetway.ts';

let jetway: TestService;
let accountId: string;
beforeAll(async () => {
  jetway = await startService();
  const asked = await jetway.order(
    requestBody('drift', {
      blueprint: { name: 'standard' },
      guardrails: ['AWS-GR_RESTRICT_ROOT_USER', 'AWS-GR_RESTRICTED_SSH'],
    }),
  );
  accountId = (await jetway.reachesActive(asked.id)).accountId!;
}, 90_000);
afterAll(() => jetway?.close());

type Drift = {
  status: string;
  checkedAt: string;
  stacks: { resourceId: string; status: string; annotation?: string }[];
};
type Item = { control: string; status: string; resources: { annotation?: string }[] };

const ana = () => jetway.as('ana');
const compliance = async (): Promise<{ items: Item[]; drift?: Drift }> =>
  (await ana().get(`/v1/accounts/${accountId}/compliance`)).body;
const timeline = async () =>
  (await ana().get(`/v1/accounts/${accountId}/timeline`)).body.items as {
    type: string;
    data: Record<string, unknown>;
  }[];
const nonCompliant = async () =>
  (await jetway.as('operator').get('/v1/compliance?status=NON_COMPLIANT')).body.items as {
    accountId: string;
    rule: string;
    control: string | null;
    region: string;
    resourceId: string;
    annotation: string;
  }[];
const summary = async () => (await jetway.as('operator').get('/v1/compliance/summary')).body.compliance;

/** Has somebody look, and waits for what that look says. */
async function look(): Promise<Drift> {
  const { status, body } = await ana().post(`/v1/accounts/${accountId}/drift-checks`);
  expect(status).toBe(202);
  let found: Drift | undefined;
  await until(`${body.checkId} has looked`, async () => {
    const facts = await timeline();
    found = (await compliance()).drift;
    return facts.some((f) => f.type === 'DriftChecked' && f.data.checkId === body.checkId);
  });
  return found!;
}

/** Changes the account past its stacks, as a person in the console would. */
function behindTheStack(
  type: string,
  logicalName: string,
  change: (found: AccountResource) => AccountResource | null,
) {
  const { store } = jetway.aws.world;
  const found = listResources(store, accountId, jetway.aws.region, type).find((one) =>
    one.id.includes(logicalName),
  );
  if (!found) throw new Error(`the account has no ${type} ${logicalName}`);
  const changed = change(found);
  store.transaction(() =>
    changed ? putResource(store, changed) : deleteResource(store, accountId, found.region, type, found.id),
  );
  return () => store.transaction(() => putResource(store, found));
}

describe('an account that nobody touched', () => {
  it('is as planned: stacks, policies, rules and controls', async () => {
    expect(await look()).toMatchObject({ status: 'IN_SYNC', stacks: [], couldNotRead: [] });
    expect(await nonCompliant()).toEqual([]);
    expect((await timeline()).some((f) => f.type === 'DriftDetected')).toBe(false);
  });
});

describe('what is changed behind our back', () => {
  const mend: (() => void)[] = [];

  it('is found by a look: a role’s trust, a Config rule, a policy', async () => {
    mend.push(
      behindTheStack('AWS::IAM::Role', 'jetway-audit-read-only', (role) => ({
        ...role,
        properties: {
          ...role.properties,
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
          },
        },
      })),
      behindTheStack('AWS::Config::ConfigRule', '', () => null),
    );
    const policy = jetway.cloud
      .policiesOf(accountId)
      .find((p) => p.Name.startsWith('jetway-') && p.Name !== 'jetway-quarantine')!;
    const at = { PolicyId: policy.Id, TargetId: accountId };
    jetway.cloud.call('organizations', 'DetachPolicy', at);
    mend.push(() => jetway.cloud.call('organizations', 'AttachPolicy', at));

    const drift = await look();
    expect(drift.status).toBe('DRIFTED');
    const words = drift.stacks.map((s) => `${s.status} ${s.annotation}`).join('\n');
    expect(words).toMatch(
      /jetway-audit-read-only.* was changed outside of the stack: \/AssumeRolePolicyDocument/,
    );
    expect(words).toMatch(/of stack jetway-guardrails-detective was deleted/);
    const items = (await compliance()).items.filter((i) => i.status === 'NON_COMPLIANT');
    expect(items.map((i) => i.control)).toEqual(
      expect.arrayContaining(['AWS-GR_RESTRICT_ROOT_USER', 'AWS-GR_RESTRICTED_SSH']),
    );
    expect(JSON.stringify(items)).toContain(`${policy.Name}, which carries it, is not attached`);
    expect(await summary()).toMatchObject({ nonCompliant: 1, compliant: 0 });
  });

  it('is said to the world: one event for each thing, and the account stays what it is', async () => {
    const facts = await timeline();
    const detected = facts.filter((f) => f.type === 'DriftDetected');
    expect(detected.length).toBeGreaterThanOrEqual(4);
    expect(new Set(detected.map((f) => f.data.driftId)).size).toBe(detected.length);
    await look();
    expect((await timeline()).filter((f) => f.type === 'DriftDetected')).toHaveLength(detected.length);
    expect((await ana().get(`/v1/accounts/${accountId}`)).body.status).toBe('ACTIVE');
    expect((await jetway.as('operator').get('/v1/ledger/verify')).body.ok).toBe(true);
  });

  it('is compliant again when a look finds it mended', async () => {
    for (const one of mend) one();
    // A look that an event has asked for may be under way still, and has begun too early.
    await until('a look finds it mended', async () => (await look()).status === 'IN_SYNC');
    expect((await compliance()).drift?.stacks.every((s) => s.status === 'COMPLIANT')).toBe(true);
    expect(await nonCompliant()).toEqual([]);
    expect((await compliance()).items.filter((i) => i.status === 'NON_COMPLIANT')).toEqual([]);
  });

  it('is looked for at once when somebody takes a policy off', async () => {
    const policy = jetway.cloud.policiesOf(accountId).find((p) => p.Name.startsWith('jetway-'))!;
    jetway.cloud.call('organizations', 'DetachPolicy', { PolicyId: policy.Id, TargetId: accountId });
    await until('a look has found it', async () => (await nonCompliant()).length > 0);
  });
});

it('a stack that somebody else finds drifted is looked at, once', async () => {
  const isDrifted = async () => (await compliance()).drift?.stacks.some((s) => s.status === 'NON_COMPLIANT');
  const looks = async () => (await timeline()).filter((f) => f.type === 'DriftChecked').length;
  /** Nothing happens any more at AWS, and no look is under way or due. */
  const quiet = async () => {
    await jetway.aws.settle();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await until('nobody is looking', async () => {
      await jetway.aws.settle();
      return (await jetway.looks()).every((one) => one === 'done');
    });
  };
  expect(await isDrifted()).toBe(false);
  await quiet();
  const mend = behindTheStack('AWS::IAM::Role', 'jetway-audit-read-only', (role) => ({
    ...role,
    properties: { ...role.properties, MaxSessionDuration: 43_200 },
  }));
  const before = await looks();
  jetway.cloud.callIn(accountId, 'cloudformation', 'DetectStackDrift', { StackName: 'jetway-audit-roles' });
  await until('a look has found it', async () => (await isDrifted()) === true);
  // The look's own detections are events too, and lead to no other look.
  await quiet();
  expect(await looks()).toBe(before + 1);
  mend();
});

it('another Region that has lost its rules is said, control by control', async () => {
  const plan = await jetway.plan((await ana().get(`/v1/accounts/${accountId}`)).body.requestId);
  const { stackSetName } = plan.components.find(
    (one) => one.name === 'guardrails-detective' && one.region === 'eu-west-1',
  )!;
  jetway.cloud.call('cloudformation', 'DeleteStackInstances', {
    StackSetName: stackSetName,
    DeploymentTargets: {
      OrganizationalUnitIds: [plan.account.organizationalUnitId],
      Accounts: [accountId],
      AccountFilterType: 'INTERSECTION',
    },
    Regions: ['eu-west-1'],
    RetainStacks: false,
    OperationId: 'somebody-else-1',
    CallAs: 'SELF',
  });
  await jetway.aws.settle();
  const drift = await look();
  expect(drift.status).toBe('DRIFTED');
  expect(drift.stacks).toContainEqual(
    expect.objectContaining({
      resourceId: stackSetName,
      region: 'eu-west-1',
      annotation: expect.stringMatching(/has no instance of guardrails-detective .* in eu-west-1/),
    }),
  );
  expect(await nonCompliant()).toContainEqual(
    expect.objectContaining({ control: 'AWS-GR_RESTRICTED_SSH', region: 'eu-west-1' }),
  );
});

it('is not for other teams, and not for an account that is not there', async () => {
  const stranger = jetway.as({ subject: 'eve@example.com', teams: ['other'], roles: ['requester'] });
  expect((await stranger.post(`/v1/accounts/${accountId}/drift-checks`)).status).toBe(404);
  const auditor = jetway.as({ subject: 'max@example.com', teams: [], roles: ['auditor'] });
  expect((await auditor.post(`/v1/accounts/${accountId}/drift-checks`)).status).toBe(403);
  expect((await jetway.as('operator').post('/v1/accounts/111122223333/drift-checks')).body.code).toBe(
    'not-active',
  );
});
