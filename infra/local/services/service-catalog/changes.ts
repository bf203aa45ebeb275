import { apiCallEvent, spokenTime } from '../../audit-event.ts';
import { token } from '../../random.ts';
import { AwsError, type Caller, type Operation, type World } from '../../world.ts';
import {
  artifactAt,
  PROVISIONED,
  type ProductRecord,
  type ProvisionedProduct,
  productAt,
  provisionedAt,
  RECORDS,
  recordAt,
  showRecord,
  TOKENS,
  type UsedToken,
} from './documents.ts';
import { readParameters, updatedParameters } from './parameters.ts';

type Start = (record: ProductRecord) => void;
type Ref = { ProvisionedProductId?: string; ProvisionedProductName?: string };

/** What makes a record: `start` sets it going. */
export function changeOperations(world: World, start: Start): Record<string, Operation> {
  const once = (
    idempotencyToken: string,
    input: object,
    eventName: string,
    caller: Caller,
    work: () => ProductRecord,
  ) => {
    const known = repeated(world, idempotencyToken, input);
    if (known) return { RecordDetail: showRecord(world.store, known) };
    const record = work();
    world.store.put(TOKENS, idempotencyToken, { recordId: record.id, input: canonical(input) });
    start(record);
    audit(world, eventName, record, input, caller);
    return { RecordDetail: showRecord(world.store, record) };
  };
  return {
    ProvisionProduct: (input: ProvisionInput, caller: Caller) =>
      once(input.ProvisionToken, input, 'ProvisionProduct', caller, () => provision(world, input, caller)),
    UpdateProvisionedProduct: (input: UpdateInput, caller: Caller) =>
      once(input.UpdateToken, input, 'UpdateProvisionedProduct', caller, () => update(world, input)),
    TerminateProvisionedProduct: (input: Ref & { TerminateToken: string }, caller: Caller) =>
      once(input.TerminateToken, input, 'TerminateProvisionedProduct', caller, () => terminate(world, input)),
  };
}

function audit(world: World, eventName: string, record: ProductRecord, input: object, caller: Caller): void {
  const recordDetail = {
    ...(lowerKeys(showRecord(world.store, record)) as object),
    createdTime: spokenTime(record.createdMs),
    updatedTime: spokenTime(record.updatedMs),
  };
  const requestParameters = lowerKeys(input) as Record<string, unknown>;
  const responseElements = { recordDetail };
  world.emit(
    apiCallEvent(world, {
      service: 'servicecatalog',
      eventName,
      caller,
      requestParameters,
      responseElements,
    }),
  );
}

type ProvisionInput = {
  ProductId?: string;
  ProductName?: string;
  ProvisioningArtifactId?: string;
  ProvisioningArtifactName?: string;
  PathId?: string;
  ProvisionedProductName: string;
  ProvisioningParameters?: { Key?: string; Value?: string }[];
  NotificationArns?: string[];
  ProvisionToken: string;
};
type UpdateInput = Ref & {
  ProductId?: string;
  ProductName?: string;
  ProvisioningArtifactId?: string;
  ProvisioningArtifactName?: string;
  ProvisioningParameters?: { Key?: string; Value?: string; UsePreviousValue?: boolean }[];
  UpdateToken: string;
};

