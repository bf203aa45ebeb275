import { afterAll, describe, expect, it } from 'vitest';
import { statesOf } from '../asl/walk.ts';
import { type AskAnswer, refuse, type Script, times, type Walked, walk } from '../walk.fixture.ts';
import { accountFence } from './definition.ts';
import { AccountFenceInput } from './input.schema.ts';

const ACCOUNT_ID = '444455556666';
const FENCE = 'p-quarantine1';
const visited = new Set<string>();

const input = AccountFenceInput.parse({
  source: 'aws.organizations',
  detail: {
    eventName: 'CreateAccountResult',
    serviceEventDetails: { createAccountStatus: { id: 'car-1', state: 'SUCCEEDED', accountId: ACCOUNT_ID } },
  },
});

async function fence(
  asks: Record<string, AskAnswer>,
  script: Script = {},
  policies = ['a', 'b', 'jetway-quarantine'],
) {
  const attached = new Set<string>();
  const calls: Record<string, (args: { PolicyId: string; NextToken?: string }) => unknown> = {
    'organizations:describeAccount': () => ({
      Account: { Id: ACCOUNT_ID, Email: 'aws+payments-prod@example.com', Name: 'payments-prod' },
    }),
    'organizations:listPolicies': ({ NextToken }) => {
      const at = Number(NextToken ?? 0);
      const Name = policies[at];
      return {
        Policies: [{ Id: Name === 'jetway-quarantine' ? FENCE : `p-${Name}0000000`, Name }],
        ...(at + 1 < policies.length ? { NextToken: String(at + 1) } : {}),
      };
    },
    'organizations:attachPolicy': ({ PolicyId }) => attached.add(PolicyId) && {},
    'organizations:detachPolicy': ({ PolicyId }) => attached.delete(PolicyId) && {},
  };
  const walked = await walk({
    name: 'account-fence',
    definition: accountFence,
    executionName: 'event-1',
    input,
    world: (action, args) => calls[action]?.(args) ?? {},
    script,
    asks: Object.fromEntries(Object.entries(asks).map(([stage, reply]) => [`fence:${stage}`, [reply]])),
  });
  for (const state of walked.visited) visited.add(state);
  return { walked, fenced: attached.has(FENCE) };
}

const outcomeOf = ({ output }: Walked) => (output as { outcome?: string } | undefined)?.outcome;
const FENCED = { attach: { outcome: 'fence' }, keep: { outcome: 'fence' } };

describe('account-fence', () => {
  it('fences an account that was asked for, and keeps the fence for the vend to lift', async () => {
    const { walked, fenced } = await fence(FENCED);
    expect(fenced).toBe(true);
    expect(outcomeOf(walked)).toBe('FENCED');
    expect(walked.facts).toMatchObject([
      {
        type: 'AccountFenced',
        accountId: ACCOUNT_ID,
        order: 2,
        data: { accountId: ACCOUNT_ID, by: 'account-fence' },
      },
    ]);
    expect(walked.asks.map((ask) => ask.data)).toEqual(
      ['attach', 'keep'].map((stage) => ({
        accountId: ACCOUNT_ID,
        email: 'aws+payments-prod@example.com',
        name: 'payments-prod',
        stage,
      })),
    );
  });

  it('leaves an account of others alone', async () => {
    const { walked, fenced } = await fence({ attach: { outcome: 'leave' } });
    expect({ fenced, outcome: outcomeOf(walked), facts: walked.facts }).toEqual({
      fenced: false,
      outcome: 'LEFT_ALONE',
      facts: [],
    });
  });

  it('takes the fence down when the vend had finished before it went up', async () => {
    const { walked, fenced } = await fence({ attach: { outcome: 'fence' }, keep: { outcome: 'leave' } });
    expect({ fenced, outcome: outcomeOf(walked) }).toEqual({ fenced: false, outcome: 'LEFT_ALONE' });
  });

  it('has nothing to take down when the vend did', async () => {
    const { walked } = await fence(
      { attach: { outcome: 'fence' }, keep: { outcome: 'leave' } },
      { 'organizations:detachPolicy': [refuse('Organizations.PolicyNotAttachedException')] },
    );
    expect(outcomeOf(walked)).toBe('LEFT_ALONE');
  });

  it('fences when it is asked for and nobody answers, and keeps the fence', async () => {
    const { walked, fenced } = await fence({ attach: 'silence', keep: 'silence' });
    expect({ fenced, outcome: outcomeOf(walked) }).toEqual({ fenced: true, outcome: 'FENCED' });
    expect(walked.atMs).toBe((600 + 86_400) * 1000);
  });

  it('attaches nothing when it cannot even ask', async () => {
    const { walked, fenced } = await fence(FENCED, {
      'ask:fence': times(9, refuse('SQS.AmazonSQSException')),
    });
    expect({ fenced, status: walked.status }).toEqual({ fenced: false, status: 'FAILED' });
  });

  it('is content with a fence that is up already', async () => {
    const { walked } = await fence(FENCED, {
      'organizations:attachPolicy': [
        refuse('Organizations.ConcurrentModificationException'),
        refuse('Organizations.DuplicatePolicyAttachmentException'),
      ],
    });
    expect(outcomeOf(walked)).toBe('FENCED');
  });

  it('asks the second question even when the first fact cannot be said', async () => {
    const { walked, fenced } = await fence(
      { attach: { outcome: 'fence' }, keep: { outcome: 'leave' } },
      { 'fact:AccountFenced': times(9, refuse('SQS.AmazonSQSException')) },
    );
    expect({ fenced, asks: walked.asks.length }).toEqual({ fenced: false, asks: 2 });
  });

  it('says so when the organization has no fence', async () => {
    const { walked } = await fence(FENCED, {}, ['a', 'b']);
    expect(walked.error).toContain('jetway-quarantine');
  });

  it('waits for an account that is not listed yet', async () => {
    const { walked } = await fence(FENCED, {
      'organizations:describeAccount': [refuse('Organizations.AccountNotFoundException')],
    });
    expect(outcomeOf(walked)).toBe('FENCED');
  });
});

afterAll(() => {
  const missing = statesOf(accountFence)
    .map(([name]) => name)
    .filter((name) => !visited.has(name));
  expect(missing, 'states that no walk has visited').toEqual([]);
});
