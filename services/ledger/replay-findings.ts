import { isDrift } from '../drift/findings.ts';
import {
  advance,
  type Check,
  checkOf,
  type DriftRow,
  foldChecks,
  isNewer,
  rowKey,
  statusOf,
} from '../drift/fold.ts';
import { troubleOf } from '../drift/news.ts';
import { MIRROR_COVERAGE } from '../mirroring/findings.ts';
import type { Fact } from './fact.ts';
import type { GuardrailTurn, Row } from './replay.ts';

type Finding = {
  region: string;
  rule: string;
  resourceType: string;
  resourceId: string;
  control: string | null;
  status: string;
  version: number;
  factId: string;
  annotation: string | null;
  evaluatedAt: string;
  history: Map<number, { status: string; factId: string; recordedAt: string }>;
};

const OWN = 'jetway:';
/** What readings of an account find is judged by its guardrails of now; events are only kept (services/inbox). */
const OF_A_READING = 'read:';

/**
 * Findings of an account whose guardrails were changed: there alone the order of what was told matters, because a control
 * that was taken away is not heard any more.
 * @param facts ComplianceChanged and DriftChecked of the account, in the order of the ledger
 * @returns rows of `compliance` and `compliance_history`, without their key
 */
export function replayFindings(
  accountId: string,
  facts: readonly Fact[],
  turns: readonly GuardrailTurn[],
): { compliance: Row[]; history: Row[] } {
  const found = new Map<string, Finding>();
  const checks: Check[] = [];
  let turn: GuardrailTurn | undefined;
  const controlOf = (rule: string): string | undefined =>
    turn?.guardrails
      .filter((g) => g.carrier === rule)
      .map((g) => g.control)
      .sort()[0];

  function hear(fact: Fact): void {
    const place = placeOf(fact.data);
    const own = place.rule.startsWith(OWN);
    if (own !== (fact.source === 'jetway')) return;
    const key = rowKey(place as never);
    const was = found.get(key);
    const control = own
      ? ((fact.data.control as string | undefined) ?? place.rule)
      : (controlOf(place.rule) ?? null);
    if (control === null && was?.status === 'REMOVED') return;
    const status = String(fact.data.status);
    const one: Finding = was ?? {
      ...place,
      control: null,
      status: '',
      version: Number.NEGATIVE_INFINITY,
      factId: '',
      annotation: null,
      evaluatedAt: '',
      history: new Map(),
    };
    found.set(key, one);
    const known = one.history.get(fact.version);
    if (!known || known.factId < fact.id)
      one.history.set(fact.version, { status, factId: fact.id, recordedAt: fact.recordedAt });
    // The rows of drift are written by looks, which know of what they found in order again.
    if (own && place.rule !== MIRROR_COVERAGE) return;
    if (one.version < fact.version || (one.version === fact.version && one.factId < fact.id))
      Object.assign(one, {
        status,
        version: fact.version,
        factId: fact.id,
        annotation: (fact.data.annotation as string | undefined) ?? null,
        evaluatedAt: fact.occurredAt,
        control: control ?? one.control,
      });
  }

  function look(fact: Fact): void {
    const check = checkOf(fact);
    const newest = checks.reduce<Check | undefined>((a, b) => (!a || isNewer(b, a) ? b : a), undefined);
    checks.push(check);
    const before = new Map(
      [...found].flatMap(([key, one]) =>
        isDrift(one.rule) && one.status !== 'REMOVED' && one.status !== ''
          ? [[key, { ...one, properties: [] } as unknown as DriftRow] as const]
          : [],
      ),
    );
    const rows = newest === undefined || isNewer(check, newest) ? advance(before, check) : foldChecks(checks);
    for (const [key, row] of rows) {
      const was = found.get(key);
      found.set(key, {
        region: row.region,
        rule: row.rule,
        resourceType: row.resourceType,
        resourceId: row.resourceId,
        control: was && was.status !== '' ? was.control : row.control,
        status: row.status,
        version: row.version,
        factId: row.factId,
        annotation: row.annotation,
        evaluatedAt: new Date(row.version).toISOString(),
        history: was?.history ?? new Map(),
      });
    }
  }

  function adopt(): void {
    for (const one of found.values())
      if (one.control === null && !one.rule.startsWith(OWN)) one.control = controlOf(one.rule) ?? null;
  }

  function endRemoved(at: string): void {
    if (!turn?.changed) return;
    for (const one of found.values()) {
      // Mirroring is no guardrail of a plan: its findings end with what they are about.
      if (one.status === 'REMOVED' || one.status === '' || one.rule === MIRROR_COVERAGE) continue;
      const own = one.rule.startsWith(OWN);
      const acts = turn.guardrails.some(
        (g) => g.carrier === one.rule || (own && one.control !== null && g.control === one.control),
      );
      if (acts || (one.control === null && !turn.rules.has(one.rule))) continue;
      const end = one.control === null ? undefined : turn.endOf.get(one.control);
      const version = Math.max(one.version + 1, end ?? Date.parse(at));
      Object.assign(one, { status: 'REMOVED', version, annotation: null });
      if (!one.history.has(version))
        one.history.set(version, { status: 'REMOVED', factId: 'removed', recordedAt: at });
    }
  }

  const rest = [...turns];
  const turnUpto = (seq: number) => {
    while (rest[0] && rest[0].from <= seq) {
      turn = rest.shift();
      adopt();
      return turn;
    }
    return undefined;
  };
  const groups = groupsOf(facts, turns);
  for (const { at, facts: told, upto, speaks } of groups) {
    while (turnUpto(upto));
    for (const fact of told) if (fact.type === 'ComplianceChanged') hear(fact);
    for (const fact of told) if (fact.type === 'DriftChecked') look(fact);
    if (speaks) endRemoved(at);
  }
  return rowsOf(accountId, found);
}

