import { meaningOf } from '../ledger/envelopes/kind.ts';
import type { NewFact } from '../ledger/fact.ts';
import type { AccountSnapshot, Evaluation } from './assemble-account.ts';

/** A row of the compliance table, as far as it matters here. */
export type KnownFinding = Pick<
  Evaluation,
  'region' | 'rule' | 'resourceType' | 'resourceId' | 'status' | 'version'
>;

type Place = Pick<Evaluation, 'region' | 'rule' | 'resourceType' | 'resourceId'>;

const placeOf = ({ region, rule, resourceType, resourceId }: Place): string =>
  [region, rule, resourceType, resourceId].join('\u0000');

/** How late the copies of other Regions may be. AWS gives no number; what is newer than this is left to its next reading. */
export const COPIES_LATE_MS = 3_600_000;

/** What says that there is nothing to be compliant with any more. */
const GONE = ['NOT_APPLICABLE', 'REMOVED'];

/**
 * What Config has found in an account, as the facts that its events would have become: of one evaluation there is one fact,
 * by whichever road it comes. Of a resource or a rule that Config has no result for any more, nobody says when that came
 * about: it is NOT_APPLICABLE from the start of the reading on; of another Region than home, from so long before it as the
 * copies at home may be late. Of a Region that was not read nothing is said.
 *
 * @param known the rows of the account, but for our own findings
 */
export function complianceFacts(
  account: Omit<AccountSnapshot, 'policies' | 'stacks' | 'instances'>,
  known: readonly KnownFinding[],
): NewFact[] {
  const { accountId, region: home, regions, readFrom, evaluations } = account;
  const readOf = (region: string): number | undefined => {
    if (region === home) return readFrom;
    return regions.includes(region) ? readFrom - COPIES_LATE_MS : undefined;
  };
  const before = new Map(known.map((one) => [placeOf(one), one]));
  const seen = new Set(evaluations.map(placeOf));
  const news = evaluations.filter((one) => {
    const was = before.get(placeOf(one));
    if (was === undefined || was.version < one.version) return true;
    return was.version === one.version && was.status !== one.status;
  });
  const ended = known.flatMap((one) => {
    const version = readOf(one.region);
    const stands = seen.has(placeOf(one)) || GONE.includes(one.status);
    return version === undefined || stands || one.version >= version ? [] : [{ ...one, version }];
  });
  return [
    ...news,
    ...ended.map(
      (one): Evaluation => ({
        ...one,
        status: 'NOT_APPLICABLE',
        annotation: 'Config has no result for it any more.',
      }),
    ),
  ].map(({ region, rule, resourceType, resourceId, status, version, annotation }) => {
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
        before: before.get(placeOf({ region, rule, resourceType, resourceId }))?.status ?? null,
        ...(annotation === null ? {} : { annotation }),
      },
    };
  });
}
