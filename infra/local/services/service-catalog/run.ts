import type { AccountOutcome } from '../../scenarios.ts';
import type { AwsError, World } from '../../world.ts';
import {
  type AccountLifecycle,
  accountEvent,
  endAccountOperation,
  unitNamed,
} from '../control-tower/state.ts';
import { PROVISIONED, type ProductRecord, type ProvisionedProduct, RECORDS, recordAt } from './documents.ts';

/** What an operation of Account Factory has come to; one document for each record under way. */
export type Run = {
  recordId: string;
  productId: string;
  requestedMs: number;
  creationId?: string;
  outcome?: AccountOutcome;
};

export const RUNS = 'sc/runs';

/** Why an operation ends in failure. `status` is what becomes of the product. */
export class AccountFactoryFailure extends Error {
  override readonly name = 'AccountFactoryFailure';
  constructor(
    readonly code: string,
    message: string,
    readonly status: 'ERROR' | 'TAINTED' = 'ERROR',
  ) {
    super(message);
  }
}

/** The product that the operation is about. */
export const productOf = (world: World, run: Run): ProvisionedProduct => {
  const product = world.store.get<ProvisionedProduct>(PROVISIONED, run.productId);
  if (!product) throw new Error(`service catalog: ${run.productId} is gone while ${run.recordId} runs`);
  return product;
};

/** The account is in its unit, enrolled: the record SUCCEEDED, the product is AVAILABLE. */
export function succeed(world: World, run: Run, product: ProvisionedProduct, accountId: string): void {
  const { store, scheduler } = world;
  const record = recordAt(store, run.recordId);
  const { AccountEmail = '', SSOUserEmail = '' } = product.parameters;
  const portal = `https://${world.landingZone.organizationId}.awsapps.com/start`;
  const outputs = { AccountEmail, AccountId: accountId, SSOUserEmail, SSOUserPortal: portal };
  store.put(RECORDS, record.id, { ...record, status: 'SUCCEEDED', updatedMs: scheduler.now(), outputs });
  const { statusMessage: _, ...rest } = product;
  store.put(PROVISIONED, product.id, {
    ...rest,
    accountId,
    status: 'AVAILABLE',
    lastSuccessfulProvisioningRecordId: record.id,
  });
  end(world, run);
  announce(world, run, record, {
    state: 'SUCCEEDED',
    accountId,
    message: 'AWS Control Tower successfully set up the account.',
  });
}

/** Outside the step's own transaction, whose changes have been taken back. */
export function fail(world: World, run: Run, error: AccountFactoryFailure | AwsError): void {
  const { store, scheduler } = world;
  const record = recordAt(store, run.recordId);
  const product = productOf(world, run);
  const errors = [{ Code: error.code, Description: error.message }];
  store.put(RECORDS, record.id, { ...record, status: 'FAILED', updatedMs: scheduler.now(), errors });
  // A product that has come about once is TAINTED by a later failure; one that never did is in ERROR.
  const cameAbout = product.lastSuccessfulProvisioningRecordId !== undefined;
  const status =
    cameAbout || (error instanceof AccountFactoryFailure && error.status === 'TAINTED') ? 'TAINTED' : 'ERROR';
  store.put(PROVISIONED, product.id, { ...product, status, statusMessage: error.message });
  end(world, run);
  if (record.type !== 'TERMINATE_PROVISIONED_PRODUCT') {
    const known = record.type === 'UPDATE_PROVISIONED_PRODUCT' ? product.accountId : undefined;
    announce(world, run, record, { state: 'FAILED', accountId: known, message: error.message });
  }
}

export function end(world: World, run: Run): void {
  endAccountOperation(world, run.recordId);
  world.store.delete(RUNS, run.recordId);
}

type Ending = { state: AccountLifecycle['state']; accountId: string | undefined; message: string };

function announce(world: World, run: Run, record: ProductRecord, ending: Ending): void {
  const { parameters } = productOf(world, run);
  const text = parameters.ManagedOrganizationalUnit ?? '';
  const unit = unitNamed(world.store, text);
  const { accountId, ...rest } = ending;
  world.emit(
    accountEvent(world, {
      eventName: record.type === 'PROVISION_PRODUCT' ? 'CreateManagedAccount' : 'UpdateManagedAccount',
      unit: unit ? { id: unit.Id, name: unit.Name } : { id: 'Not Available', name: text },
      accountName: parameters.AccountName ?? '',
      ...(accountId ? { accountId } : {}),
      requestedMs: run.requestedMs,
      ...rest,
    }),
  );
}
