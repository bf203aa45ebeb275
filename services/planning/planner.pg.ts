import { sql } from 'drizzle-orm';
import { askNamed, type Named, type Orm, rowsOf } from '../../db/client.ts';
import type { Blueprint } from '../../workflows/blueprints/blueprint.ts';
import type { ShippedPermissionSet } from '../../workflows/blueprints/permission-sets.ts';
import type { Catalogue } from '../guardrails/catalogue.ts';
import type { AccountCall } from '../guardrails/lockout.ts';
import type { StackTemplate } from '../guardrails/stack-template.ts';
import { coalesce, perDatabase } from '../kernel/coalesce.ts';
import type { Clock } from '../kernel/context.ts';
import { invalid, Problem } from '../kernel/errors.ts';
import type { MirrorCatalogue } from '../mirroring/catalogue.ts';
import { sourcesPerTarget, targetsOf } from '../mirroring/hub.ts';
import { snapshotOf } from '../reconciliation/reconciliation.pg.ts';
import { notReadyYet } from '../reconciliation/reconciliation.routes.ts';
import type { OrganizationSnapshot } from '../reconciliation/snapshot.schema.ts';
import { blocksKept, blocksUnderWay, deceivedSoFar, releasedSoFar } from '../requests/blocks-under-way.ts';
import type { Planner } from '../requests/intake.ts';
import type { AccountRequest } from '../requests/request.schema.ts';
import type { SettingsStore } from '../settings/settings.pg.ts';
import type { Settings } from '../settings/settings.schema.ts';
import { type Span, spansOf, withSpans } from './cidr.ts';
import { openTemplates } from './freeze-plan.ts';
import { type Grounded, groundOf, guessedGround, settingsOf } from './ground.pg.ts';
import { type PlanningContext, type PlanningSettings, planAccount } from './plan.ts';
import { quotaOf } from './preflight.ts';
import { openRecall } from './recall.ts';
import { asStanding } from './standing.ts';

export type PlannerDeps = {
  orm: Orm;
  clock: Clock;
  catalogue: Catalogue;
  blueprints: ReadonlyMap<string, Blueprint>;
  permissionSets: ReadonlyMap<string, ShippedPermissionSet>;
  mirroring: MirrorCatalogue;
  templateDigests: ReadonlyMap<string, string>;
  callsAfterGuardrails: readonly AccountCall[];
  stackTemplates: ReadonlyMap<string, StackTemplate>;
  settings: Omit<PlanningSettings, 'eta'>;
  /** Who has to say yes to what. */
  approvals: SettingsStore;
  /** What a vend takes until the ledger knows better; seconds of real time. */
  defaultEta: PlanningSettings['eta'];
};

