import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, TimelineItem } from '../../services/cli/client.ts';
import { type Killable, openInstallation } from './installation.ts';
import {
  type Moment,
  nameOf,
  openJournalTail,
  type Place,
  skipFacts,
  waitForFact,
  waitForState,
} from './moments.ts';
import { hasSettled, newVend, signIn, type Vend, vendStubbornly } from './requester.ts';
import {
  askService,
  auditAws,
  auditDatabase,
  newVerdict,
  undelivered,
  type Verdict,
  waitingMessages,
} from './verdict.ts';

export type CampaignOptions = {
  vends: number;
  /** Kills of the first boot, before anything was asked for. */
  firstBoot: readonly Moment[];
  /** Kills while vending, in their order. */
  moments: readonly Moment[];
  /** Seconds of AWS time in one real second. */
  timeScale: number;
  /** The embedded AWS and a real Postgres in processes of their own; only the service is killed. */
  apart: boolean;
  /** What came while the service was down or starting counts as well: for one vend, with every moment once. */
  patient: boolean;
  /** 0 or 1 at random: whether a requester sends twice at once. */
  coin: () => boolean;
  say: (line: string) => void;
};

/** One kill: when it was meant, when it was, and whether what it was aimed at came. */
export type Kill = { moment: string; atMs: number; hit: boolean; lastFact?: string };

export type CampaignReport = Verdict & {
  vends: number;
  kills: Kill[];
  /** Requests sent again because an answer was lost. */
  retries: number;
  /** From the last restart until everything was settled. */
  settledAfterSeconds: number;
  seconds: number;
};

/** A moment that does not come within this time is killed at anyway. */
const MOMENT_PATIENCE_MS = 20_000;
const SETTLING_PATIENCE_MS = 5 * 60_000;

