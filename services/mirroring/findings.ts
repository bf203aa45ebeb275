import { sha256 } from '../kernel/canonical-json.ts';
import type { NewFact } from '../ledger/fact.ts';
import type { Coverage, CoverageRow } from './coverage.ts';

/** The rule by which gaps in coverage are violations, and the control that it belongs to: both are Jetway's own. */
export const MIRROR_COVERAGE = 'jetway:mirror-coverage';
export const MIRROR_CONTROL = 'JETWAY-GR_MIRROR_COVERAGE';

const INTERFACE = 'AWS::EC2::NetworkInterface';
/** As Config names an account where it is the resource. */
const ACCOUNT = 'AWS::::Account';

/** A finding of this rule as the compliance table has it. */
export type KnownCoverage = {
  region: string;
  resourceType: string;
  resourceId: string;
  status: string;
  annotation: string | null;
  version: number;
};

type Status = 'COMPLIANT' | 'NON_COMPLIANT' | 'NOT_APPLICABLE';
type Finding = Pick<KnownCoverage, 'resourceType' | 'resourceId' | 'annotation' | 'version'> & {
  status: Status;
};

/**
 * What coverage comes to, one finding for each interface that a profile asks for. What AWS cannot mirror is not
 * applicable and says why; whatever else has no session is a violation. An account that cannot be armed is one itself.
 */
export function coverageFindings(accountId: string, coverage: Coverage): Finding[] {
  const byInterface = new Map<string, CoverageRow[]>();
  for (const row of coverage.rows.values())
    byInterface.set(row.networkInterfaceId, [...(byInterface.get(row.networkInterfaceId) ?? []), row]);
  const { status, reason, version = 0 } = coverage;
  const unarmed = status === 'NOT_ARMED' && reason !== undefined;
  return [
    {
      ...{ resourceType: ACCOUNT, resourceId: accountId, version },
      status: unarmed ? 'NON_COMPLIANT' : 'COMPLIANT',
      annotation: unarmed ? `Nothing of the account can be mirrored: ${reason}.` : null,
    },
    ...[...byInterface].map(([resourceId, rows]) => ({
      ...{ resourceType: INTERFACE, resourceId },
      version: Math.max(...rows.map((row) => row.version)),
      ...ofInterface(rows),
    })),
  ];
}

function ofInterface(rows: readonly CoverageRow[]): Pick<Finding, 'status' | 'annotation'> {
  const gaps = rows.filter(({ state }) => state === 'ARMED' || state === 'LIMIT');
  if (gaps.length > 0) return { status: 'NON_COMPLIANT', annotation: `Not mirrored: ${whyOf(gaps)}.` };
  const cannot = rows.filter(({ state }) => state === 'UNSUPPORTED');
  return cannot.length > 0
    ? { status: 'NOT_APPLICABLE', annotation: `Cannot be mirrored: ${whyOf(cannot)}.` }
    : { status: 'COMPLIANT', annotation: null };
}

const whyOf = (rows: readonly CoverageRow[]): string =>
  rows
    .map(({ profile, reason = 'there is no session' }) => `${profile}: ${reason}`)
    .sort()
    .join('; ');

const GONE = 'No profile asks for it any more, or it is gone.';
const placeOf = ({ resourceType, resourceId }: Pick<Finding, 'resourceType' | 'resourceId'>): string =>
  `${resourceType}\u0000${resourceId}`;

/**
 * The facts that say what has turned since the table was written. An interface that was never a gap is not spoken of: its
 * session says enough. From these facts the table, its history and the counters are folded like any other finding.
 *
 * @param known the findings of the account by this rule
 * @param cause the fact that has told of the coverage: the same telling gives the same facts
 */
export function coverageNews(
  account: { accountId: string; region: string },
  coverage: Coverage,
  known: readonly KnownCoverage[],
  cause: string,
): NewFact[] {
  const { accountId } = account;
  const before = new Map(known.map((one) => [placeOf(one), one]));
  const found = coverageFindings(accountId, coverage);
  const there = new Set(found.map(placeOf));
  const gone = known
    .filter((one) => !there.has(placeOf(one)) && one.status !== 'NOT_APPLICABLE')
    .map(
      ({ resourceType, resourceId }): Finding => ({
        ...{ resourceType, resourceId, annotation: GONE },
        ...{ status: 'NOT_APPLICABLE', version: coverage.newest },
      }),
    );
  return [...found, ...gone].flatMap((one) => {
    const was = before.get(placeOf(one));
    const says = one.status !== 'NON_COMPLIANT' || one.annotation === was?.annotation;
    if (was ? was.status === one.status && says : one.status === 'COMPLIANT') return [];
    // What is told late still turns what is known: it comes after it.
    const version = Math.max(one.version, (was?.version ?? 0) + 1);
    const name = sha256([accountId, placeOf(one), cause].join('\u0000')).slice('sha256:'.length);
    const id = `ComplianceChanged:mirror-${name.slice(0, 32)}`;
    return [
      {
        ...{ id, meaning: id, type: 'ComplianceChanged' as const, source: 'jetway', accountId, version },
        occurredAt: new Date(version).toISOString(),
        data: {
          region: was?.region ?? account.region,
          rule: MIRROR_COVERAGE,
          ...{ resourceType: one.resourceType, resourceId: one.resourceId, control: MIRROR_CONTROL },
          ...{ status: one.status, before: was?.status ?? null },
          ...(one.annotation === null ? {} : { annotation: one.annotation }),
          evidence: cause,
        },
      },
    ];
  });
}