/** Reads what planning needs and plans. @throws Problem invalid with JSON pointers, unavailable before the first snapshot */
export function openPlanner(deps: PlannerDeps): Planner {
  const { orm } = deps;
  const recall = openRecall();
  const readGround = coalesce((requests: readonly AccountRequest[]) => groundOf(orm, requests), { lanes: 2 });
  const etaAfter = rememberLast((_vended: string) => readEta(orm, deps.defaultEta));
  const landingZoneOf = rememberPair((snapshot: OrganizationSnapshot, { landingZone }: Settings) => ({
    snapshot,
    own: { ...deps.settings, ...ofLandingZone(landingZone) },
  }));
  const freeze = openTemplates();
  /** @returns what planning knows, to be asked when nothing is waited for any more: the block that is free then is chosen before another plan looks */
  const know = async (
    requestId: string,
    request: AccountRequest,
    { ground, usage }: Grounded,
    under?: (settings: Settings) => void,
  ) => {
    const [{ settings }, snapshot] = await Promise.all([
      deps.approvals.of(orm, settingsOf(ground)),
      ground.snapshot === null ? undefined : snapshotOf(orm, ground.snapshot),
    ]);
    under?.(settings);
    if (!snapshot) throw notReadyYet();
    const landingZone = landingZoneOf(snapshot, settings);
    const { own } = landingZone;
    const figures = await figuresOf(orm)(quotaOf(snapshot, own));
    const [eta, taken] = await Promise.all([etaAfter(ground.vended), takenSpans(orm)(figures.held)]);
    const sources = await mirrorSources(orm, request, { ...deps, settings: own });
    const context = (): PlanningContext => ({
      requestId,
      now: deps.clock.now().toISOString(),
      snapshot,
      catalogue: deps.catalogue,
      blueprints: deps.blueprints,
      permissionSets: deps.permissionSets,
      mirroring: deps.mirroring,
      templateDigests: deps.templateDigests,
      takenBlocks: [],
      takenSpans: taken(),
      callsAfterGuardrails: deps.callsAfterGuardrails,
      stackTemplates: deps.stackTemplates,
      settings: { ...own, eta },
      policies: settings.policies,
      recall,
      accountsUsed: figures.accountsUsed,
      mirrorSources: sources,
      ...usage,
    });
    return { context, landingZone };
  };
  const choose = (requestId: string, vpcCidr: string | null) => {
    const underWay = blocksUnderWay(orm);
    if (underWay.has(requestId)) underWay.set(requestId, vpcCidr);
  };
  const plan = async (...[requestId, request, { standing, under } = {}]: Parameters<Planner>) => {
    const known = await know(requestId, request, await readGround(request), under);
    const context = known.context();
    const planned = planAccount(request, standing ? asStanding(context, standing) : context);
    if ('errors' in planned) throw invalid(planned.errors);
    choose(requestId, planned.plan.network?.vpcCidr ?? null);
    return planned.plan;
  };
  const freezeOn = async (...asked: Parameters<typeof know>) => {
    const [requestId, request] = asked;
    const { context, landingZone } = await know(...asked);
    const planned = freeze(request, context(), landingZone);
    if (!('errors' in planned)) choose(requestId, planned.outline.vpcCidr);
    return planned;
  };
  const frozen: Planner['frozen'] = async (requestId, request, { mayGuess, under } = {}) => {
    const guess = mayGuess ? guessedGround(orm) : undefined;
    if (guess) {
      const planned = await freezeOn(
        requestId,
        request,
        { ground: guess, usage: NOT_LOOKED_UP },
        under,
      ).catch((error: unknown) => {
        if (error instanceof Problem) return undefined;
        throw error;
      });
      // What a guess refuses may be as well by now.
      if (planned && !('errors' in planned)) return { ...planned, ground: guess };
    }
    const grounded = await readGround(request);
    const planned = await freezeOn(requestId, request, grounded, under);
    if ('errors' in planned) throw invalid(planned.errors);
    return { ...planned, ground: grounded.ground };
  };
  return Object.assign(plan, { frozen });
}

const NOT_LOOKED_UP = { emailTakenBy: undefined, nameTakenBy: undefined };

/** Interfaces that send to the hub, where its targets take so many and no more: else nobody asks. */
async function mirrorSources(
  orm: Orm,
  { trafficMirroring: asked }: AccountRequest,
  { settings: { mirrorHub }, mirroring: { instanceTypes } }: Pick<PlannerDeps, 'settings' | 'mirroring'>,
): Promise<number | undefined> {
  if (!asked || !mirrorHub || sourcesPerTarget(mirrorHub, instanceTypes) === null) return undefined;
  const [row] = await rowsOf<{ n: number }>(
    orm,
    sql`select count(distinct network_interface_id)::int as n from mirror_interfaces
        where session_id is not null
          and target_id in (select jsonb_array_elements_text(${JSON.stringify(targetsOf(mirrorHub))}::jsonb))`,
  );
  return row?.n;
}

/** The settings say it, once somebody has approved them; before that the installation does. */
const ofLandingZone = (zone: Settings['landingZone']): Partial<PlanningSettings> =>
  zone === undefined
    ? {}
    : {
        cidrPools: zone.networkPools.map(({ cidr }) => cidr),
        unitsWithoutAccounts: zone.unitsWithoutAccounts,
        platformEmail: zone.platformEmail,
        ...(zone.mirrorHub === undefined ? {} : { mirrorHub: zone.mirrorHub }),
        ...(zone.accountQuota === undefined ? {} : { accountQuota: zone.accountQuota }),
      };

/** One value, until it is asked for with another key. */
function rememberLast<T>(find: (key: string) => Promise<T>): (key: string) => Promise<T> {
  let last: { key: string; value: T } | undefined;
  return async (key) => {
    if (last?.key !== key) last = { key, value: await find(key) };
    return last.value;
  };
}

/** What was made of two objects, until others come. */
function rememberPair<A extends object, B extends object, T>(make: (a: A, b: B) => T): (a: A, b: B) => T {
  let last: { a: A; b: B; made: T } | undefined;
  return (a, b) => {
    if (last?.a !== a || last.b !== b) last = { a, b, made: make(a, b) };
    return last.made;
  };
}

/** How many blocks the database held, and how many of them this process had put there before it was asked. */
type Held = { count: number; keptBefore: number };

/**
 * Blocks that are held, by the database and by requests on their way there. What the database holds is read again when
 * the number of its rows is one that this process cannot explain: should that deceive, its constraint refuses the block
 * and planning begins anew.
 */
