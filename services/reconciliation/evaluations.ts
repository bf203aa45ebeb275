import { meaningOf } from '../ledger/envelopes/kind.ts';
import type { NewFact } from '../ledger/fact.ts';
import type { AccountSnapshot, Evaluation } from './assemble-account.ts';

/** A row of the compliance table, as far as it matters here. */
export type KnownFinding = Pick<Evaluation, 'rule' | 'resourceType' | 'resourceId' | 'status' | 'version'>;

type Place = Pick<Evaluation, 'rule' | 'resourceType' | 'resourceId'>;

const placeOf = ({ rule, resourceType, resourceId }: Place): string =>
  [rule, resourceType, resourceId].join('\u0000');

/** What says that there is nothing to be compliant with any more. */
const GONE = ['NOT_APPLICABLE', 'REMOVED'];

/**
 * What Config has found in an account, as the facts that its events would have become: of one evaluation there is one fact,
 * by whichever road it comes. Of a resource or a rule that Config has no result for any more, nobody says when that came
 * about: it is NOT_APPLICABLE from the start of the reading on.
 *
 * @param known the rows of the account in this Region, but for our own findings
 */
export function complianceFacts(
  { accountId, region, readFrom, evaluations }: Omit<AccountSnapshot, 'policies' | 'stacks' | 'instances'>,
  known: readonly KnownFinding[],
): NewFact[] {
  const before = new Map(known.map((one) => [placeOf(one), one]));
  const seen = new Set(evaluations.map(placeOf));
  const news = evaluations.filter((one) => {
    const was = before.get(placeOf(one));
    if (was === undefined || was.version < one.version) return true;
    return was.version === one.version && was.status !== one.status;
  });
  const ended = known.filter(
    (one) => !seen.has(placeOf(one)) && !GONE.includes(one.status) && one.version < readFrom,
  );
  return [
    ...news,
    ...ended.map(
      (one): Evaluation => ({
        ...one,
        status: 'NOT_APPLICABLE',
        version: readFrom,
        annotation: 'Config has no result for it any more.',
      }),
    ),
  ].map(({ rule, resourceType, resourceId, status, version, annotation }) => {
    const parts = [accountId, region, rule, resourceType, resourceId, version, status];
    const meaning = meaningOf(['compliance', ...parts]);
    return {
      id: `read:${meaning}`,
      meaning,
      type: 'ComplianceChanged',
      source: 'aws.config',
      accountId,
      version,
      occurredAt: new Date(version).toISOString(),
      data: {
        region,
        rule,
        resourceType,
        resourceId,
        status,
        before: before.get(placeOf({ rule, resourceType, resourceId }))?.status ?? null,
        ...(annotation === null ? {} : { annotation }),
      },
    };
  });
}
