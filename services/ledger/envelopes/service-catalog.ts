import type { Envelope } from '../envelope.schema.ts';
import { callFact, isOwnRecord } from './cloudtrail.ts';
import { API_CALL, type EventKind, type Reading, TIMELINE_ONLY } from './kind.ts';
import { CallDetail } from './service-catalog.schema.ts';

/** The call is not its outcome: that is in the record, and the workflow reads it. */
function readCall(envelope: Envelope): Reading | undefined {
  const call = CallDetail.safeParse(envelope.detail).data;
  if (!call || !isOwnRecord(call, envelope)) return undefined;
  const asked = call.requestParameters;
  const record = call.responseElements?.recordDetail;
  return {
    facts: [
      callFact(envelope, 'ProductCallRecorded', call, {
        data: {
          provisionedProductId: record?.provisionedProductId ?? asked?.provisionedProductId,
          provisionedProductName: record?.provisionedProductName ?? asked?.provisionedProductName,
          provisionedProductType: record?.provisionedProductType,
          productId: asked?.productId,
          provisioningArtifactId: asked?.provisioningArtifactId,
          recordId: record?.recordId,
          recordStatus: record?.status,
        },
      }),
    ],
  };
}

export const serviceCatalogKinds: readonly EventKind[] = [
  {
    source: 'aws.servicecatalog',
    detailType: API_CALL,
    events: CallDetail.shape.eventName.options,
    speaker: 'management',
    fact: 'ProductCallRecorded',
    changes: TIMELINE_ONLY,
    read: readCall,
  },
];
