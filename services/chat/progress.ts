import type { PlannedApprovals } from '../approvals/approvals.schema.ts';
import { progressInWords } from '../approvals/verdict.ts';
import type { Fact } from '../ledger/fact.ts';
import { plain } from './message.ts';

/** How far the stages of a request are; null where one yes is all that it takes. */
export function progressText({ planText }: { planText: string }, facts: readonly Fact[]): string | null {
  const { approvals } = JSON.parse(planText) as { approvals: PlannedApprovals };
  const given = facts.filter(({ type }) => type === 'ApprovalGiven');
  const words = progressInWords(
    (approvals.stages ?? []).map(({ name, quorum }) => {
      const here = given.filter(({ data }) => data.stage === name);
      return {
        name,
        needed: quorum,
        given: Math.max(0, ...here.map(({ data }) => Number(data.given) || 0)),
        by: here.map(({ actor, data, occurredAt }) => ({
          decidedBy: actor ?? '',
          onBehalfOf: typeof data.onBehalfOf === 'string' ? data.onBehalfOf : null,
          decidedAt: occurredAt,
        })),
      };
    }),
  );
  return words && plain(words);
}
