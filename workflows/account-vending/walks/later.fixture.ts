import { expect } from 'vitest';
import { ACCOUNT_ID } from '../answers.fixture.ts';
import type { VendStep } from '../input.schema.ts';
import { plannedParameters } from '../plan.fixture.ts';
import { callsOf, factData, SMOOTH_FACTS, type Walk, type World } from '../vend.fixture.ts';

const from = (first: (typeof SMOOTH_FACTS)[number]): string[] =>
  SMOOTH_FACTS.slice(SMOOTH_FACTS.indexOf(first));

/** What an earlier execution has left behind. */
const provisioned = (world: World): void => void world.calls['servicecatalog:provisionProduct']();
const deployed = (world: World): void => {
  provisioned(world);
  for (const [name, digit] of Object.entries({
    'execution-role': '1',
    vpc: '2',
    'audit-roles': '3',
    'event-forwarding': '5',
    'guardrails-detective': '4',
  })) {
    world.state.stacks.set(`jetway-${name}`, {
      StackId: `arn:aws:cloudformation:us-east-1:${ACCOUNT_ID}:stack/jetway-${name}/1`,
      StackName: `jetway-${name}`,
      StackStatus: 'CREATE_COMPLETE',
      Parameters: plannedParameters(`jetway-${name}`),
      Outputs: world.state.outputs.get(`jetway-${name}`) ?? [],
      Tags: [{ Key: 'jetway:template-digest', Value: `sha256:${digit.repeat(64)}` }],
    });
  }
  for (const [name, digit, ...regions] of [
    ['event-forwarding', '5', 'eu-central-1', 'eu-west-1'],
    ['guardrails-detective', '4', 'eu-west-1'],
  ] as const) {
    const set = `jetway-${name}-${digit.repeat(12)}`;
    world.state.sets.sets.set(set, {
      digest: `sha256:${digit.repeat(64)}`,
      status: 'ACTIVE',
      permissions: 'SERVICE_MANAGED',
    });
    world.state.sets.instances.set(
      set,
      regions.map((region) => ({ region, status: 'CURRENT', detailed: 'SUCCEEDED', reason: '' })),
    );
  }
  world.state.policies.push({ Id: 'p-made300000', Name: 'jetway-guardrails-aaaa' });
  world.state.contents.set('p-made300000', '{"Version":"2012-10-17"}');
  world.state.attached.push('p-made300000');
};

/** A later execution of the same request begins at a step, and asks nobody for approval again. */
const resumed = (resumeAt: VendStep, rest: Partial<Walk>): Walk => ({
  name: `a later execution begins at ${resumeAt}`,
  later: { epoch: 1, resumeAt, accountId: ACCOUNT_ID },
  arrange: provisioned,
  facts: SMOOTH_FACTS,
  ends: 'ACTIVE',
  ...rest,
  check: (walked, world) => {
    expect(walked.asks.filter((ask) => ask.ask === 'approval')).toEqual([]);
    expect(callsOf(walked, 'servicecatalog:provisionProduct').length).toBeLessThanOrEqual(1);
    expect(Math.min(...walked.facts.map((fact) => fact.order))).toBeGreaterThan(100_000);
    rest.check?.(walked, world);
  },
});

export const laterExecutions: Walk[] = [
  resumed('provision', {
    name: 'a later execution begins at provision and finds nothing',
    arrange: () => undefined,
  }),
  resumed('provision', {}),
  resumed('enrol', {
    facts: from('AccountProvisioned'),
    arrange: (world) => {
      provisioned(world);
      world.state.product = { status: 'UNDER_CHANGE', record: 'rec-1' };
    },
    script: (world) => ({
      'servicecatalog:describeRecord': [
        (real) => {
          world.state.product = { status: 'AVAILABLE', record: 'rec-1' };
          return real();
        },
      ],
    }),
  }),
  resumed('fence', {
    facts: from('AccountProvisioned'),
    check: (walked) => expect(factData(walked, 'AccountProvisioned')).toEqual({ accountId: ACCOUNT_ID }),
  }),
  resumed('blueprint', { facts: from('BlueprintApplied') }),
  resumed('guardrails', { arrange: deployed, facts: from('GuardrailsAttached') }),
  resumed('verify', { arrange: deployed, facts: from('AccountVended') }),
  resumed('activate', { arrange: deployed, facts: from('AccountVended') }),
  resumed('access', { arrange: deployed, facts: from('AccountVended') }),
  resumed('blueprint', {
    name: 'a later execution that was not told the account looks for it',
    later: { epoch: 1, resumeAt: 'blueprint' },
  }),
  {
    name: 'a later execution that begins before the point of no return asks for approval',
    later: { epoch: 2, resumeAt: 'recheck' },
    facts: SMOOTH_FACTS,
    ends: 'ACTIVE',
    check: (walked) => expect(walked.asks[0]).toMatchObject({ ask: 'approval', order: 200_001 }),
  },
  {
    name: 'a later execution may only touch the account of its plan',
    later: { epoch: 1, resumeAt: 'access', accountId: '222233334444' },
    asks: { repair: ['silence'] },
    facts: ['AccountQuarantined'],
    ends: 'QUARANTINED',
    check: (walked) => expect(callsOf(walked, 'organizations:attachPolicy')).toEqual([]),
  },
];
