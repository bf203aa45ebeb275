import { expect } from 'vitest';
import { answer, asUsual, refuse, times } from '../../walk.fixture.ts';
import { examplePlan } from '../plan.fixture.ts';
import { callsOf, factData, repairedBefore, SMOOTH_FACTS, type Walk, type World } from '../vend.fixture.ts';

const BUSY = answer({ RecordDetail: { RecordId: 'rec-1', Status: 'IN_PROGRESS' } });
const smooth = (name: string, rest: Partial<Walk>): Walk => ({
  name,
  facts: SMOOTH_FACTS,
  ends: 'ACTIVE',
  ...rest,
});
const repaired = (name: string, step: string, rest: Partial<Walk>): Walk => ({
  name,
  facts: repairedBefore(
    'AccountProvisioned',
    step === 'provision' ? 'ProvisioningStarted' : 'AccountProvisioned',
  ),
  ends: 'ACTIVE',
  ...rest,
  check: (walked, world) => {
    expect(factData(walked, 'AccountQuarantined')).toMatchObject({ step });
    rest.check?.(walked, world);
  },
});

const waiting: Walk[] = [
  smooth('the event is lost', {
    script: () => ({ 'servicecatalog:describeRecord': [BUSY] }),
    asks: { 'account-event': ['silence'] },
    check: (walked) => {
      expect(walked.asks.filter((ask) => ask.ask === 'account-event')).toHaveLength(2);
      expect(walked.atMs).toBeGreaterThanOrEqual(600_000);
    },
  }),
  smooth('the event comes before the record is written, and once for nothing', {
    script: () => ({ 'servicecatalog:describeRecord': [BUSY, BUSY, BUSY] }),
    check: (walked) => expect(walked.asks.filter((ask) => ask.ask === 'account-event')).toHaveLength(2),
  }),
  smooth('the event cannot be asked for', {
    script: () => ({ 'ask:account-event': times(9, refuse('SQS.AmazonSQSException')) }),
  }),
  repaired('the record never ends', 'provision', {
    script: () => ({ 'servicecatalog:describeRecord': times(49, BUSY) }),
    asks: { 'account-event': ['silence'] },
    check: (walked) => {
      expect(factData(walked, 'AccountQuarantined')).toMatchObject({ error: 'ProvisioningTimedOut' });
      expect(walked.events).toBeLessThan(2000);
    },
  }),
  repaired('events of others wake it for ever', 'provision', {
    script: () => ({ 'servicecatalog:describeRecord': times(500, BUSY) }),
    check: (walked) => expect(walked.events).toBeLessThan(10_000),
  }),
  repaired('the record cannot be read', 'provision', {
    script: () => ({ 'servicecatalog:describeRecord': [refuse('ServiceCatalog.ResourceNotFoundException')] }),
  }),
  repaired('the product cannot be read', 'provision', {
    script: () => ({
      'servicecatalog:describeProvisionedProduct': [
        asUsual,
        refuse('ServiceCatalog.InvalidParametersException'),
      ],
    }),
  }),
];

/** A failed enrolment: the product is in error, the account under the root. */
const halfMade = (world: World) => ({
  'servicecatalog:provisionProduct': [
    (real: () => unknown) => {
      const result = real();
      world.state.product = { status: 'ERROR', record: 'rec-1' };
      world.state.record = { status: 'FAILED', errors: [], outputs: false };
      world.state.parent = 'r-ab12';
      return result;
    },
  ],
});
const TWICE = [
  'ProvisioningStarted',
  'AccountQuarantined',
  'VendResumed',
  ...repairedBefore('AccountProvisioned').slice(1),
];

