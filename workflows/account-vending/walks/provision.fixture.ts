import { expect } from 'vitest';
import { answer, asUsual, loseReply, refuse, type Scripted, times } from '../../walk.fixture.ts';
import { ACCOUNT_ID } from '../answers.fixture.ts';
import { callsOf, factData, repairedBefore, SMOOTH_FACTS, type Walk, type World } from '../vend.fixture.ts';

const NOT_FOUND = refuse('ServiceCatalog.ResourceNotFoundException', 'Provisioned product not found.');
const TIMED_OUT = refuse('States.Timeout', '');
const DENIED = refuse('Organizations.AccessDeniedException');

const smooth = (name: string, rest: Partial<Walk>): Walk => ({
  name,
  facts: SMOOTH_FACTS,
  ends: 'ACTIVE',
  ...rest,
});
const rejected = (name: string, code: string, rest: Partial<Walk>): Walk => ({
  name,
  facts: ['RequestRejected'],
  ends: 'NOTHING_MADE',
  ...rest,
  check: (walked, world) => {
    expect(factData(walked, 'RequestRejected')).toMatchObject({ step: 'provision', code });
    rest.check?.(walked, world);
  },
});

const adopted = (walked: Parameters<NonNullable<Walk['check']>>[0], calls = 0): void => {
  expect(factData(walked, 'ProvisioningStarted').adopted).toBe(true);
  expect(callsOf(walked, 'servicecatalog:provisionProduct')).toHaveLength(calls);
};

const lookups: Walk[] = [
  smooth('the product is there already', {
    arrange: (world) => {
      world.calls['servicecatalog:provisionProduct']();
    },
    check: (walked) => adopted(walked),
  }),
  rejected('the address is taken at the last moment', 'email-taken', {
    script: (world) => ({
      'servicecatalog:describeProvisionedProduct': [
        (real) => {
          world.createAccount();
          return real();
        },
      ],
    }),
    check: (walked) => expect(callsOf(walked, 'organizations:attachPolicy')).toEqual([]),
  }),
  smooth('looking fails for a moment', {
    script: () => ({
      'servicecatalog:describeProvisionedProduct': times(9, refuse('ServiceCatalog.ServiceCatalogException')),
      'organizations:listAccounts': [asUsual, asUsual, DENIED],
    }),
  }),
  rejected('looking fails for good, and nothing was ever sent', 'check-failed', {
    script: () => ({
      'servicecatalog:describeProvisionedProduct': times(
        13 * 9,
        refuse('ServiceCatalog.ServiceCatalogException'),
      ),
    }),
    check: (_, world) => expect(world.state.provisionings).toBe(0),
  }),
];

const unclear: Walk[] = [
  smooth('the answer is lost, the product is found by its name', {
    script: () => ({ 'servicecatalog:provisionProduct': [loseReply('ServiceCatalog.SdkClientException')] }),
    check: (walked) => adopted(walked, 1),
  }),
  smooth('the answer is lost, the account shows before the product', {
    script: () => ({
      'servicecatalog:provisionProduct': [loseReply('ServiceCatalog.SdkClientException')],
      'servicecatalog:describeProvisionedProduct': times(3, NOT_FOUND),
    }),
    check: (walked) => adopted(walked, 1),
  }),
  smooth('throttled, and called again with the same plan', {
    script: () => ({
      'servicecatalog:provisionProduct': [refuse('ServiceCatalog.ServiceCatalogException', 'Rate exceeded')],
    }),
    check: (walked) => expect(factData(walked, 'ProvisioningStarted').adopted).toBe(false),
  }),
  smooth('a refusal after an unclear call is not believed', {
    script: () => ({
      'servicecatalog:provisionProduct': [TIMED_OUT, refuse('ServiceCatalog.InvalidParametersException')],
    }),
  }),
  smooth('a duplicate is looked for', {
    script: (world) => ({
      'servicecatalog:provisionProduct': [
        () => {
          world.calls['servicecatalog:provisionProduct']();
          return refuse('ServiceCatalog.DuplicateResourceException')(() => undefined);
        },
      ],
    }),
    check: (walked) => adopted(walked, 1),
  }),
  rejected('refused for sure', 'provision-refused', {
    script: () => ({
      'servicecatalog:provisionProduct': [
        refuse('ServiceCatalog.InvalidParametersException', 'No launch paths found for resource.'),
      ],
    }),
    check: (walked) => expect(factData(walked, 'RequestRejected').cause).toContain('No launch paths'),
  }),
  {
    name: 'unclear to the end, nothing is found',
    script: () => ({ 'servicecatalog:provisionProduct': times(13, TIMED_OUT) }),
    facts: ['AccountQuarantined', 'VendResumed', ...SMOOTH_FACTS],
    ends: 'ACTIVE',
    check: (walked) =>
      expect(factData(walked, 'AccountQuarantined')).toMatchObject({ step: 'provision', fenced: false }),
  },
  {
    name: 'unclear to the end, and an account stands there without a product',
    script: () => ({
      'servicecatalog:provisionProduct': [loseReply('ServiceCatalog.SdkClientException')],
      'servicecatalog:describeProvisionedProduct': times(13, NOT_FOUND),
    }),
    facts: ['AccountQuarantined', 'VendResumed', ...SMOOTH_FACTS],
    ends: 'ACTIVE',
    check: (walked) =>
      expect(factData(walked, 'AccountQuarantined')).toMatchObject({
        step: 'provision',
        error: 'ProvisionedProductNotFound',
        accountId: ACCOUNT_ID,
        fenced: true,
      }),
  },
  {
    name: 'the point of no return cannot be said',
    script: () => ({ 'fact:ProvisioningStarted': times(9, refuse('SQS.AmazonSQSException')) }),
    facts: ['AccountQuarantined', 'VendResumed', ...SMOOTH_FACTS],
    ends: 'ACTIVE',
  },
];

