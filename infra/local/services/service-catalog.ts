import { page } from '../paging.ts';
import type { Operation, ServiceModule, World } from '../world.ts';
import { managementOnly } from './organizations/tree.ts';
import { type AccountHooks, accountFactory } from './service-catalog/account-factory.ts';
import { changeOperations } from './service-catalog/changes.ts';
import {
  PROVISIONED,
  type ProductRecord,
  type ProvisionedProduct,
  provisionedAt,
  RECORDS,
  recordAt,
  showAttributes,
  showProvisioned,
  showRecord,
} from './service-catalog/documents.ts';
import { productOperations } from './service-catalog/products.ts';
import { searchProvisioned } from './service-catalog/search.ts';

/** AWS Service Catalog with one product, Control Tower's Account Factory. Of the management account alone. */
export function serviceCatalogService(world: World, hooks: AccountHooks): ServiceModule {
  const { start } = accountFactory(world, hooks);
  const operations = {
    ...productOperations(world),
    ...readOperations(world),
    ...changeOperations(world, start),
  };
  return { shape: 'servicecatalog', operations: managementOnly(world, operations) };
}

function readOperations({ store, landingZone }: World): Record<string, Operation> {
  return {
    DescribeRecord(input: { Id: string; PageToken?: string }) {
      const record = recordAt(store, input.Id);
      const outputs = Object.entries(record.outputs);
      return {
        RecordDetail: showRecord(store, record),
        RecordOutputs: outputs.map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
      };
    },
    DescribeProvisionedProduct: (input: { Id?: string; Name?: string }) => ({
      ProvisionedProductDetail: showProvisioned(
        landingZone,
        provisionedAt(store, { id: input.Id, name: input.Name }),
      ),
      CloudWatchDashboards: [],
    }),
    SearchProvisionedProducts(input: SearchInput) {
      const all = store.values<ProvisionedProduct>(PROVISIONED);
      const shown = all.map((product) => showAttributes(store, landingZone, product));
      const found = searchProvisioned(shown, input.Filters?.SearchQuery ?? []);
      const size = input.PageSize || 20;
      const { items, nextToken } = page(found, input.PageToken, size, 'InvalidParametersException');
      return { ProvisionedProducts: items, TotalResultsCount: found.length, NextPageToken: nextToken };
    },
    ListRecordHistory(input: { PageSize?: number; PageToken?: string }) {
      const records = store.values<ProductRecord>(RECORDS);
      const { items, nextToken } = page(
        records,
        input.PageToken,
        input.PageSize || 20,
        'InvalidParametersException',
      );
      return { RecordDetails: items.map((record) => showRecord(store, record)), NextPageToken: nextToken };
    },
  };
}

type SearchInput = { Filters?: Record<string, string[]>; PageSize?: number; PageToken?: string };

/** How many requests to make an account were ever accepted under a product name; for the simulator's checkers. */
export const acceptedProvisions = ({ store }: Pick<World, 'store'>, productName?: string): number =>
  store
    .values<ProductRecord>(RECORDS)
    .filter(({ type }) => type === 'PROVISION_PRODUCT')
    .filter(
      ({ provisionedProductName }) => (productName ?? provisionedProductName) === provisionedProductName,
    ).length;
