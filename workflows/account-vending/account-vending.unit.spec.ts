import { afterAll, describe, expect, it } from 'vitest';
import { statesOf } from '../asl/walk.ts';
import type { Walked } from '../walk.fixture.ts';
import { accountVending } from './definition.ts';
import { callsOf, SMOOTH_FACTS, vend, type Walk, type World } from './vend.fixture.ts';
import { before } from './walks/before.fixture.ts';
import { fencing } from './walks/fence.fixture.ts';
import { guarding } from './walks/guardrails.fixture.ts';
import { lastSteps } from './walks/last.fixture.ts';
import { laterExecutions } from './walks/later.fixture.ts';
import { groups, inlinePolicies } from './walks/own-policies-and-groups.fixture.ts';
import { permissionSets } from './walks/permission-sets.fixture.ts';
import { policyQuotas } from './walks/policy-quotas.fixture.ts';
import { provisioning } from './walks/provision.fixture.ts';
import { stackSets } from './walks/stack-sets.fixture.ts';
import { stacks } from './walks/stacks.fixture.ts';
import { waitingForAccount } from './walks/waiting.fixture.ts';

const visited = new Set<string>();

const smooth: Walk = {
  name: 'from the input to the last assignment',
  facts: SMOOTH_FACTS,
  ends: 'ACTIVE',
  check: (walked) =>
    expect(walked.asks.map((ask) => ask.ask)).toEqual([
      'approval',
      'admission',
      'confirm-approval',
      'account-event',
    ]),
};

describe.each([
  ['the smooth vend', [smooth]],
  ['before the point of no return', before],
  ['quotas of policies', policyQuotas],
  ['provisioning', provisioning],
  ['waiting for the account', waitingForAccount],
  ['the fence', fencing],
  ['stacks and proofs', stacks],
  ['other Regions', stackSets],
  ['guardrails', guarding],
  ['the last steps', lastSteps],
  ['permission sets', permissionSets],
  ['a policy of a permission set’s own', inlinePolicies],
  ['a group that is missing', groups],
  ['later executions', laterExecutions],
])('%s', (_, walks) => {
  it.each(walks.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const { walked, world } = await vend(one);
    for (const state of walked.visited) visited.add(state);
    expect({
      facts: walked.facts.map((fact) => fact.type),
      ends: endOf(walked),
      error: walked.error,
    }).toEqual({
      facts: one.facts,
      ends: one.ends,
      error: one.ends === 'FAILED' ? expect.any(String) : undefined,
    });
    checkMessages(walked);
    checkProvisioning(walked);
    checkOrder(walked);
    checkEnd(walked, world);
    one.check?.(walked, world);
  });
});

const endOf = ({ status, output }: Walked): string =>
  status === 'SUCCEEDED' ? String((output as { outcome?: string }).outcome) : status;

/** Orders grow, ids are unique, and every message names its request and its plan. */
function checkMessages({ messages }: Walked): void {
  const orders = messages.map((message) => message.order);
  expect(orders).toEqual([...new Set(orders)].sort((a, b) => a - b));
  for (const { id, execution, order, requestId, planDigest } of messages) {
    expect(requestId).toBe('req-018e0000-0000-7000-8000-000000000001');
    expect(planDigest).toMatch(/^sha256:d+$/);
    expect(id).toBe(`${execution.split(':').at(-1)}:${order}`);
  }
}

/** Every call is the frozen plan, byte for byte, and at most one of them is accepted. */
function checkProvisioning(walked: Walked): void {
  const calls = callsOf(walked, 'servicecatalog:provisionProduct');
  expect(new Set(calls.map((call) => JSON.stringify(call.arguments))).size).toBeLessThanOrEqual(1);
  const approved = walked.asks.some((ask) => ask.ask === 'confirm-approval' || ask.order > 100_000);
  if (calls.length > 0 && walked.asks.length > 0)
    expect(approved || walked.asks[0]?.ask !== 'approval').toBe(true);
}

/** Fence first, people last. */
function checkOrder(walked: Walked): void {
  const index = (test: (call: Walked['calls'][number]) => boolean) => walked.calls.findIndex(test);
  const attaches = index((call) => call.action === 'organizations:attachPolicy' && fenceIn(call.arguments));
  const enters = index((call) => call.role !== undefined);
  if (enters >= 0) {
    expect(attaches).toBeGreaterThanOrEqual(0);
    expect(attaches).toBeLessThan(enters);
  }
  const assigns = index((call) => call.action === 'ssoadmin:createAccountAssignment');
  if (assigns < 0) return;
  const before = walked.calls.slice(0, assigns);
  expect(before.some((call) => call.action === 'organizations:detachPolicy')).toBe(true);
  const said = before.findIndex(
    (call) => call.action === 'sqs:sendMessage' && JSON.stringify(call.arguments).includes('AccountVended'),
  );
  expect(said).toBeGreaterThanOrEqual(0);
}

const fenceIn = (args: unknown): boolean => (args as { PolicyId?: string }).PolicyId === 'p-quarantine1';

/** The world agrees with what the execution says of it. */
function checkEnd(walked: Walked, { state }: World): void {
  const end = endOf(walked);
  const started = walked.facts.some((fact) => fact.type === 'ProvisioningStarted');
  if (started) expect(['ACTIVE', 'QUARANTINED', 'FAILED']).toContain(end);
  const last = walked.facts.at(-1);
  if (end === 'ACTIVE') {
    expect(state.attached).not.toContain('p-quarantine1');
    expect(state.attached.length).toBeGreaterThan(1);
    expect(last?.type).toBe('AccessAssigned');
    expect(walked.facts.slice(-1)[0]?.accountId).toBe('444455556666');
  }
  if (end === 'QUARANTINED') {
    expect(last?.type).toBe('AccountQuarantined');
    if (last?.data.fenced === true) expect(state.attached).toContain('p-quarantine1');
  }
}

afterAll(() => {
  const missing = statesOf(accountVending)
    .map(([name]) => name)
    .filter((name) => !visited.has(name));
  expect(missing, 'states that no walk has visited').toEqual([]);
});
