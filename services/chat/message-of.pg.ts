import { eq } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { accountRequests, requestViews } from '../../db/schema/index.ts';
import { previewedIn } from '../account-changes/change-previewed.ts';
import type { Catalogue } from '../guardrails/catalogue.ts';
import type { Fact } from '../ledger/fact.ts';
import { factsOfRequests } from '../ledger/ledger.pg.ts';
import type { RequestState } from '../ledger/request-view.ts';
import type { ApprovalMessage } from './approval-message.ts';
import { type Ending, plain, settledText } from './message.ts';
import { progressText } from './progress.ts';
import { askedBy } from './request-message.ts';

export type ReadMessage = {
  message: ApprovalMessage;
  request: typeof accountRequests.$inferSelect;
  organizationalUnitId: string;
};

/** What approvers are shown of a request as it stands now; undefined where there is none. */
export async function messageOf(
  orm: Orm,
  catalogue: Catalogue,
  requestId: string,
): Promise<ReadMessage | undefined> {
  const [row] = await orm
    .select({
      request: accountRequests,
      view: requestViews.view,
      organizationalUnitId: requestViews.organizationalUnitId,
    })
    .from(accountRequests)
    .innerJoin(requestViews, eq(requestViews.requestId, accountRequests.id))
    .where(eq(accountRequests.id, requestId));
  if (!row) return undefined;
  const { request, organizationalUnitId } = row;
  const facts = await factsOfRequests(orm, [requestId]);
  const message = messageFrom({ request, state: row.view as RequestState }, catalogue, facts);
  return { message, request, organizationalUnitId };
}

/** The same from what was read already: the request as it stands, and all of its facts. */
export function messageFrom(
  { request, state }: { request: ReadMessage['request']; state: RequestState },
  catalogue: Catalogue,
  facts: readonly Fact[],
): ApprovalMessage {
  const previewed = request.kind === 'account-change' ? previewedIn(facts) : [];
  const settled = settledText(state, endingOf(state, facts));
  const asked = askedBy(request, catalogue, previewed);
  return {
    requestId: request.id,
    planDigest: request.planDigest,
    ...asked,
    unusual: [...asked.unusual, ...declinedWords(facts)],
    progress: settled === undefined ? progressText(request, facts) : null,
    settled: settled ?? null,
  };
}

/** Why people are asked although the policy could have decided by itself. */
const declinedWords = (facts: readonly Fact[]): string[] =>
  facts.flatMap((f) => (f.type === 'AutomaticApprovalDeclined' ? [plain(String(f.data.words))] : []));

const END_OF: Partial<Record<RequestState['status'], Fact['type']>> = {
  CANCELLED: 'RequestCancelled',
  EXPIRED: 'RequestExpired',
  REJECTED: 'RequestRejected',
};

/** The newest word that brought it where it stands. */
function endingOf({ status }: RequestState, facts: readonly Fact[]): Ending {
  const type = END_OF[status] ?? 'ApprovalDecided';
  const end = facts.filter((fact) => fact.type === type).at(-1);
  // Of several who had to say yes, all are named.
  const all = type === 'ApprovalDecided' ? end?.data.decidedBy : undefined;
  return { by: Array.isArray(all) ? all.join(' and ') : end?.actor, at: end?.occurredAt };
}