/** The record of the first call with this token. @throws AwsError when the token stood for something else */
function repeated({ store }: World, idempotencyToken: string, input: object): ProductRecord | undefined {
  const used = store.get<UsedToken>(TOKENS, idempotencyToken);
  if (!used) return undefined;
  if (used.input === canonical(input)) return recordAt(store, used.recordId);
  throw new AwsError(
    'InvalidParametersException',
    'The token has been used for a request with other parameters.',
  );
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

function provision(world: World, input: ProvisionInput, caller: Caller): ProductRecord {
  const { store, random, scheduler } = world;
  const product = productAt(store, { id: input.ProductId, name: input.ProductName });
  const ref = { id: input.ProvisioningArtifactId, name: input.ProvisioningArtifactName };
  const artifact = artifactAt(product, ref);
  if (!artifact.active) {
    throw new AwsError('InvalidParametersException', `Provisioning artifact ${artifact.id} is not active.`);
  }
  if (input.PathId !== undefined && input.PathId !== product.pathId) {
    throw new AwsError('ResourceNotFoundException', `No launch paths found for resource: ${product.id}`);
  }
  if ((input.NotificationArns ?? []).length > 0) {
    throw new AwsError(
      'InvalidParametersException',
      'Account Factory cannot be launched with notifications.',
    );
  }
  const parameters = readParameters(input.ProvisioningParameters ?? []);
  const name = input.ProvisionedProductName;
  if (store.values<ProvisionedProduct>(PROVISIONED).some((other) => other.name === name)) {
    throw new AwsError('DuplicateResourceException', `A stack named ${name} already exists.`);
  }
  const provisioned: ProvisionedProduct = {
    id: `pp-${token(random, 13)}`,
    name,
    status: 'UNDER_CHANGE',
    createdMs: scheduler.now(),
    token: input.ProvisionToken,
    productId: product.id,
    artifactId: artifact.id,
    parameters,
    userArn: caller.principalArn,
    lastRecordId: '',
    lastProvisioningRecordId: '',
  };
  return begin(world, provisioned, 'PROVISION_PRODUCT');
}

function update(world: World, input: UpdateInput): ProductRecord {
  const { store } = world;
  const provisioned = changeable(world, input);
  const product = productAt(store, {
    id: input.ProductId ?? (input.ProductName ? undefined : provisioned.productId),
    name: input.ProductName,
  });
  const named = input.ProvisioningArtifactName;
  const artifact = artifactAt(product, {
    id: input.ProvisioningArtifactId ?? (named ? undefined : provisioned.artifactId),
    name: named,
  });
  const parameters = updatedParameters(provisioned.parameters, input.ProvisioningParameters ?? []);
  for (const key of ['AccountEmail', 'AccountName']) {
    if (provisioned.accountId && parameters[key] !== provisioned.parameters[key]) {
      throw new AwsError(
        'InvalidParametersException',
        `${key} of an account cannot be changed by an update.`,
      );
    }
  }
  const changed = { ...provisioned, parameters, artifactId: artifact.id };
  return begin(world, changed, 'UPDATE_PROVISIONED_PRODUCT');
}

const terminate = (world: World, input: Ref): ProductRecord =>
  begin(world, changeable(world, input), 'TERMINATE_PROVISIONED_PRODUCT');

function changeable({ store }: World, input: Ref): ProvisionedProduct {
  const ref = { id: input.ProvisionedProductId, name: input.ProvisionedProductName };
  const provisioned = provisionedAt(store, ref);
  if (provisioned.status !== 'UNDER_CHANGE') return provisioned;
  throw new AwsError('InvalidParametersException', `Provisioned product ${provisioned.id} is UNDER_CHANGE.`);
}

function begin(world: World, provisioned: ProvisionedProduct, type: ProductRecord['type']): ProductRecord {
  const { store, random, scheduler } = world;
  const record: ProductRecord = {
    id: `rec-${token(random, 13)}`,
    type,
    status: 'CREATED',
    provisionedProductId: provisioned.id,
    provisionedProductName: provisioned.name,
    productId: provisioned.productId,
    artifactId: provisioned.artifactId,
    createdMs: scheduler.now(),
    updatedMs: scheduler.now(),
    errors: [],
    outputs: {},
  };
  store.put(RECORDS, record.id, record);
  const provisions = type !== 'TERMINATE_PROVISIONED_PRODUCT';
  store.put(PROVISIONED, provisioned.id, {
    ...provisioned,
    status: 'UNDER_CHANGE',
    lastRecordId: record.id,
    lastProvisioningRecordId: provisions ? record.id : provisioned.lastProvisioningRecordId,
  });
  return record;
}

/** CloudTrail writes members of requests in lower camel case. */
function lowerKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowerKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.charAt(0).toLowerCase() + key.slice(1),
      lowerKeys(inner),
    ]),
  );
}
