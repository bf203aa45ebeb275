import { expect } from 'vitest';
import { LEAST } from '../../../services/guardrails/slots.ts';
import { answer, refuse, times } from '../../walk.fixture.ts';
import { modified, type Walk } from '../change.fixture.ts';

const REJECTED = ['RequestRejected'] as const;
const LATE = ['ChangePreviewed', 'RequestRejected'] as const;

const rejected =
  (code: string, detail: RegExp = /./): NonNullable<Walk['check']> =>
  (walked, world) => {
    const { data } = walked.facts.at(-1)!;
    expect(data.code).toBe(code);
    expect(`${data.detail ?? ''}${data.error ?? ''}: ${data.cause ?? ''}`).toMatch(detail);
    // What was made to look at is thrown away.
    expect([...world.sets.keys()]).toEqual([]);
  };
const undeclared = (cause: string) => refuse('CloudFormation.CloudFormationException', cause);

const account: Walk[] = [
  {
    name: 'the account is not in the organization',
    arrange: ({ state }) => void state.accounts.pop(),
    facts: REJECTED,
    ends: 'NOTHING_CHANGED',
    check: rejected('account-not-there'),
  },
  {
    name: 'the account is suspended',
    arrange: ({ state }) => {
      state.accounts.at(-1)!.State = 'SUSPENDED';
    },
    facts: REJECTED,
    ends: 'NOTHING_CHANGED',
    check: rejected('account-not-there', /SUSPENDED/),
  },
  {
    name: 'the account has another address',
    arrange: ({ state }) => {
      state.accounts.at(-1)!.Email = 'other@example.com';
    },
    facts: REJECTED,
    ends: 'NOTHING_CHANGED',
    check: rejected('account-not-there', /other@example.com/),
  },
  {
    name: 'the account is in another unit',
    arrange: ({ state }) => {
      state.parent = 'ou-ab12-elsewhere';
    },
    facts: REJECTED,
    ends: 'NOTHING_CHANGED',
    check: rejected('account-moved', /ou-ab12-elsewhere/),
  },
  {
    name: 'Organizations does not answer',
    script: {
      'organizations:describeAccount': times(20, refuse('Organizations.AccessDeniedException', 'no')),
    },
    facts: REJECTED,
    ends: 'NOTHING_CHANGED',
    check: rejected('check-failed', /no/),
  },
];

const previews: Walk[] = [
  {
    name: 'CloudFormation would replace what the plan does not say',
    arrange: ({ changes }) =>
      void changes.set('jetway-vpc', [modified('Endpoint', 'True'), modified('Vpc', 'True'), modified('X')]),
    facts: REJECTED,
    ends: 'NOTHING_CHANGED',
    check: rejected('change-not-announced', /would replace Vpc \(AWS::Some::Type\) in stack jetway-vpc/),
  },
  {
    name: 'CloudFormation would remove what the plan does not say',
    arrange: ({ changes }) =>
      void changes.set('jetway-execution-role', [{ ...modified('Role'), Action: 'Remove' }]),
    facts: REJECTED,
    ends: 'NOTHING_CHANGED',
    check: rejected('change-not-announced', /would remove Role/),
  },
  {
    name: 'a resource falls with one that is replaced',
    arrange: ({ changes }) =>
      void changes.set('jetway-vpc', [
        modified('Endpoint', 'True'),
        modified('Record', 'Conditional', [
          { Target: { RequiresRecreation: 'Always' }, CausingEntity: 'Endpoint.DnsEntries' },
        ]),
      ]),
    facts: REJECTED,
    ends: 'NOTHING_CHANGED',
    check: rejected('change-not-announced', /would replace Record/),
  },
  {
    name: 'a stack is missing',
    arrange: ({ state }) => void state.stacks.delete('jetway-vpc'),
    facts: REJECTED,
    ends: 'NOTHING_CHANGED',
    check: rejected('stack-not-ready', /does not exist/),
  },
  {
    name: 'a stack is broken',
    arrange: ({ state }) => {
      state.stacks.get('jetway-vpc')!.StackStatus = 'UPDATE_ROLLBACK_FAILED';
    },
    facts: REJECTED,
    ends: 'NOTHING_CHANGED',
    check: rejected('stack-not-ready', /UPDATE_ROLLBACK_FAILED/),
  },
  {
    name: 'the stack cannot be read',
    script: { 'cloudformation:describeStacks': times(9, undeclared('Rate exceeded')) },
    facts: REJECTED,
    ends: 'NOTHING_CHANGED',
    check: rejected('stack-not-ready', /Rate exceeded/),
  },
  {
    name: 'the change set is refused',
    script: { 'cloudformation:createChangeSet': times(9, undeclared('Template format error')) },
    facts: REJECTED,
    ends: 'NOTHING_CHANGED',
    check: rejected('stack-not-ready', /Template format error/),
  },
  {
    name: 'the change set fails',
    script: {
      'cloudformation:describeChangeSet': [answer({ Status: 'FAILED', StatusReason: 'Transform failed' })],
    },
    facts: REJECTED,
    ends: 'NOTHING_CHANGED',
    check: (walked) => expect(walked.facts[0]?.data.cause).toMatch(/Transform failed/),
  },
];