/** Facts of findings and turns of guardrails by transaction, in order. */
function groupsOf(facts: readonly Fact[], turns: readonly GuardrailTurn[]) {
  const groups = new Map<string, { at: string; upto: number; facts: Fact[]; speaks: boolean }>();
  const group = (at: string, seq: number) => {
    const one = groups.get(at) ?? { at, upto: seq, facts: [], speaks: false };
    one.upto = Math.max(one.upto, seq);
    groups.set(at, one);
    return one;
  };
  for (const { at, upto } of turns) group(at, upto).speaks = true;
  for (const fact of facts) {
    const one = group(fact.recordedAt, fact.seq);
    one.facts.push(fact);
    if (fact.type === 'DriftChecked' || fact.id.startsWith(OF_A_READING)) one.speaks = true;
  }
  return [...groups.values()].sort((a, b) => a.upto - b.upto);
}

const placeOf = (data: Row) => ({
  region: String(data.region),
  rule: String(data.rule),
  resourceType: String(data.resourceType),
  resourceId: String(data.resourceId),
});

function rowsOf(accountId: string, found: ReadonlyMap<string, Finding>) {
  const rows = [...found.values()].map((one) => ({
    one,
    place: {
      account_id: accountId,
      region: one.region,
      rule: one.rule,
      resource_type: one.resourceType,
      resource_id: one.resourceId,
    },
  }));
  return {
    compliance: rows.flatMap(({ one, place }) =>
      // Of drift the rows are written by looks, never by what is told of them.
      one.status === ''
        ? []
        : [
            {
              ...place,
              control: one.control,
              status: one.status,
              version: one.version,
              fact_id: one.factId,
              annotation: one.annotation,
              evaluated_at: one.evaluatedAt,
            },
          ],
    ),
    history: rows.flatMap(({ one, place }) =>
      [...one.history].map(([version, { status, factId, recordedAt }]) => ({
        ...place,
        version,
        status,
        fact_id: factId,
        recorded_at: recordedAt,
      })),
    ),
  };
}

/** What looks for drift have found in an account whose guardrails were never changed, and what is said of the newest. */
export function replayLooks(accountId: string, facts: readonly Fact[]): { compliance: Row[]; check: Row } {
  const checks = facts.map(checkOf);
  const rows = foldChecks(checks);
  const newest = checks.reduce((a, b) => (isNewer(b, a) ? b : a));
  return {
    compliance: [...rows.values()].map((row) => ({
      account_id: accountId,
      region: row.region,
      rule: row.rule,
      resource_type: row.resourceType,
      resource_id: row.resourceId,
      control: row.control,
      status: row.status,
      version: row.version,
      fact_id: row.factId,
      annotation: row.annotation,
      evaluated_at: new Date(row.version).toISOString(),
    })),
    check: {
      account_id: accountId,
      version: newest.version,
      fact_id: newest.factId,
      status: statusOf(rows, newest.data),
      trouble: troubleOf(newest.data),
    },
  };
}
