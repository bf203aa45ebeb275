import { page } from '../../paging.ts';
import type { LandingZone, Operation, World } from '../../world.ts';
import { type Artifact, artifactAt, PRODUCTS, type Product, productAt } from './documents.ts';
import { PARAMETER_KEYS } from './parameters.ts';

const iso = (ms: number) => new Date(ms).toISOString();

/** The catalogue: products and their versions. Provisioned products are in service-catalog.ts. */
export function productOperations(world: World): Record<string, Operation> {
  const { store, landingZone } = world;
  const detail = (product: Product) => productDetail(landingZone, product);
  return {
    SearchProductsAsAdmin(input: SearchInput) {
      const texts = input.Filters?.FullTextSearch ?? [];
      const owners = input.Filters?.Owner;
      const found = store
        .values<Product>(PRODUCTS)
        .filter((product) => texts.every((text) => product.name.toLowerCase().includes(text.toLowerCase())))
        .filter((product) => owners?.includes(product.owner) ?? true);
      const size = input.PageSize || 20;
      const { items, nextToken } = page(found, input.PageToken, size, 'InvalidParametersException');
      return { ProductViewDetails: items.map(detail), NextPageToken: nextToken };
    },
    DescribeProductAsAdmin(input: { Id?: string; Name?: string }) {
      const product = productAt(store, { id: input.Id, name: input.Name });
      return {
        ProductViewDetail: detail(product),
        ProvisioningArtifactSummaries: product.artifacts.map(artifactSummary),
        Tags: [],
        TagOptions: [],
        Budgets: [],
      };
    },
    ListProvisioningArtifacts: (input: { ProductId: string }) => ({
      ProvisioningArtifactDetails: productAt(store, { id: input.ProductId }).artifacts.map(artifactDetail),
    }),
    DescribeProvisioningArtifact(input: ArtifactInput) {
      const product = productAt(store, { id: input.ProductId, name: input.ProductName });
      const ref = { id: input.ProvisioningArtifactId, name: input.ProvisioningArtifactName };
      return {
        ProvisioningArtifactDetail: artifactDetail(artifactAt(product, ref)),
        Status: 'AVAILABLE',
        ...(input.IncludeProvisioningArtifactParameters
          ? { ProvisioningArtifactParameters: parameters() }
          : {}),
      };
    },
    ListLaunchPaths(input: { ProductId: string }) {
      const product = productAt(store, { id: input.ProductId });
      return {
        LaunchPathSummaries: [
          { Id: product.pathId, Name: product.portfolioName, ConstraintSummaries: [], Tags: [] },
        ],
      };
    },
  };
}

type SearchInput = { Filters?: Record<string, string[]>; PageSize?: number; PageToken?: string };
type ArtifactInput = {
  ProductId?: string;
  ProductName?: string;
  ProvisioningArtifactId?: string;
  ProvisioningArtifactName?: string;
  IncludeProvisioningArtifactParameters?: boolean;
};

const productDetail = (landingZone: LandingZone, product: Product) => ({
  ProductViewSummary: {
    Id: product.viewId,
    ProductId: product.id,
    Name: product.name,
    Owner: product.owner,
    ShortDescription: 'Enrolls an existing account or creates a new one with the controls of its OU.',
    Type: 'CLOUD_FORMATION_TEMPLATE',
    HasDefaultPath: false,
  },
  Status: 'AVAILABLE',
  ProductARN: `arn:aws:catalog:${landingZone.homeRegion}:${landingZone.managementAccountId}:product/${product.id}`,
  CreatedTime: iso(product.createdMs),
});

const artifactSummary = ({ id, name, description, createdMs }: Artifact) => ({
  Id: id,
  Name: name,
  Description: description,
  CreatedTime: iso(createdMs),
});

const artifactDetail = ({ id, name, description, active, createdMs }: Artifact) => ({
  Id: id,
  Name: name,
  Description: description,
  Type: 'CLOUD_FORMATION_TEMPLATE',
  CreatedTime: iso(createdMs),
  Active: active,
  Guidance: 'DEFAULT',
});

const parameters = () =>
  PARAMETER_KEYS.map((ParameterKey) => ({ ParameterKey, ParameterType: 'String', IsNoEcho: false }));
