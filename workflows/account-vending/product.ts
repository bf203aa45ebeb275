import type { Assign } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';

/** What is known of a product that was found by its name. Its last record is what made it, or changed it since. */
export const FOUND_PRODUCT: Assign = {
  productId: expr('$states.result.ProvisionedProductDetail.Id'),
  productStatus: expr('$states.result.ProvisionedProductDetail.Status'),
  recordId: expr(
    `($p := $states.result.ProvisionedProductDetail;
      $exists($p.LastProvisioningRecordId) ? $p.LastProvisioningRecordId : $exists($p.LastRecordId) ? $p.LastRecordId : '')`,
  ),
};

/** The frozen plan, for the call that makes the account and for the one that mends it. */
export const PLANNED_PRODUCT = {
  ProvisionedProductName: expr('$plan.product.provisionedProductName'),
  ProductId: expr('$plan.product.productId'),
  ProvisioningArtifactId: expr('$plan.product.provisioningArtifactId'),
  ProvisioningParameters: expr("[$plan.product.parameters.{'Key': key, 'Value': value}]"),
} as const;

/** Control Tower takes 10 to 45 minutes; after this time a person looks. */
const PATIENCE_MS = 4 * 3600 * 1000;

/** Set before the wait for a record. */
export const BEGIN_WAITING: Assign = {
  deadline: expr(`$toMillis($states.context.State.EnteredTime) + ${PATIENCE_MS}`),
  woken: false,
  looks: 0,
};
