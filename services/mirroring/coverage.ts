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
 * account, all of its parts, and what began after it. Of an instance the newest word counts.
 * @returns undefined without facts that can be read
 */
export function foldCoverage(facts: readonly Pick<Fact, 'id' | 'version' | 'data'>[]): Coverage | undefined {
  const said = readAll(facts);
  const last = said.at(-1);
  if (!last) return undefined;
  const look = said.findLast(({ told }) => told.whole)?.told.look;
  const parts = said.filter(({ told }) => told.whole && told.look === look);
  const later = said.filter(({ told }) => !told.whole && (look === undefined || told.look > look));
  const rows = new Map<string, CoverageRow>();
  for (const one of parts) put(rows, one);
  for (const one of later) {
    for (const [id, row] of rows) if (row.instanceId === one.told.instanceId) rows.delete(id);
    put(rows, one);
  }
  const { status, reason, profile, targetId, region } = (parts.at(-1) ?? last).told;
  const mirrors = [...rows.values()].some(({ state }) => state === 'MIRRORING');
  return {
    ...{ version: look, status: mirrors ? 'MIRRORING' : status, reason, profile, targetId, region, rows },
    newest: last.told.look,
  };
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
