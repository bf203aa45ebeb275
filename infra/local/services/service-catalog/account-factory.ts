import type { OrganizationalUnitDoc } from '../../organization-tree.ts';
import { type AccountOutcome, takeAccountScenario } from '../../scenarios.ts';
import { AwsError, type Caller, type World } from '../../world.ts';
import { deployToAccount } from '../control-tower/effects.ts';
import {
  beginAccountOperation,
  endEnrolment,
  isRegistered,
  setEnrolment,
  unitNamed,
} from '../control-tower/state.ts';
import {
  beginCreation,
  finishCreation,
  moveAccount,
  type OnAccountCreated,
} from '../organizations/accounts.ts';
import { accountAt } from '../organizations/tree.ts';
import { limit, QUOTAS } from '../service-quotas.ts';
import {
  PROVISIONED,
  type ProductRecord,
  type ProvisionedProduct,
  RECORDS,
  recordAt,
  TOKENS,
  type UsedToken,
} from './documents.ts';
import { AccountFactoryFailure, end, fail, productOf, RUNS, type Run, succeed } from './run.ts';

/** What happens inside accounts; the embedded IAM, Config and CloudTrail implement it. */
export type AccountHooks = {
  /** The account exists and has the role that Organizations makes. */
  onAccountCreated: OnAccountCreated;
  /**
   * Control Tower's baseline: its roles, the Config recorder, the organization trail's shadow. May come twice.
   * @param ownNetwork Account Factory makes a VPC too
   */
  onAccountEnrolled: (accountId: string, ownNetwork: boolean) => void;
};

/** The steps of one operation, in their order; each is a durable timer. */
type Step = 'begin' | 'create' | 'created' | 'move' | 'enrol' | 'fail' | 'terminate';
type StepData = { recordId: string; step: Step };

const STEP = 'servicecatalog/step';
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const EXECUTION_ROLE = 'AWSControlTowerExecution';

/** Durations in AWS time: at least, and how much more at most. About 20 minutes in all. */
const DURATION: Record<Step, [atLeastMs: number, upToMs: number]> = {
  begin: [5 * SECOND, 10 * SECOND],
  create: [30 * SECOND, 60 * SECOND],
  created: [30 * SECOND, 45 * SECOND],
  move: [2 * MINUTE, 3 * MINUTE],
  enrol: [10 * MINUTE, 7 * MINUTE],
  fail: [5 * MINUTE, 5 * MINUTE],
  terminate: [3 * MINUTE, 2 * MINUTE],
};
const SLOW_MS = 110 * MINUTE;

/** Control Tower's Account Factory behind the product. Register it before the scheduler starts. */
export function accountFactory(world: World, hooks: AccountHooks): { start(record: ProductRecord): void } {
  world.scheduler.on(STEP, ({ recordId, step }: StepData) => {
    const run = world.store.get<Run>(RUNS, recordId);
    if (run) perform(world, hooks, run, step);
  });
  return {
    start(record) {
      const run: Run = {
        recordId: record.id,
        productId: record.provisionedProductId,
        requestedMs: world.scheduler.now(),
      };
      world.store.put(RUNS, record.id, run);
      next(world, run, 'begin');
    },
  };
}

function next(world: World, run: Run, step: Step, extraMs = 0): void {
  const [atLeast, upTo] = DURATION[step];
  const data: StepData = { recordId: run.recordId, step };
  world.scheduler.after(atLeast + world.random.below(upTo) + extraMs, STEP, data);
}

function perform(world: World, hooks: AccountHooks, run: Run, step: Step): void {
  try {
    world.store.transaction(() => STEPS[step](world, run, hooks));
  } catch (error) {
    if (!(error instanceof AccountFactoryFailure) && !(error instanceof AwsError)) throw error;
    fail(world, run, error);
  }
}

/** Control Tower's own role calls Organizations. */
const controlTower = ({ landingZone }: World): Caller => ({
  accountId: landingZone.managementAccountId,
  region: landingZone.homeRegion,
  principalArn: `arn:aws:iam::${landingZone.managementAccountId}:role/service-role/AWSControlTowerAdmin`,
});

const STEPS: Record<Step, (world: World, run: Run, hooks: AccountHooks) => void> = {
  begin,
  create,
  created,
  move,
  enrol,
  fail: breakDown,
  terminate,
};

function begin(world: World, run: Run): void {
  const { store, scheduler } = world;
  const record = recordAt(store, run.recordId);
  store.put(RECORDS, record.id, { ...record, status: 'IN_PROGRESS', updatedMs: scheduler.now() });
  if (record.type === 'TERMINATE_PROVISIONED_PRODUCT') {
    requireNoOtherTermination(world, run);
    next(world, run, 'terminate');
    return;
  }
  const product = productOf(world, run);
  const isUpdate = record.type === 'UPDATE_PROVISIONED_PRODUCT';
  const outcome = takeAccountScenario(
    store,
    product.parameters.AccountName ?? '',
    isUpdate ? ['busy', 'update-fails'] : ANY,
  );
  if (outcome === 'busy') {
    // Thrown, it would take back that the scenario has been used.
    fail(world, run, busyElsewhere());
    return;
  }
  registeredUnit(world, product);
  if (!beginAccountOperation(world, run.recordId)) {
    const most = limit(store, QUOTAS.accountOperations);
    const why = `the allowed maximum of ${most} concurrent account operations is exceeded`;
    throw new AccountFactoryFailure(
      'ResourceInUseException',
      `AWS Control Tower cannot start the operation because ${why}. Try again when another has ended.`,
    );
  }
  store.put(RUNS, run.recordId, outcome ? { ...run, outcome } : run);
  if (outcome === 'update-fails' || outcome === 'fail-no-account') next(world, run, 'fail');
  else next(world, run, product.accountId ? 'move' : 'create');
}