const enrolment: Walk[] = [
  {
    name: 'the address is now that of an account on which the landing zone stands: it is not fenced',
    script: (world) => ({
      'servicecatalog:provisionProduct': [
        (real) => {
          const result = real();
          world.state.product = { status: 'ERROR', record: 'rec-1' };
          world.state.record = { status: 'FAILED', errors: [], outputs: false };
          world.state.accounts.pop();
          for (const account of world.state.accounts)
            if (account.Id === '333344445555') account.Email = examplePlan.account.email;
          return result;
        },
      ],
    }),
    asks: { repair: ['silence'] },
    facts: ['ProvisioningStarted', 'AccountQuarantined'],
    ends: 'QUARANTINED',
    check: (walked) => {
      expect(factData(walked, 'AccountQuarantined')).toMatchObject({
        error: 'ReservedAccount',
        fenced: false,
      });
      expect(callsOf(walked, 'organizations:attachPolicy')).toEqual([]);
    },
  },
  {
    name: 'a half-made account cannot be looked for',
    script: (world) => ({
      ...halfMade(world),
      'organizations:listAccounts': [...times(4, asUsual), refuse('Organizations.AccessDeniedException')],
    }),
    facts: ['ProvisioningStarted', ...repairedBefore('ProvisioningStarted')],
    ends: 'ACTIVE',
    check: (walked) => expect(factData(walked, 'AccountQuarantined')).toMatchObject({ step: 'provision' }),
  },
  {
    name: 'the product to mend cannot be read; repaired twice',
    script: (world) => ({
      ...halfMade(world),
      'servicecatalog:describeProvisionedProduct': [
        asUsual,
        refuse('ServiceCatalog.ResourceNotFoundException'),
      ],
    }),
    asks: { repair: [{ outcome: 'resume' }] },
    facts: TWICE,
    ends: 'ACTIVE',
    check: (walked) => {
      expect(factData(walked, 'AccountQuarantined', 1)).toMatchObject({ step: 'enrol', fenced: true });
      expect(factData(walked, 'VendResumed', 1)).toEqual({ step: 'enrol' });
    },
  },
  {
    name: 'the update is refused; the second one has another token',
    script: (world) => ({
      ...halfMade(world),
      'servicecatalog:updateProvisionedProduct': [refuse('ServiceCatalog.InvalidParametersException')],
    }),
    asks: { repair: [{ outcome: 'resume' }] },
    facts: TWICE,
    ends: 'ACTIVE',
    check: (walked) => {
      const tokens = callsOf(walked, 'servicecatalog:updateProvisionedProduct').map(
        (call) => (call.arguments as { UpdateToken: string }).UpdateToken,
      );
      expect(tokens).toEqual([
        expect.stringMatching(/-update-0-1-0$/),
        expect.stringMatching(/-update-0-2-0$/),
      ]);
    },
  },
  {
    name: 'an available product that left the account under the root is updated',
    arrange: ({ state }) => {
      state.parent = 'r-ab12';
    },
    facts: repairedBefore('AccountProvisioned'),
    ends: 'ACTIVE',
    check: (walked) => {
      expect(factData(walked, 'AccountQuarantined')).toMatchObject({
        step: 'enrol',
        error: 'WrongOrganizationalUnit',
      });
      expect(callsOf(walked, 'servicecatalog:updateProvisionedProduct')).toHaveLength(1);
    },
  },
  {
    name: 'a person moved the account meanwhile',
    arrange: ({ state }) => {
      state.parent = 'r-ab12';
    },
    script: (world) => ({
      'organizations:listParents': [
        asUsual,
        refuse('Organizations.ServiceException'),
        ...times(8, refuse('Organizations.ServiceException')),
        (real) => {
          world.state.parent = 'ou-ab12-workloadsprod';
          return real();
        },
      ],
    }),
    asks: { repair: [{ outcome: 'resume' }] },
    facts: TWICE,
    ends: 'ACTIVE',
    check: (walked) => expect(callsOf(walked, 'servicecatalog:updateProvisionedProduct')).toEqual([]),
  },
];

export const waitingForAccount: Walk[] = [...waiting, ...enrolment];
