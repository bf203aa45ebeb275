import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RequestAnswer, requestBody, startService, type TestService, until } from '../support/jetway.ts';

/** AWS time passes only when it is made to; so the five minutes until nobody believes in an event any more can. */
let jetway: TestService;
beforeAll(async () => {
  jetway = await startService({ timeScale: 1, skippable: true });
});
afterAll(() => jetway?.close());
afterEach(() => {
  Object.assign(jetway.aws.events.faults, { dropRate: 0, duplicateRate: 0, shuffleMs: 0 });
  jetway.aws.faults.clear();
});

const body = (word: string) =>
  requestBody(word, {
    guardrails: ['AWS-GR_RESTRICT_ROOT_USER', 'AWS-GR_RESTRICTED_SSH'],
    access: [{ group: 'payments-admins', permissionSet: 'AdministratorAccess' }],
  });

async function vend(asked: RequestAnswer): Promise<RequestAnswer> {
  await jetway.passUntil(`${asked.id} is ACTIVE`, async () => {
    const { status, steps, failure } = await jetway.request(asked.id);
    if (failure) throw new Error(JSON.stringify(failure));
    return status === 'ACTIVE' && steps.every((s) => s.status === 'succeeded');
  });
  return jetway.request(asked.id);
}

/** What came out, without what is each vend's own. */
async function outcome(asked: RequestAnswer, at: TestService = jetway) {
  const done = await at.request(asked.id);
  const id = done.accountId!;
  const facts = await at.timeline(asked.id);
  return {
    status: done.status,
    steps: done.steps.map((s) => `${s.name} ${s.status}`),
    accounts: at.cloud.accountsWith(asked.account.email).length,
    accepted: at.accepted(asked.id),
    unit: at.cloud.parentOf(id),
    policies: at.cloud.policiesOf(id).map((p) => p.Name),
    stacks: at.cloud.stacksOf(id).map((s) => `${s.StackName} ${s.StackStatus}`),
    people: at.cloud.assignmentsOf(id).length,
    // As a set: a click may be read before or after the question.
    facts: facts
      .map((f) => f.type)
      .filter((type) => type !== 'ExecutionStatusChanged')
      .sort(),
    compliance: (await at.as('operator').get(`/v1/accounts/${id}/compliance`)).body.items.map(
      (i: { control: string; kind: string }) => `${i.kind} ${i.control}`,
    ),
  };
}

let undisturbed: Awaited<ReturnType<typeof outcome>>;

describe('events of AWS are hints', () => {
  it('that come once and in order', async () => {
    const asked = await jetway.order(body('plain'));
    await vend(asked);
    undisturbed = await outcome(asked);
    expect(undisturbed).toMatchObject({ accounts: 1, accepted: 1, people: 1 });
  });

  it('all lost: the same comes out, a little later', async () => {
    jetway.aws.events.faults.dropRate = 1;
    const { dropped } = { ...jetway.aws.events.counts };
    const asked = await jetway.order(body('lost'));
    await vend(asked);
    expect(jetway.aws.events.counts.dropped).toBeGreaterThan(dropped + 3);
    expect(await outcome(asked)).toEqual(undisturbed);
  });

  it('all doubled: the same comes out', async () => {
    jetway.aws.events.faults.duplicateRate = 1;
    const asked = await jetway.order(body('doubled'));
    await vend(asked);
    expect(jetway.aws.events.counts.duplicated).toBeGreaterThan(3);
    expect(await outcome(asked)).toEqual(undisturbed);
  });

  it('up to an hour late, so that they overtake one another: the same comes out', async () => {
    Object.assign(jetway.aws.events.faults, { duplicateRate: 0.5, shuffleMs: 3_600_000 });
    const asked = await jetway.order(body('late'));
    await vend(asked);
    jetway.skip(2 * 3_600_000);
    // What comes in at last is read, answered by nothing or by a fence that goes up and comes down again.
    await jetway.passUntil('no fence is left', async () => {
      const done = await jetway.request(asked.id);
      return !jetway.cloud.isFenced(done.accountId!);
    });
    expect(await outcome(asked)).toEqual(undisturbed);
  });

  it('forged, from another account or with our name: change nothing', async () => {
    const asked = await jetway.submit(body('forged'));
    await jetway.reaches(asked.id, 'AWAITING_APPROVAL');
    const before = await jetway.request(asked.id);
    for (const Source of ['jetway', 'custom.controltower']) {
      const detail = { type: 'AccountVended', requestId: asked.id, accountId: '999999999999', data: {} };
      const entry = {
        Source,
        DetailType: 'AccountVended',
        Detail: JSON.stringify(detail),
        EventBusName: 'jetway',
      };
      jetway.cloud.call('events', 'PutEvents', { Entries: [entry] });
    }
    jetway.skip(60_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await jetway.request(asked.id)).toEqual(before);
  });
});

describe('calls whose answer is lost or refused for a while', () => {
  it('ProvisionProduct was executed and nobody heard: still one account', async () => {
    jetway.aws.faults.inject({ service: 'servicecatalog', action: 'ProvisionProduct', kind: 'lost-reply' });
    const asked = await jetway.order(body('unheard'));
    await vend(asked);
    expect(jetway.aws.faults.hits.get('lost-reply servicecatalog:ProvisionProduct')).toBe(1);
    expect(await outcome(asked)).toMatchObject({ status: 'ACTIVE', accounts: 1, accepted: 1 });
  });

  it('ProvisionProduct is throttled for a while: still one account', async () => {
    jetway.aws.faults.inject({
      service: 'servicecatalog',
      action: 'ProvisionProduct',
      kind: 'throttle',
      times: 3,
    });
    const asked = await jetway.order(body('throttled'));
    await vend(asked);
    expect(await outcome(asked)).toMatchObject({ status: 'ACTIVE', accounts: 1, accepted: 1 });
  });
});

it('every service throttles one call in five and loses one answer in ten: still the same', async () => {
  // Here nobody makes time jump: retries of the service and of AWS keep their real proportions.
  const stormy = await startService();
  try {
    const services = ['organizations', 'servicecatalog', 'controltower', 'service-quotas', 'sso-admin'];
    const others = ['cloudformation', 'config', 'cloudtrail', 'stepfunctions', 'events'];
    for (const service of [...services, ...others]) {
      stormy.aws.faults.inject({ service, action: '*', kind: 'throttle', rate: 0.2 });
      stormy.aws.faults.inject({ service, action: '*', kind: 'lost-reply', rate: 0.1 });
    }
    // Reading the queue is left alone: a lost answer hides its messages for half a minute, and nothing is to be learnt.
    stormy.aws.faults.inject({ service: 'sqs', action: 'SendMessage', kind: 'throttle', rate: 0.2 });
    const asked = await Promise.all([1, 2, 3].map(() => stormy.order(body('storm'))));
    for (const { id } of asked) await stormy.reachesActive(id, 60_000);
    stormy.aws.faults.clear();
    const open = ({ email }: { email: string }) =>
      stormy.cloud.accountsWith(email).every(({ Id }) => !stormy.cloud.isFenced(Id));
    await until('every account is open', () => asked.every(({ account }) => open(account)));
    for (const one of asked) {
      const { facts: _f, stacks, ...rest } = await outcome(one, stormy);
      const { facts: _u, stacks: wanted, ...plain } = undisturbed;
      expect(rest).toEqual(plain);
      expect([...stacks].sort()).toEqual([...wanted].sort());
    }
  } finally {
    await stormy.close();
  }
}, 120_000);