const busyElsewhere = () =>
  new AccountFactoryFailure(
    'ConflictException',
    'AWS Control Tower cannot perform this operation because another operation on your landing zone is in progress.',
  );

const ANY: AccountOutcome[] = [
  'fail-no-account',
  'fail-under-root',
  'tainted',
  'slow',
  'busy',
  'quota',
  'email-taken',
  'own-network',
];

function registeredUnit({ store }: World, product: ProvisionedProduct): OrganizationalUnitDoc {
  const text = product.parameters.ManagedOrganizationalUnit ?? '';
  const unit = unitNamed(store, text);
  if (unit && isRegistered(store, unit.Id)) return unit;
  throw new AccountFactoryFailure(
    'InvalidParametersException',
    `AWS Control Tower cannot find a registered organizational unit named ${text}.`,
  );
}

function create(world: World, run: Run): void {
  if (run.outcome === 'email-taken') throw creationFailure('EMAIL_ALREADY_EXISTS');
  if (run.outcome === 'quota') throw creationFailure('ACCOUNT_LIMIT_EXCEEDED');
  const creation = beginCreation(world, newAccount(productOf(world, run)), controlTower(world));
  world.store.put(RUNS, run.recordId, { ...run, creationId: creation.Id });
  next(world, run, 'created');
}

const newAccount = ({ parameters }: ProvisionedProduct) => ({
  name: parameters.AccountName ?? '',
  email: parameters.AccountEmail ?? '',
  roleName: EXECUTION_ROLE,
});

const creationFailure = (reason: string) =>
  new AccountFactoryFailure(
    reason,
    `AWS Control Tower failed to create the account: AWS Organizations answered ${reason}.`,
  );

function created(world: World, run: Run, hooks: AccountHooks): void {
  const product = productOf(world, run);
  const creation = finishCreation(world, run.creationId ?? '', newAccount(product), hooks.onAccountCreated);
  if (!creation.AccountId) {
    // Thrown, it would take back the answer of Organizations as well.
    fail(world, run, creationFailure(creation.FailureReason ?? 'INTERNAL_FAILURE'));
    return;
  }
  world.store.put(PROVISIONED, product.id, { ...product, accountId: creation.AccountId });
  next(world, run, run.outcome === 'fail-under-root' ? 'fail' : 'move');
}

function breakDown(_world: World, run: Run): void {
  throw new AccountFactoryFailure(
    'InternalFailure',
    run.outcome === 'fail-under-root'
      ? 'AWS Control Tower failed to set up your account completely. Try again in one hour.'
      : 'AWS Control Tower could not complete the operation due to an internal error.',
  );
}

function move(world: World, run: Run): void {
  const product = productOf(world, run);
  const unit = registeredUnit(world, product);
  const account = accountAt(world.store, product.accountId ?? '');
  if (account.State !== 'ACTIVE') {
    throw new AccountFactoryFailure(
      'InvalidParametersException',
      `Account ${account.Id} is ${account.State}.`,
    );
  }
  if (account.ParentId !== unit.Id) {
    const parents = { sourceParentId: account.ParentId, destinationParentId: unit.Id };
    moveAccount(world, { accountId: account.Id, ...parents }, controlTower(world));
  }
  setEnrolment(world, account.Id, unit.Id, 'UNDER_CHANGE');
  next(world, run, 'enrol', run.outcome === 'slow' ? SLOW_MS : 0);
}

function enrol(world: World, run: Run, hooks: AccountHooks): void {
  const product = productOf(world, run);
  const accountId = product.accountId ?? '';
  const unitId = accountAt(world.store, accountId).ParentId;
  hooks.onAccountEnrolled(accountId, run.outcome === 'own-network');
  setEnrolment(world, accountId, unitId, 'SUCCEEDED');
  deployToAccount(world, accountId, unitId);
  if (run.outcome === 'tainted') {
    const why = 'The account was created, but the last step of its set-up did not succeed.';
    fail(world, run, new AccountFactoryFailure('InternalFailure', why, 'TAINTED'));
    return;
  }
  succeed(world, run, product, accountId);
}

/** Control Tower lets go of one account at a time. */
function requireNoOtherTermination({ store }: World, run: Run): void {
  const others = store.values<Run>(RUNS).filter(({ recordId }) => recordId !== run.recordId);
  const types = others.map(({ recordId }) => recordAt(store, recordId));
  if (
    types.some(({ type, status }) => type === 'TERMINATE_PROVISIONED_PRODUCT' && status === 'IN_PROGRESS')
  ) {
    throw new AccountFactoryFailure('ResourceInUseException', 'Another account is being unmanaged.');
  }
}

/** The account stays where it is, unmanaged; the product's name and tokens are free again. */
function terminate(world: World, run: Run): void {
  const { store, scheduler } = world;
  const product = productOf(world, run);
  if (product.accountId) endEnrolment(world, product.accountId);
  for (const [token, { recordId }] of store.entries<UsedToken>(TOKENS)) {
    if (recordAt(store, recordId).provisionedProductId === product.id) store.delete(TOKENS, token);
  }
  store.delete(PROVISIONED, product.id);
  const record = recordAt(store, run.recordId);
  store.put(RECORDS, record.id, { ...record, status: 'SUCCEEDED', updatedMs: scheduler.now() });
  end(world, run);
}