const takenSpans = perDatabase((orm) => {
  const [underWay, kept] = [blocksUnderWay(orm), blocksKept(orm)];
  const planned = () => [...underWay.values()].filter((block) => block !== null);
  let known = { spans: [] as Span[], count: 0, kept: kept.total, deceived: deceivedSoFar() };
  const isKnown = ({ count, keptBefore }: Held) => {
    const [least, most] = [keptBefore, kept.total].map((total) => known.count + total - known.kept);
    return known.deceived === deceivedSoFar() && count >= (least ?? 0) && count <= (most ?? 0);
  };
  // One read at a time: an older one that ended later would take away what was kept meanwhile, for good.
  const look = coalesce(async (all: readonly Held[]) => {
    if (!all.every(isKnown)) {
      const [total, deceived] = [kept.total, deceivedSoFar()];
      const blocks = await readTakenBlocks(orm as Orm);
      known = { spans: spansOf(blocks), count: blocks.length, kept: total, deceived };
    }
    known.spans = withSpans(known.spans, spansOf(kept.blocks.splice(0)));
    return all.map(() => ({ value: undefined }));
  });
  return async (held: Held): Promise<() => Span[]> => {
    // What is kept while we read is in neither place afterwards.
    const before = planned();
    await look(held);
    // To be asked when the plan is made: others of the group may have been planned by then.
    return () => withSpans(known.spans, spansOf([...before, ...planned()]));
  };
});

/** For how long counts of the whole installation are good, in milliseconds. */
const COUNTS_MS = 1_000;
/** With fewer accounts left they are counted for every plan. */
const FEW_LEFT = 100;

type Counted = {
  used: number;
  blocks: number;
  kept: number;
  keptBefore: number;
  released: number;
  at: number;
};

/**
 * How many accounts and blocks there are: counted once a second, with what this process has kept since, and again for every
 * plan when the quota is near. Blocks that were released here are seen at once.
 */
const figuresOf = perDatabase((orm) => {
  const kept = blocksKept(orm);
  let last: Counted | undefined;
  const counts = coalesce(async (asked: readonly unknown[]) => {
    const before = { kept: kept.requests, keptBefore: kept.total, released: releasedSoFar() };
    const [row] = await askNamed<{ used: string | number; blocks: string | number }>(orm as Orm, COUNTS, []);
    last = { used: Number(row?.used), blocks: Number(row?.blocks), ...before, at: performance.now() };
    return asked.map(() => ({ value: last as Counted }));
  });
  const isGood = (counted: Counted, quota: number) =>
    performance.now() - counted.at < COUNTS_MS &&
    counted.released === releasedSoFar() &&
    quota - counted.used - (kept.requests - counted.kept) > FEW_LEFT;
  return async (quota: number) => {
    const before = last && isGood(last, quota) ? last : undefined;
    const { used, blocks, keptBefore } = before ?? (await counts(undefined));
    return {
      // A request may be in the count and noted later: near the quota what was counted just now is taken as it is.
      accountsUsed: before ? used + (kept.requests - before.kept) : used,
      held: { count: blocks, keptBefore } satisfies Held,
    };
  };
});

const COUNTS: Named = {
  name: 'planning_counts',
  text: `select (select count(*) from cidr_holds) as blocks,
    (select count(*) from accounts where status <> 'CLOSED')
      + (select count(*) from email_holds h join request_views v on v.request_id = h.request_id
         where v.account_id is null) as used`,
};

const readTakenBlocks = async (orm: Orm): Promise<string[]> =>
  (await rowsOf<{ block: string }>(orm, sql`select block::text as block from cidr_holds`)).map(
    (r) => r.block,
  );

/** Three finished vends are enough to know better than the default. */
async function readEta(orm: Orm, fallback: PlanningSettings['eta']): Promise<PlanningSettings['eta']> {
  const [row] = await rowsOf<{ n: string | number; p50: number | null; p90: number | null }>(
    orm,
    sql`select count(*) as n, percentile_cont(0.5) within group (order by seconds) as p50,
          percentile_cont(0.9) within group (order by seconds) as p90
        from (select extract(epoch from v.occurred_at - min(a.occurred_at))::float8 as seconds
          from (select request_id, occurred_at from facts where lane = 0 and type = 'AccountVended' order by seq desc limit 50) v
          join facts a on a.era = 'governance' and a.request_id = v.request_id and a.type = 'AdmissionGranted'
          group by v.request_id, v.occurred_at) vends`,
  );
  if (Number(row?.n ?? 0) < 3) return fallback;
  return { p50Seconds: Math.round(Number(row?.p50)), p90Seconds: Math.round(Number(row?.p90)) };
}
