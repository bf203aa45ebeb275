import { expect } from 'vitest';
import { answer, asUsual, refuse, times } from '../../walk.fixture.ts';
import { examplePlan } from '../plan.fixture.ts';
import { callsOf, factData, repairedBefore, SMOOTH_FACTS, type Walk } from '../vend.fixture.ts';

const DENIED = refuse('Organizations.AccessDeniedException');
const WITHOUT_FENCE = answer({ Policies: [{ Id: 'p-FullAWSAccess', Name: 'FullAWSAccess' }] });

const repaired = (name: string, rest: Partial<Walk>): Walk => ({
  name,
  facts: repairedBefore('AccountProvisioned'),
  ends: 'ACTIVE',
  ...rest,
  check: (walked, world) => {
    expect(factData(walked, 'AccountQuarantined')).toMatchObject({ step: 'fence' });
    rest.check?.(walked, world);
  },
});

/** The account is verified and fenced before anything is done in it. */
export const fencing: Walk[] = [
  {
    name: 'the account of the record is not ours: it is not touched',
    script: () => ({
      'organizations:describeAccount': [
        answer({ Account: { Id: '444455556666', Email: 'somebody@else.example' } }),
      ],
    }),
    facts: repairedBefore('AccountProvisioned', 'ProvisioningStarted'),
    ends: 'ACTIVE',
    check: (walked) => {
      const quarantined = factData(walked, 'AccountQuarantined');
      expect(quarantined).toMatchObject({ step: 'provision', error: 'AccountMismatch', fenced: false });
      expect(quarantined).not.toHaveProperty('accountId');
    },
  },
  ...['111122223333', '333344445555'].map(
    (id): Walk => ({
      name: `the account of the record is ${id}, on which the landing zone stands: it is not touched`,
      script: () => ({
        'servicecatalog:describeRecord': [
          answer({
            RecordDetail: { RecordId: 'rec-1', Status: 'SUCCEEDED' },
            RecordOutputs: [{ OutputKey: 'AccountId', OutputValue: id }],
          }),
        ],
        // Even if its address is the planned one.
        'organizations:describeAccount': [answer({ Account: { Id: id, Email: examplePlan.account.email } })],
      }),
      facts: repairedBefore('AccountProvisioned', 'ProvisioningStarted'),
      ends: 'ACTIVE',
      check: (walked) => {
        const quarantined = factData(walked, 'AccountQuarantined');
        expect(quarantined).toMatchObject({ step: 'provision', error: 'ReservedAccount', fenced: false });
        expect(quarantined).not.toHaveProperty('accountId');
        const touched = callsOf(walked, 'organizations:attachPolicy').map(
          ({ arguments: args }) => (args as { TargetId: string }).TargetId,
        );
        expect(touched).not.toContain(id);
      },
    }),
  ),
  repaired('the account cannot be read', { script: () => ({ 'organizations:describeAccount': [DENIED] }) }),
  repaired('the fence cannot be attached', {
    script: () => ({ 'organizations:attachPolicy': [refuse('Organizations.PolicyNotFoundException')] }),
    check: (walked) => expect(factData(walked, 'AccountQuarantined')).toMatchObject({ fenced: true }),
  }),
  {
    name: 'the fence is up already',
    arrange: ({ state }) => {
      state.attached.push('p-quarantine1');
    },
    facts: SMOOTH_FACTS,
    ends: 'ACTIVE',
  },
  {
    name: 'the fence is attached in spite of conflicts, and the list lags behind',
    script: () => ({
      'organizations:attachPolicy': [
        refuse('Organizations.ConcurrentModificationException'),
        refuse('Organizations.PolicyChangesInProgressException'),
      ],
      'organizations:listPoliciesForTarget': [WITHOUT_FENCE, WITHOUT_FENCE],
    }),
    facts: SMOOTH_FACTS,
    ends: 'ACTIVE',
  },
  repaired('the fence is never listed', {
    script: () => ({ 'organizations:listPoliciesForTarget': times(11, WITHOUT_FENCE) }),
    check: (walked) =>
      expect(factData(walked, 'AccountQuarantined')).toMatchObject({ error: 'FenceNotConfirmed' }),
  }),
  repaired('the policies of the account cannot be listed', {
    script: () => ({ 'organizations:listPoliciesForTarget': [DENIED] }),
  }),
  repaired('where the account stands cannot be read', {
    script: () => ({ 'organizations:listParents': [DENIED] }),
  }),
  repaired('the account cannot be tagged', {
    script: () => ({ 'organizations:tagResource': [DENIED] }),
    check: (_, world) =>
      expect(world.state.tags).toEqual({
        'jetway:request-id': 'req-018e0000-0000-7000-8000-000000000001',
        'jetway:team': 'payments',
        'cost-center': '4711',
      }),
  }),
  repaired('that the account is there cannot be said', {
    script: () => ({ 'fact:AccountProvisioned': times(9, refuse('SQS.AmazonSQSException')) }),
  }),
  {
    name: 'the parked vend is not resumed',
    script: () => ({ 'organizations:tagResource': [DENIED] }),
    asks: { repair: ['silence'] },
    facts: ['ProvisioningStarted', 'AccountQuarantined'],
    ends: 'QUARANTINED',
    check: (walked) => expect(walked.atMs).toBeGreaterThanOrEqual(25_920_000_000),
  },
  {
    name: 'only the word resume resumes',
    script: () => ({ 'organizations:tagResource': [DENIED] }),
    asks: { repair: [{ outcome: 'maybe' }, { outcome: 'resume' }] },
    facts: repairedBefore('AccountProvisioned'),
    ends: 'ACTIVE',
    check: (walked) => expect(walked.asks.filter((ask) => ask.ask === 'repair')).toHaveLength(2),
  },
  {
    name: 'quarantine without a fence says so',
    script: () => ({
      'organizations:tagResource': [DENIED],
      'organizations:attachPolicy': [asUsual, DENIED],
    }),
    asks: { repair: ['silence'] },
    facts: ['ProvisioningStarted', 'AccountQuarantined'],
    ends: 'QUARANTINED',
    check: (walked) => expect(factData(walked, 'AccountQuarantined')).toMatchObject({ fenced: false }),
  },
  {
    name: 'that it goes on cannot be said: the repair is asked for again',
    script: () => ({
      'organizations:tagResource': [DENIED],
      'fact:VendResumed': times(9, refuse('SQS.AmazonSQSException')),
    }),
    asks: { repair: [{ outcome: 'resume' }] },
    facts: repairedBefore('AccountProvisioned'),
    ends: 'ACTIVE',
  },
  {
    name: 'without an inbox the execution fails where it can be redriven',
    script: () => ({
      'organizations:tagResource': [DENIED],
      'fact:AccountQuarantined': times(501, refuse('SQS.AmazonSQSException')),
    }),
    facts: ['ProvisioningStarted'],
    ends: 'FAILED',
    check: (walked) => {
      expect(walked.visited.at(-1)).toBe('Say that the account is in quarantine');
      expect(callsOf(walked, 'sqs:sendMessage').length).toBeGreaterThan(500);
    },
  },
];
