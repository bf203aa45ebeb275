import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listResources } from '../../infra/local/services/account-resources.ts';
import { failResource } from '../../infra/local/services/cloudformation/resource-faults.ts';
import type { AccountPlan } from '../../services/planning/plan.schema.ts';
import { type RequestAnswer, requestBody, startService, type TestService, until } from '../support/jetway.ts';
import { expectQuarantined, expectRepaired } from '../support/unfinished.ts';

const OTHER = 'eu-west-1';
const body = (word: string) =>
  requestBody(word, {
    guardrails: ['AWS-GR_RESTRICTED_SSH', 'AWS-GR_ROOT_ACCOUNT_MFA_ENABLED', 'AWS-GR_RESTRICT_ROOT_USER'],
  });

let jetway: TestService;
beforeAll(async () => {
  jetway = await startService();
});
afterAll(() => jetway?.close());

const rules = (accountId: string, region: string) =>
  listResources(jetway.aws.world.store, accountId, region, 'AWS::Config::ConfigRule').map((one) => one.id);

describe('an account of a landing zone that governs two Regions', () => {
  let plan: AccountPlan;
  let vended: RequestAnswer;
  let accountId: string;

  beforeAll(async () => {
    const asked = await jetway.submit(body('two-regions'));
    plan = await jetway.plan(asked.id);
    await jetway.decide(asked, 'approve');
    vended = await jetway.reachesActive(asked.id);
    accountId = vended.accountId!;
  });

  it('is planned for both, one entry for each component and Region', () => {
    const governed = plan.components.filter(({ name }) => /forwarding|detective/.test(name));
    expect(governed.map(({ name, region }) => `${name} ${region}`)).toEqual([
      'event-forwarding us-east-1',
      'event-forwarding eu-west-1',
      'guardrails-detective us-east-1',
      'guardrails-detective eu-west-1',
    ]);
    for (const { region, stackSetName, templateDigest, name } of plan.components) {
      const expected = `jetway-${name}-${templateDigest?.slice(7, 19)}`;
      expect(stackSetName).toBe(region === OTHER ? expected : undefined);
    }
    expect(plan.guardrails.detective[0]?.regions).toEqual(['us-east-1', OTHER]);
  });

  it('has the same rules in both, and its global role once', () => {
    expect(rules(accountId, 'us-east-1').sort()).toEqual(
      plan.guardrails.detective.map((rule) => rule.ruleName).sort(),
    );
    expect(rules(accountId, OTHER).sort()).toEqual(rules(accountId, 'us-east-1').sort());
    for (const region of ['us-east-1', OTHER])
      expect(listResources(jetway.aws.world.store, accountId, region, 'AWS::Events::Rule')).toHaveLength(2);
    const [forwarder] = listResources(jetway.aws.world.store, accountId, OTHER, 'AWS::IAM::Role').filter(
      ({ id }) => id === 'jetway-event-forwarder',
    );
    expect(forwarder?.stackId).toContain(':us-east-1:');
  });

  it('was confirmed by both before it was ACTIVE', async () => {
    const facts = await jetway.timeline(vended.id);
    const { verified } = facts.find((fact) => fact.type === 'AccountVended')!.data as {
      verified: { name: string; region: string; status: string; evidence: string }[];
    };
    // Access is given after ACTIVE, and read back there.
    for (const { name, region, mode } of plan.components.filter((one) => one.name !== 'identity-center')) {
      const found = verified.find((one) => one.name === name && one.region === region);
      expect(found?.status, `${name} ${region}`).toBe(
        mode === 'verify' ? 'VERIFIED' : region === OTHER ? 'CURRENT' : 'CREATE_COMPLETE',
      );
      expect(found?.evidence).toMatch(/\w{5}/);
    }
  });

  it('tells the ledger what Config says in the other Region', async () => {
    const of = (detail: { [key: string]: unknown }) => JSON.stringify(detail).includes(OTHER);
    await until('Config’s word from the other Region', async () => {
      const { body: facts } = await jetway.as('operator').get('/v1/ledger/facts?after=0&limit=500');
      return facts.items.some(
        (fact: { type: string; accountId?: string; data: { [key: string]: unknown } }) =>
          fact.type === 'ComplianceChanged' && fact.accountId === accountId && of(fact.data),
      );
    });
  });

  it('shares the stack sets with the next account: nothing is made twice', async () => {
    const asked = await jetway.order(body('second-account'));
    const second = await jetway.reachesActive(asked.id);
    expect(rules(second.accountId!, OTHER)).toEqual(rules(accountId, OTHER));
    const sets = plan.components.flatMap(({ stackSetName }) => stackSetName ?? []);
    expect(jetway.watch.of('cloudformation', 'CreateStackSet')).toHaveLength(sets.length);
    expect(jetway.watch.of('cloudformation', 'CreateStackInstances')).toHaveLength(2 * sets.length);
  });
});

describe('one Region of two that fails', () => {
  it('keeps the account in quarantine, is named, and a resume finishes it', async () => {
    failResource(jetway.aws.world, {
      stackName: 'StackSet-jetway-event-forwarding-*',
      region: OTHER,
      reason: 'The limit of rules is reached (Service: EventBridge, Status Code: 400)',
    });
    const before = jetway.watch.of('cloudformation', 'CreateStack').length;
    const asked = await jetway.order(body('one-fails'));
    const { failure, accountId } = await expectQuarantined(jetway, asked, 1);
    expect(failure).toMatchObject({ code: 'blueprint-failed', step: 'blueprint' });
    expect(failure?.detail).toMatch(
      /event-forwarding.*eu-west-1: OUTDATED FAILED.*The limit of rules is reached/,
    );
    const made = jetway.watch.of('cloudformation', 'CreateStack').length;
    expect(made).toBeGreaterThan(before);
    await expectRepaired(jetway, asked);
    expect(rules(accountId!, OTHER)).toEqual(rules(accountId!, 'us-east-1'));
    // What was there was left alone: the resume made one more stack at home, that of the rules.
    expect(jetway.watch.of('cloudformation', 'CreateStack').length - made).toBe(1);
  });
});
