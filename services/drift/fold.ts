import { DriftChecked } from './check.schema.ts';
import { type Finding, findingsOf, looksAt } from './findings.ts';

/** A DriftChecked fact. `version` is the start of the check in milliseconds. */
export type Check = { factId: string; version: number; data: DriftChecked };

/** What is known of one thing that is, or once was, not as planned. */
export type DriftRow = Omit<Finding, 'annotation'> & {
  status: 'NON_COMPLIANT' | 'COMPLIANT';
  annotation: string | null;
  factId: string;
  version: number;
};

export type DriftRows = ReadonlyMap<string, DriftRow>;

export const rowKey = (row: Pick<Finding, 'region' | 'rule' | 'resourceType' | 'resourceId'>): string =>
  [row.region, row.rule, row.resourceType, row.resourceId].join('\u0000');

/** Later start wins; of two that started together, the greater id. */
export const isNewer = (
  a: Pick<Check, 'version' | 'factId'>,
  b: Pick<Check, 'version' | 'factId'>,
): boolean => a.version > b.version || (a.version === b.version && a.factId > b.factId);

export const checkOf = (fact: { id: string; version: number; data: unknown }): Check => ({
  factId: fact.id,
  version: fact.version,
  data: DriftChecked.parse(fact.data),
});

/** The rows after a check that is newer than all before: what it looked at is as it says, the rest stays. */
export function advance(rows: DriftRows, check: Check): Map<string, DriftRow> {
  const { factId, version, data } = check;
  const next = new Map<string, DriftRow>();
  for (const [key, row] of rows) {
    const cleared = {
      ...row,
      status: 'COMPLIANT' as const,
      annotation: null,
      properties: [],
      factId,
      version,
    };
    next.set(key, looksAt(data, row) ? cleared : row);
  }
  for (const finding of findingsOf(data)) {
    next.set(rowKey(finding), { ...finding, status: 'NON_COMPLIANT', factId, version });
  }
  return next;
}

/** The rows of a set of checks: the same for every order and repetition of them. */
export function foldChecks(checks: readonly Check[]): Map<string, DriftRow> {
  const once = [...new Map(checks.map((check) => [check.factId, check])).values()];
  return once
    .sort((a, b) => (isNewer(a, b) ? 1 : -1))
    .reduce<Map<string, DriftRow>>((rows, check) => advance(rows, check), new Map());
}

export type Turn = { row: DriftRow; before: DriftRow | undefined };

/** Rows that a check has turned, or whose words have changed: what the world is told. */
export function turnsOf(before: DriftRows, after: DriftRows): Turn[] {
  return [...after].flatMap(([key, row]) => {
    const old = before.get(key);
    const same = old?.status === row.status && old.annotation === row.annotation;
    return same || (!old && row.status === 'COMPLIANT') ? [] : [{ row, before: old }];
  });
}

export type DriftStatus = 'IN_SYNC' | 'DRIFTED' | 'UNKNOWN';

/** What the account is said to be: drifted when anything is known to be, unknown when not everything could be read. */
export function statusOf(rows: DriftRows, newest: DriftChecked): DriftStatus {
  if ([...rows.values()].some((row) => row.status === 'NON_COMPLIANT')) return 'DRIFTED';
  const whole =
    newest.trouble.length === 0 &&
    newest.stacks.every(({ state }) => state !== 'UNKNOWN' && state !== 'PARTLY_COMPARED') &&
    newest.instances.every(({ state }) => state !== 'UNKNOWN');
  return whole ? 'IN_SYNC' : 'UNKNOWN';
}
