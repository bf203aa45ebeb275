import type { Fact } from '../ledger/fact.ts';

/**
 * The input of a request's workflow: the frozen plan with its digest, byte for byte what was approved.
 * @param planText canonical JSON of the plan without its digest
 */
export const executionInput = (requestId: string, planDigest: string, planText: string): string => {
  const digest = JSON.stringify(planDigest);
  return `{"requestId":${JSON.stringify(requestId)},"planDigest":${digest},"plan":{"digest":${digest},${planText.slice(1)}}`;
};

/** The outbound event of a fact, as contract names its members. */
export function outboundDetail(fact: Fact): string {
  return JSON.stringify({
    id: fact.id,
    type: fact.type,
    version: 1,
    occurredAt: fact.occurredAt,
    correlationId: fact.requestId ?? fact.accountId ?? fact.id,
    ...(fact.requestId === undefined ? {} : { requestId: fact.requestId }),
    ...(fact.accountId === undefined ? {} : { accountId: fact.accountId }),
    data: fact.data,
  });
}