/** Vends accounts and kills the service on the way, then looks at what is there. Leaves nothing running. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const dataDir = mkdtempSync(join(tmpdir(), 'jetway-chaos-'));
  const place = await openInstallation({ dataDir, timeScale: options.timeScale, apart: options.apart });
  try {
    return await campaign(options, place);
  } finally {
    await place.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function campaign(options: CampaignOptions, place: Killable): Promise<CampaignReport> {
  const startedAt = Date.now();
  const until =
    startedAt +
    SETTLING_PATIENCE_MS +
    (options.firstBoot.length + options.moments.length) * MOMENT_PATIENCE_MS;
  const kills: Kill[] = [];
  for (const moment of options.firstBoot) {
    place.start();
    await killAt(moment, place, options, kills);
  }
  place.start();
  await place.ready();

  const operator = await signIn(place.url, 'ops@example.com', [], ['operator', 'auditor'], until);
  const errands = openErrands(options, place.url, operator, until);
  await killOnTheWay(options, place, operator, errands, kills);
  await place.ready();
  const servesSince = Date.now();
  await errands.finish();
  const settledAfterSeconds = (Date.now() - servesSince) / 1000;
  await drained(place);

  const verdict = newVerdict();
  const { vends } = errands;
  const person = (vend: Vend) =>
    signIn(place.url, vend.body.owner.email, [vend.body.team], ['requester'], until);
  const timelines = await askService(verdict, vends, operator, person, until);
  await place.stop();
  auditAws(verdict, vends, place.awsDir);
  await auditDatabase(verdict, place.database);
  noteLastFacts(kills, [...timelines.values()].flat());
  return {
    ...verdict,
    vends: vends.length,
    kills,
    retries: vends.reduce((sum, vend) => sum + vend.retries, 0),
    settledAfterSeconds,
    seconds: (Date.now() - startedAt) / 1000,
  };
}

async function killOnTheWay(
  options: CampaignOptions,
  place: Killable,
  operator: Client,
  errands: Errands,
  kills: Kill[],
): Promise<void> {
  const { moments, patient } = options;
  const ledger: Place = { after: undefined };
  const tail = openJournalTail(join(place.awsDir, 'journal.ndjson'));
  tail.skip();
  await skipFacts(operator, ledger);
  for (const [index, moment] of moments.entries()) {
    // Spread over the kills, so that every kill finds a vend on its way.
    errands.sendUpTo(Math.ceil((options.vends * (index + 1)) / moments.length));
    const idle = setInterval(() => void errands.sendWhenIdle(), 1_000);
    const patienceOver = Date.now() + MOMENT_PATIENCE_MS;
    const giveUp = () => Date.now() > patienceOver;
    const hit =
      moment.kind === 'fact'
        ? await waitForFact(moment.type, operator, ledger, giveUp)
        : moment.kind === 'state' || moment.kind === 'aws'
          ? await waitForState(moment, tail, giveUp)
          : true;
    clearInterval(idle);
    await killAt(moment, place, options, kills, hit);
    if (!patient) tail.skip();
    if (moment.kind !== 'cut') place.start();
    // The next moment may come while it starts.
    if (patient || moments[index + 1]?.kind === 'start') continue;
    await place.ready();
    await skipFacts(operator, ledger);
  }
}

type Errands = ReturnType<typeof openErrands>;

/** The requesters, each on its own way. */
function openErrands({ vends: wanted, coin }: CampaignOptions, url: string, operator: Client, until: number) {
  const vends: Vend[] = [];
  const under: Promise<unknown>[] = [];
  const failures: unknown[] = [];
  const sendUpTo = (due: number) => {
    while (vends.length < Math.min(due, wanted)) {
      const vend = newVend(vends.length + 1);
      vends.push(vend);
      under.push(vendStubbornly(url, vend, coin(), until).catch((error: unknown) => failures.push(error)));
    }
  };
  const allSettled = async () => {
    for (const vend of vends) if (!(await hasSettled(operator, vend, until))) return false;
    return true;
  };
  return {
    vends,
    sendUpTo,
    /** One more when all others are done: nothing would come of waiting. */
    sendWhenIdle: () =>
      allSettled().then(
        (settled) => settled && sendUpTo(vends.length + 1),
        (error: unknown) => failures.push(error),
      ),
    /** Sends the rest and waits until everything is settled, or the time is up. */
    async finish() {
      sendUpTo(wanted);
      await Promise.all(under);
      if (failures.length > 0) throw failures[0];
      while (!(await allSettled()) && Date.now() < until) await sleep(100);
    },
  };
}

/**
 * Messages that a killed process had taken come back after their visibility timeout (30 s), deliveries that it had
 * begun after their lease, where others may be alive.
 */
async function drained({ awsDir, database }: Killable): Promise<void> {
  const deadline = Date.now() + 100_000;
  const waiting = async () =>
    waitingMessages(awsDir) + ('url' in database ? await undelivered(database.url) : 0);
  do await sleep(1_000);
  while ((await waiting()) > 0 && Date.now() < deadline);
}

async function killAt(
  moment: Moment,
  place: Killable,
  { say }: CampaignOptions,
  kills: Kill[],
  hit = true,
): Promise<void> {
  if ('afterMs' in moment) await sleep(moment.afterMs);
  await (moment.kind === 'cut' ? place.cut() : place.kill());
  const kill: Kill = { moment: nameOf(moment), atMs: Date.now(), hit };
  kills.push(kill);
  say(`kill ${kills.length}: ${kill.moment}${hit ? '' : ' (which did not come)'}`);
}

/** The newest fact that the ledger had when the kill came. */
function noteLastFacts(kills: Kill[], facts: readonly (TimelineItem & { recordedAt?: string })[]): void {
  for (const kill of kills) {
    const before = facts
      .filter((fact) => Date.parse(fact.recordedAt ?? fact.occurredAt) <= kill.atMs)
      .sort((a, b) => a.seq - b.seq);
    const last = before.at(-1);
    if (last) kill.lastFact = last.type;
  }
}
