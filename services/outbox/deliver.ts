import { executionName } from '../ledger/envelope.ts';
import type { Fact } from '../ledger/fact.ts';

/** The input of a vend, as planning froze it: `{ requestId, planDigest, plan }`, canonical, byte for byte the same. */
export const vendingInput = (requestId: string, planDigest: string, planText: string, epoch = 0, resume = ''): string =>
  `{"requestId":${JSON.stringify(requestId)},"planDigest":${JSON.stringify(planDigest)},"epoch":${epoch}${resume},"plan":${planText}}`;

export const vendingName = executionName;

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