export const before: readonly Walk[] = [
  ...account,
  ...previews,
  {
    name: 'nobody decides in time',
    asks: { approval: ['silence'] },
    facts: ['ChangePreviewed', 'RequestExpired'],
    ends: 'NOTHING_CHANGED',
  },
  {
    name: 'an approver says no',
    asks: { approval: [{ outcome: 'denied' }] },
    facts: ['ChangePreviewed'],
    ends: 'NOTHING_CHANGED',
  },
  {
    name: 'the account moved while people thought',
    script: {
      'organizations:listParents': [(real) => real(), answer({ Parents: [{ Id: 'r-ab12', Type: 'ROOT' }] })],
    },
    facts: LATE,
    ends: 'NOTHING_CHANGED',
    check: rejected('account-moved', /r-ab12/),
  },
  {
    name: 'old and new policies do not fit at once',
    arrange: ({ state }) => {
      state.quotas.policies = 3;
    },
    facts: LATE,
    ends: 'NOTHING_CHANGED',
    check: rejected('policy-slots', /room for 4 policies.*3 may be attached/),
  },
  {
    name: 'quotas are not told here, and old and new policies need more than the least there ever was',
    arrange: ({ state }) => {
      for (const Id of ['p-more00001', 'p-more00002']) {
        state.policies.push({ Id, Name: Id });
        state.attached.push(Id);
      }
    },
    script: {
      'servicequotas:listServiceQuotas': [refuse('ServiceQuotas.NoSuchResourceException', 'does not exist')],
    },
    facts: LATE,
    ends: 'NOTHING_CHANGED',
    check: rejected('policy-slots', new RegExp(`${LEAST.policies} may be attached`)),
  },
  {
    name: 'a policy is longer than it may be now',
    arrange: ({ state }) => {
      state.quotas.size = 10;
    },
    facts: LATE,
    ends: 'NOTHING_CHANGED',
    check: rejected('policy-size', /jetway-guardrails-aaaa/),
  },
  {
    name: 'the approval does not hold',
    asks: { 'confirm-approval': [{ outcome: 'refused', detail: 'signed by somebody else' }] },
    facts: LATE,
    ends: 'NOTHING_CHANGED',
    check: rejected('approval-refused', /somebody else/),
  },
  {
    name: 'the approval is not confirmed in time',
    asks: { 'confirm-approval': ['silence'] },
    facts: LATE,
    ends: 'NOTHING_CHANGED',
    check: rejected('confirmation-timed-out'),
  },
  {
    name: 'it is cancelled at the last moment',
    asks: { 'confirm-approval': [{ outcome: 'cancelled' }] },
    facts: ['ChangePreviewed'],
    ends: 'NOTHING_CHANGED',
  },
];
