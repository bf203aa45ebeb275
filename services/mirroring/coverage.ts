import type { Fact } from '../ledger/fact.ts';
import { MirrorTold } from './told.schema.ts';

export type CoverageRow = Omit<MirrorTold['items'][number], 'state'> & {
  state: 'MIRRORING' | 'ARMED' | 'UNSUPPORTED' | 'LIMIT';
  profile: string;
  targetId: string;
  version: number;
  factId: string;
};
export type Coverage = {
  /** Start of the newest whole look; undefined when only events have told of the account. */
  version: number | undefined;
  status: 'NOT_ARMED' | 'ARMED' | 'MIRRORING';
  reason: string | undefined;
  profile: string;
  targetId: string;
  region: string;
  /** Start of the newest run that is known. */
  newest: number;
  /** By network interface and profile. */
  rows: ReadonlyMap<string, CoverageRow>;
};

type Said = { factId: string; order: number; told: MirrorTold };

/**
 * What there is, out of the facts of one account in any order, each any number of times: the newest look at the whole
 * account of which all parts are known, and what began after it. Of an instance the newest word counts; a look that is
 * not told to its end speaks of the interfaces that it names. What an event did with filters that the look has replaced
 * is nobody's word: the look may have undone it.
 * @returns undefined without facts that can be read
 */
export function foldCoverage(facts: readonly Pick<Fact, 'id' | 'version' | 'data'>[]): Coverage | undefined {
  const said = readAll(facts);
  const last = said.at(-1);
  if (!last) return undefined;
  const look = newestWhole(said);
  const parts = said.filter(({ told }) => told.whole && told.look === look);
  const armed = parts.at(-1)?.told.armed ?? 0;
  const later = said.filter(
    ({ told }) => told.look !== look && (look === undefined || told.look > look) && told.armed >= armed,
  );
  const rows = new Map<string, CoverageRow>();
  for (const one of parts) put(rows, one);
  for (const one of later) {
    takeAway(rows, one.told);
    put(rows, one);
  }
  dropReplaced(rows, [...parts, ...said.filter(({ told }) => look === undefined || told.look > look)]);
  const { status, reason, profile, targetId, region } = (parts.at(-1) ?? last).told;
  const mirrors = [...rows.values()].some(({ state }) => state === 'MIRRORING');
  return {
    ...{ version: look, status: mirrors ? 'MIRRORING' : status, reason, profile, targetId, region, rows },
    newest: last.told.look,
  };
}

/** The newest look of which every part is there. */
function newestWhole(said: readonly Said[]): number | undefined {
  const looks = new Map<number, MirrorTold[]>();
  for (const { told } of said) if (told.whole) looks.set(told.look, [...(looks.get(told.look) ?? []), told]);
  const isComplete = (parts: readonly MirrorTold[]): boolean => {
    const end = parts.find((one) => one.last);
    return end !== undefined && new Set(parts.map(({ part }) => part)).size > end.part;
  };
  const complete = [...looks].flatMap(([look, parts]) => (isComplete(parts) ? [look] : []));
  return complete.length > 0 ? Math.max(...complete) : undefined;
}

/** Sessions by filters that are armed no more may be gone: none of them is said to be there until it is told anew. */
function dropReplaced(rows: Map<string, CoverageRow>, said: readonly Said[]): void {
  const armed = Math.max(...said.map(({ told }) => told.armed));
  const before = new Set(said.flatMap(({ factId, told }) => (told.armed < armed ? [factId] : [])));
  for (const [key, row] of rows) if (row.state === 'MIRRORING' && before.has(row.factId)) rows.delete(key);
}

/** What is said anew: of an instance by an event, of the interfaces that it names by a part of a look. */
function takeAway(rows: Map<string, CoverageRow>, told: MirrorTold): void {
  const named = new Set(told.items.map(({ networkInterfaceId }) => networkInterfaceId));
  for (const [key, row] of rows)
    if (told.whole ? named.has(row.networkInterfaceId) : row.instanceId === told.instanceId) rows.delete(key);
}

/** Each once, the oldest run first, and a run's messages in their order. */
function readAll(facts: readonly Pick<Fact, 'id' | 'version' | 'data'>[]): Said[] {
  const known = new Map<string, Said>();
  for (const { id, version, data } of facts) {
    const read = MirrorTold.safeParse(data);
    if (read.success) known.set(id, { factId: id, order: version, told: read.data });
  }
  return [...known.values()].sort(
    (a, b) => a.told.look - b.told.look || a.order - b.order || (a.factId < b.factId ? -1 : 1),
  );
}

function put(rows: Map<string, CoverageRow>, { factId, told }: Said): void {
  const { look: version } = told;
  for (const { state, profile = told.profile, targetId = told.targetId, ...item } of told.items)
    if (state !== 'GONE')
      rows.set(`${item.networkInterfaceId} ${profile}`, {
        ...{ ...item, state, profile, targetId, version, factId },
      });
}