/** Provisioning is accepted, and then fails: with or without an account, wherever it was left. */
const failing =
  (change: (world: World) => void) =>
  (world: World): Record<string, Scripted[]> => ({
    'servicecatalog:provisionProduct': [
      (real) => {
        const result = real();
        world.state.product = { status: 'ERROR', record: 'rec-1' };
        world.state.record = {
          status: 'FAILED',
          errors: [{ Code: 'InternalFailure', Description: 'Please try again in one hour.' }],
          outputs: false,
        };
        change(world);
        return result;
      },
    ],
  });

const BUSY = 'ConflictException: another operation on your landing zone is in progress.';
/** Control Tower is busy for so many tries. */
const busy = (tries: number) =>
  failing((world) => {
    world.state.accounts = world.state.accounts.filter(({ Id }) => Id !== ACCOUNT_ID);
    world.state.record.errors = [{ Code: 'ConflictException', Description: BUSY }];
    const update = world.calls['servicecatalog:updateProvisionedProduct'];
    let left = tries;
    world.calls['servicecatalog:updateProvisionedProduct'] = () =>
      --left > 0
        ? { RecordDetail: { RecordId: 'rec-1', ProvisionedProductId: 'pp-example1', Status: 'CREATED' } }
        : update();
  });

const failures: Walk[] = [
  smooth('Control Tower is busy with something else', {
    script: busy(3),
    check: (walked) => {
      const updates = callsOf(walked, 'servicecatalog:updateProvisionedProduct');
      const tokens = updates.map((call) => (call.arguments as { UpdateToken: string }).UpdateToken);
      expect(new Set(tokens).size).toBe(3);
      expect(callsOf(walked, 'servicecatalog:provisionProduct')).toHaveLength(1);
    },
  }),
  {
    name: 'Control Tower is busy for hours',
    script: busy(41),
    facts: ['ProvisioningStarted', ...repairedBefore('ProvisioningStarted')],
    ends: 'ACTIVE',
    check: (walked) => expect(walked.atMs).toBeGreaterThan(3 * 3_600_000),
  },
  {
    name: 'FAILED without an account',
    script: failing((world) => {
      world.state.accounts = world.state.accounts.filter(({ Id }) => Id !== ACCOUNT_ID);
    }),
    facts: ['ProvisioningStarted', ...repairedBefore('ProvisioningStarted')],
    ends: 'ACTIVE',
    check: (walked) => {
      expect(factData(walked, 'AccountQuarantined')).toEqual({
        step: 'provision',
        error: 'ProvisioningFailed',
        cause: 'InternalFailure: Please try again in one hour.',
        fenced: false,
      });
      expect(callsOf(walked, 'servicecatalog:updateProvisionedProduct')).toHaveLength(1);
    },
  },
  {
    name: 'FAILED with an account under the root',
    script: failing((world) => {
      world.state.parent = 'r-ab12';
    }),
    facts: repairedBefore('AccountProvisioned'),
    ends: 'ACTIVE',
    check: (walked) => {
      expect(factData(walked, 'AccountQuarantined')).toMatchObject({
        step: 'enrol',
        accountId: ACCOUNT_ID,
        fenced: true,
      });
      expect(callsOf(walked, 'servicecatalog:updateProvisionedProduct')[0]?.arguments).toMatchObject({
        UpdateToken: 'req-018e0000-0000-7000-8000-000000000001-update-0-1-0',
      });
    },
  },
  {
    name: 'FAILED with an account that is listed late: it is fenced all the same',
    script: (world) => ({
      ...failing(() => undefined)(world),
      'organizations:listAccounts': [...times(4, asUsual), ...times(3, answer({ Accounts: [] }))],
    }),
    facts: repairedBefore('AccountProvisioned'),
    ends: 'ACTIVE',
    check: (walked) =>
      expect(factData(walked, 'AccountQuarantined')).toMatchObject({ step: 'enrol', fenced: true }),
  },
  {
    name: 'the record succeeds but the product is tainted',
    script: (world) => ({
      'servicecatalog:provisionProduct': [
        (real) => {
          const result = real();
          world.state.product = { status: 'TAINTED', record: 'rec-1' };
          return result;
        },
      ],
    }),
    facts: repairedBefore('AccountProvisioned'),
    ends: 'ACTIVE',
    check: (walked) =>
      expect(factData(walked, 'AccountQuarantined')).toMatchObject({
        step: 'enrol',
        error: 'ProvisionedProductNotAvailable',
        cause: expect.stringContaining('TAINTED'),
      }),
  },
  {
    name: 'the record names no account, until a person has mended it',
    script: (world) => ({
      'servicecatalog:describeRecord': [
        (real) => {
          world.state.record.outputs = false;
          return real();
        },
        (real) => {
          world.state.record.outputs = true;
          return real();
        },
      ],
    }),
    facts: repairedBefore('AccountProvisioned'),
    ends: 'ACTIVE',
    check: (walked) => expect(callsOf(walked, 'servicecatalog:updateProvisionedProduct')).toEqual([]),
  },
  smooth('the product takes a moment longer than its record', {
    script: () => ({
      'servicecatalog:describeProvisionedProduct': [
        NOT_FOUND,
        answer({ ProvisionedProductDetail: { Id: 'pp-example1', Status: 'UNDER_CHANGE' } }),
      ],
    }),
  }),
];

export const provisioning: Walk[] = [...lookups, ...unclear, ...failures];
