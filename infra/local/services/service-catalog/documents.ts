import type { Store } from '../../store.ts';
import { AwsError, type LandingZone } from '../../world.ts';

export type Artifact = { id: string; name: string; description: string; active: boolean; createdMs: number };

/** The product with its versions, oldest first. */
export type Product = {
  id: string;
  viewId: string;
  name: string;
  owner: string;
  pathId: string;
  portfolioName: string;
  artifacts: Artifact[];
  createdMs: number;
};

/** Account Factory's parameters by key. */
export type Parameters = Readonly<Record<string, string>>;

export type ProvisionedProduct = {
  id: string;
  name: string;
  status: 'AVAILABLE' | 'UNDER_CHANGE' | 'TAINTED' | 'ERROR';
  statusMessage?: string;
  createdMs: number;
  token: string;
  productId: string;
  artifactId: string;
  parameters: Parameters;
  userArn: string;
  lastRecordId: string;
  lastProvisioningRecordId: string;
  lastSuccessfulProvisioningRecordId?: string;
  /** Of the account, once there is one; shown as PhysicalId only when the product has come about. */
  accountId?: string;
};

export type ProductRecord = {
  id: string;
  type: 'PROVISION_PRODUCT' | 'UPDATE_PROVISIONED_PRODUCT' | 'TERMINATE_PROVISIONED_PRODUCT';
  status: 'CREATED' | 'IN_PROGRESS' | 'IN_PROGRESS_IN_ERROR' | 'SUCCEEDED' | 'FAILED';
  provisionedProductId: string;
  provisionedProductName: string;
  productId: string;
  artifactId: string;
  createdMs: number;
  updatedMs: number;
  errors: { Code: string; Description: string }[];
  outputs: Readonly<Record<string, string>>;
};

export const PRODUCTS = 'sc/products';
export const PROVISIONED = 'sc/provisioned';
export const RECORDS = 'sc/records';
/** key: idempotency token → what it stood for */
export const TOKENS = 'sc/tokens';
export type UsedToken = { recordId: string; input: string };

export const PRODUCT_TYPE = 'CONTROL_TOWER_ACCOUNT';

const notFound = (what: string) => new AwsError('ResourceNotFoundException', `${what} not found.`);

/** @throws AwsError unless exactly this product is there */
export function productAt(
  store: Store,
  ref: { id?: string | undefined; name?: string | undefined },
): Product {
  if (ref.id === undefined && ref.name === undefined) {
    throw new AwsError(
      'InvalidParametersException',
      'Either the product id or the product name must be given.',
    );
  }
  const found = store
    .values<Product>(PRODUCTS)
    .find((product) => product.id === (ref.id ?? product.id) && product.name === (ref.name ?? product.name));
  if (!found) throw notFound(`Product ${ref.id ?? ref.name}`);
  return found;
}

export function artifactAt(
  product: Product,
  ref: { id?: string | undefined; name?: string | undefined },
): Artifact {
  if (ref.id === undefined && ref.name === undefined) {
    throw new AwsError(
      'InvalidParametersException',
      'Either the artifact id or the artifact name must be given.',
    );
  }
  const found = product.artifacts.find(
    (artifact) => artifact.id === (ref.id ?? artifact.id) && artifact.name === (ref.name ?? artifact.name),
  );
  if (!found) throw notFound(`Provisioning artifact ${ref.id ?? ref.name}`);
  return found;
}

export function provisionedAt(
  store: Store,
  ref: { id?: string | undefined; name?: string | undefined },
): ProvisionedProduct {
  if (ref.id === undefined && ref.name === undefined) {
    throw new AwsError(
      'InvalidParametersException',
      'Either Id or Name of the provisioned product must be given.',
    );
  }
  const name = ref.name?.replace(/^arn:.*\//, '');
  const found = store
    .values<ProvisionedProduct>(PROVISIONED)
    .find((product) => product.id === (ref.id ?? product.id) && product.name === (name ?? product.name));
  if (!found) throw notFound(`Provisioned product ${ref.id ?? ref.name}`);
  return found;
}

export function recordAt(store: Store, id: string): ProductRecord {
  const record = store.get<ProductRecord>(RECORDS, id);
  if (!record) throw notFound(`Record ${id}`);
  return record;
}

const iso = (ms: number) => new Date(ms).toISOString();

export function showRecord(store: Store, record: ProductRecord) {
  return {
    RecordId: record.id,
    ProvisionedProductName: record.provisionedProductName,
    Status: record.status,
    CreatedTime: iso(record.createdMs),
    UpdatedTime: iso(record.updatedMs),
    ProvisionedProductType: PRODUCT_TYPE,
    RecordType: record.type,
    ProvisionedProductId: record.provisionedProductId,
    ProductId: record.productId,
    ProvisioningArtifactId: record.artifactId,
    PathId: productAt(store, { id: record.productId }).pathId,
    RecordErrors: record.errors,
    RecordTags: [],
  };
}

const arnOf = (zone: LandingZone, product: ProvisionedProduct) =>
  `arn:aws:servicecatalog:${zone.homeRegion}:${zone.managementAccountId}:stack/${product.name}/${product.id}`;

export function showProvisioned(zone: LandingZone, product: ProvisionedProduct) {
  return {
    Name: product.name,
    Arn: arnOf(zone, product),
    Type: PRODUCT_TYPE,
    Id: product.id,
    Status: product.status,
    StatusMessage: product.statusMessage,
    CreatedTime: iso(product.createdMs),
    IdempotencyToken: product.token,
    LastRecordId: product.lastRecordId,
    LastProvisioningRecordId: product.lastProvisioningRecordId,
    LastSuccessfulProvisioningRecordId: product.lastSuccessfulProvisioningRecordId,
    ProductId: product.productId,
    ProvisioningArtifactId: product.artifactId,
  };
}

/** What SearchProvisionedProducts shows: more than DescribeProvisionedProduct. */
export function showAttributes(store: Store, zone: LandingZone, product: ProvisionedProduct) {
  const owner = productAt(store, { id: product.productId });
  const cameAbout = product.lastSuccessfulProvisioningRecordId !== undefined || product.status === 'TAINTED';
  return {
    ...showProvisioned(zone, product),
    PhysicalId: cameAbout ? product.accountId : undefined,
    ProductName: owner.name,
    ProvisioningArtifactName: artifactAt(owner, { id: product.artifactId }).name,
    Tags: [],
    UserArn: product.userArn,
    UserArnSession: product.userArn,
  };
}
