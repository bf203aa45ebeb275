import { z } from 'zod';
import { apiCall } from './cloudtrail.schema.ts';
import { Name } from './common.schema.ts';

/** CloudTrail may hide values of parameters, and they hold people's addresses: they stay out. */
export const CallDetail = apiCall(
  ['ProvisionProduct', 'UpdateProvisionedProduct', 'TerminateProvisionedProduct'],
  z
    .object({
      productId: Name.optional(),
      provisioningArtifactId: Name.optional(),
      provisionedProductId: Name.optional(),
      provisionedProductName: Name.optional(),
    })
    .nullish(),
  z
    .object({
      recordDetail: z.object({
        recordId: Name,
        status: Name,
        provisionedProductId: Name.optional(),
        provisionedProductName: Name.optional(),
        provisionedProductType: Name.optional(),
      }),
    })
    .nullish(),
);
