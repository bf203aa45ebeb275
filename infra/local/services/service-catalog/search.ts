import { AwsError } from '../../world.ts';
import type { showAttributes } from './documents.ts';

type Attributes = ReturnType<typeof showAttributes>;

/** Fields of a query such as `physicalId:444455556666`. */
const FIELDS: Record<string, (product: Attributes) => string | undefined> = {
  arn: (product) => product.Arn,
  createdtime: (product) => product.CreatedTime,
  id: (product) => product.Id,
  idempotencytoken: (product) => product.IdempotencyToken,
  lastrecordid: (product) => product.LastRecordId,
  name: (product) => product.Name,
  physicalid: (product) => product.PhysicalId,
  productid: (product) => product.ProductId,
  productname: (product) => product.ProductName,
  provisioningartifactid: (product) => product.ProvisioningArtifactId,
  status: (product) => product.Status,
  type: (product) => product.Type,
  userarn: (product) => product.UserArn,
};

/**
 * The products that match every query. A query is `field:value`, with `"…"` around a value and `*` at its end if
 * wanted, or a bare word that stands in the name or id.
 */
export function searchProvisioned(products: Attributes[], queries: string[]): Attributes[] {
  return queries.reduce((left, query) => left.filter(test(query)), products);
}

function test(query: string): (product: Attributes) => boolean {
  const [, name, value] = /^(\w+):\s*(.+)$/s.exec(query.trim()) ?? [];
  if (name === undefined || value === undefined) {
    return ({ Name, Id }) => Name.includes(query.trim()) || Id === query.trim();
  }
  const field = Object.hasOwn(FIELDS, name.toLowerCase()) ? FIELDS[name.toLowerCase()] : undefined;
  if (!field) throw new AwsError('InvalidParametersException', `Unknown field ${name} in the search query.`);
  const wanted = value.replace(/^"(.*)"$/s, '$1').toLowerCase();
  return (product) => {
    const found = field(product)?.toLowerCase();
    return wanted.endsWith('*') ? (found?.startsWith(wanted.slice(0, -1)) ?? false) : found === wanted;
  };
}
