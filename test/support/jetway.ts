import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { type Logger, pino } from 'pino';
import { rowsOf } from '../../db/client.ts';
import { accountSnapshots, driftChecks } from '../../db/schema/index.ts';
import type { LocalAws } from '../../infra/local/index.ts';
import { openLocalAws } from '../../infra/local/open.ts';
import { accountOperations } from '../../services/admission/admission.pg.ts';
import { openClient } from '../../services/cli/client.ts';
import { type Config, readConfig, silenceSdkNotice } from '../../services/config.ts';
import type { Failure } from '../../services/ledger/failure.ts';
import type { AccountPlan } from '../../services/planning/plan.schema.ts';
import type { RequestAnswer } from '../../services/requests/request-answer.ts';
import { type Jetway, startJetway } from '../../services/start.ts';
import type { Tracing } from '../../services/telemetry/tracing.port.ts';
import type { Outbound } from '../../services/webhooks/outbound.port.ts';
import { readArtifacts } from '../../workflows/artifacts.node.ts';
import { type Cloud, cloudOf } from './cloud.ts';
import { layDatabase } from './made-before.ts';
import { type SkippableClock, skippableClock } from './skippable-clock.ts';
import { type Watch, watchCloud } from './watch.ts';

export type Who = { subject: string; teams: string[]; roles: string[] };
// biome-ignore lint/suspicious/noExplicitAny: bodies of many routes; each spec knows its own
export type Answer<T = any> = { status: number; headers: Headers; body: T };
export type Timeline = {
  items: { seq: number; id: string; type: string; occurredAt: string; actor?: string; data: Data }[];
};
// biome-ignore lint/suspicious/noExplicitAny: facts of many kinds
type Data = Record<string, any>;
export type ChatMessage = {
  id: string;
  channel: string;
  text: string;
  requestId: string;
  planDigest: string;
  actions: { decision: string; url: string; body: string; headers: Record<string, string> }[];
};
export type { Failure, RequestAnswer };

export type StartOptions = {
  /** AWS seconds in one real second; 0 (default) waits for nothing. */
  timeScale?: number;
  /** Settings beside the defaults of a fresh machine. */
  config?: Partial<Config>;
  /** Keeps its folder on close, so that another service can go on there. */
  dataDir?: string;
  /** The way to foreign servers, for a receiver of the test's own. */
  outbound?: Outbound;
  /** In place of what the settings say. */
  tracing?: Tracing;
  /** Where the service writes its log; default: nowhere. */
  log?: Logger;
  /** AWS in this process but with a clock of its own that can jump ahead. */
  skippable?: boolean;
};

/** A whole service in this process, as `npm start` runs it, with the embedded AWS at hand. */
export type TestService = Awaited<ReturnType<typeof startService>>;

silenceSdkNotice();
const silent = pino({ level: 'silent' });
const run = Math.random().toString(36).slice(2, 7);
let made = 0;

/** A word that no other test has used: for account names and e-mail addresses. */
export const unique = (word: string): string => `${word}-${run}-${++made}`;

/** What a request looks like; every account of its own name and address. */
export function requestBody(word: string, more: Data = {}) {
  const name = (more.name as string | undefined) ?? unique(word);
  const { name: _n, email, organizationalUnitId, ...rest } = more;
  return {
    account: {
      name,
      email: (email as string | undefined) ?? `aws+${name}@example.com`,
      organizationalUnitId: (organizationalUnitId as string | undefined) ?? 'ou-ab12-workloads',
    },
    team: 'payments',
    owner: { email: 'ana@example.com', firstName: 'Ana', lastName: 'Lopez' },
    justification: 'PCI workload, go-live in March',
    blueprint: { name: 'sandbox' },
    ...rest,
  };
}

export async function startService(options: StartOptions = {}) {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'jetway-e2e-'));
  const timeScale = options.timeScale ?? 0;
  const clock = options.skippable ? skippableClock() : undefined;
  const own = clock ? await ownAws(clock, dataDir, timeScale) : undefined;
  const config: Config = {
    ...readConfig({ PORT: '0', DATA_DIR: dataDir, TIME_SCALE: String(timeScale), LOG_LEVEL: 'silent' }),
    port: 0,
    // Tests ask as fast as they can.
    limits: { callsPerMinute: 1_000_000, teamWritesPerMinute: 1_000_000 },
    ...(own ? { awsEndpointUrl: own.endpointUrl } : {}),
    ...options.config,
  };
  const database = join(dataDir, 'postgres');
  if (config.databaseUrl === null && !existsSync(database)) await layDatabase(database);
  const jetway = await startJetway(config, options.log ?? silent, {
    ...(options.outbound === undefined ? {} : { outbound: options.outbound }),
    tracing: options.tracing,
  });
  const aws = own ?? jetway.aws!;
  const watch = watchCloud(aws);
  await until('the service is ready', async () => (await fetch(`${jetway.url}/readyz`)).ok);
  return {
    ...tools(jetway, aws, watch),
    url: jetway.url,
    aws,
    watch,
    dataDir,
    database: jetway.database,
    /** Lets the waiting of AWS go by. */
    skip: (ms: number) => clock?.skip(ms),
    /** Lets AWS time go by, minute by minute, until it holds. */
    async passUntil(what: string, holds: () => Promise<boolean>, stepMs = 60_000): Promise<void> {
      await until(what, async () => {
        if (await holds()) return true;
        clock?.skip(stepMs);
        await aws.engine.idle();
        return false;
      });
    },
    async close() {
      await jetway.close();
      await own?.close();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function ownAws(clock: SkippableClock, dataDir: string, timeScale: number): Promise<LocalAws> {
  const artifacts = new Map(readArtifacts().map(({ fileName, text }) => [fileName, text]));
  return openLocalAws({
    dataDir: join(dataDir, 'aws'),
    timeScale,
    clock,
    artifact: (fileName) => artifacts.get(fileName),
  });
}

export const PEOPLE: Record<'ana' | 'approver' | 'operator', Who> = {
  ana: { subject: 'ana@example.com', teams: ['payments'], roles: ['requester'] },
  approver: { subject: 'bo@example.com', teams: ['payments'], roles: ['approver'] },
  operator: { subject: 'ops@example.com', teams: [], roles: ['operator', 'auditor'] },
};

function tools(jetway: Jetway, aws: LocalAws, watch: Watch) {
  const tokens = new Map<string, Promise<string>>();
  const cloud: Cloud = cloudOf(aws);

  const tokenOf = (who: Who): Promise<string> => {
    const key = JSON.stringify(who);
    const known =
      tokens.get(key) ?? send('POST', '/dev/tokens', { body: who }).then((a) => a.body.token as string);
    tokens.set(key, known);
    return known;
  };
  async function send(
    method: string,
    path: string,
    options: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const { body } = options;
    const response = await fetch(new URL(path, jetway.url), {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }
  const as = (person: keyof typeof PEOPLE | Who) => {
    const who = typeof person === 'string' ? PEOPLE[person] : person;
    const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
      send(method, path, {
        ...(body === undefined ? {} : { body }),
        headers: { authorization: `Bearer ${await tokenOf(who)}`, ...headers },
      });
    return {
      get: (path: string) => call('GET', path),
      post: (path: string, body: unknown = {}, headers?: Record<string, string>) =>
        call('POST', path, body, headers),
    };
  };

  const request = async (id: string): Promise<RequestAnswer> =>
    (await as('operator').get(`/v1/account-requests/${id}`)).body;
  const timeline = async (id: string): Promise<Timeline['items']> =>
    (await as('operator').get(`/v1/account-requests/${id}/timeline`)).body.items;
  const plan = async (id: string): Promise<AccountPlan> =>
    (await as('operator').get(`/v1/account-requests/${id}/plan`)).body;

  /** The message in the local chat, once it is there with these buttons. */
  async function message(id: string, buttons = 2): Promise<ChatMessage> {
    let found: ChatMessage | undefined;
    await until(`the chat shows ${id} with ${buttons} buttons`, async () => {
      const { body } = await send('GET', '/dev/chat/messages');
      found = (body.items as ChatMessage[]).find((m) => m.requestId === id);
      return found?.actions.length === buttons;
    });
    return found!;
  }
  /** Sends the signed callback behind a button, as the chat would. */
  const click = ({ actions }: ChatMessage, decision: 'approve' | 'deny') => {
    const { url, body, headers } = actions.find((a) => a.decision === decision)!;
    return send('POST', url, { body, headers });
  };

  /**
   * The approver is in every team that anybody asks for, from before the asking: of tokens that come at once nobody knows
   * which is the newest, and what the newest says of a person holds.
   */
  const approverTeams = new Set<string>();
  /** Sends a request as Ana. @throws the answer's body when it was refused */
  async function submit(body: object): Promise<RequestAnswer> {
    const { team } = body as { team: string };
    approverTeams.add(team);
    const answer = await as({ ...PEOPLE.ana, teams: [team] }).post('/v1/account-requests', body);
    if (answer.status !== 202) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
  async function decide(asked: RequestAnswer, decision: 'approve' | 'deny', comment?: string) {
    approverTeams.add(asked.team);
    return as({ ...PEOPLE.approver, teams: [...approverTeams] }).post(
      `/v1/account-requests/${asked.id}/decisions`,
      {
        decision,
        planDigest: asked.plan.digest,
        ...(comment ? { comment } : {}),
      },
    );
  }
  /** Follows the live stream until the request is as wanted. */
  async function reaches(
    id: string,
    wanted: string | ((r: RequestAnswer) => boolean),
    patienceMs = 45_000,
  ): Promise<RequestAnswer> {
    const fits = typeof wanted === 'string' ? (r: RequestAnswer) => r.status === wanted : wanted;
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), patienceMs);
    const client = openClient(jetway.url, await tokenOf(PEOPLE.operator));
    let last: RequestAnswer | undefined;
    try {
      for await (const { event, data } of client.events(`/v1/account-requests/${id}/events`, abort.signal)) {
        if (event !== 'request') continue;
        last = JSON.parse(data) as RequestAnswer;
        if (fits(last)) return last;
      }
    } finally {
      clearTimeout(timer);
      abort.abort();
    }
    throw new Error(
      `${id} did not become ${String(wanted)}: ${last?.status} ${JSON.stringify(last?.failure ?? '')}`,
    );
  }

  return {
    cloud,
    send,
    as,
    request,
    timeline,
    plan,
    submit,
    decide,
    message,
    click,
    reaches,
    tokenOf,
    /** Asked and approved. */
    async order(body: object): Promise<RequestAnswer> {
      const asked = await submit(body);
      const { status } = await decide(asked, 'approve');
      if (status !== 200) throw new Error(`the approval was answered with ${status}`);
      return asked;
    },
    /** As an operator. The workflow parks a moment after it has said that it stopped; then one tries again. */
    async resume(id: string): Promise<Answer> {
      let answer: Answer | undefined;
      await until('the workflow is parked', async () => {
        answer = await as('operator').post(`/v1/account-requests/${id}/resume`);
        return answer.body.code !== 'not-parked';
      });
      return answer!;
    },
    /** ACTIVE, and people are let in. */
    reachesActive: (id: string, patienceMs?: number) =>
      reaches(id, (r) => r.status === 'ACTIVE' && r.steps.every((s) => s.status === 'succeeded'), patienceMs),
    /** How often Service Catalog has accepted this request: counted by itself. */
    accepted: (id: string) =>
      watch
        .of('servicecatalog', 'ProvisionProduct')
        .filter((c) => c.input.ProvisionedProductName === `jetway-${id}`)
        .filter((c) => c.refused === undefined || c.refused === 'RequestTimeout').length,
    /** Vends that hold one of Control Tower's places, and vends that wait for one. */
    slots: () => accountOperations(jetway.database.orm),
    /** The newest look for drift at each account: `done`, or there is more to come. */
    looks: () => newestLooks(jetway),
    /** Reads the organization again and waits until planning knows it. */
    async reconcile(): Promise<void> {
      const { body } = await as('operator').post('/v1/reconciliations');
      await until('the organization is read again', async () => {
        const known = await wholeSnapshots(jetway);
        return known.some((snapshot) => snapshot.id === body.snapshotId);
      });
    },
    /** Whether no account is being read. */
    async hasReadAccounts(): Promise<boolean> {
      const rows = await jetway.database.orm.select().from(accountSnapshots);
      return rows.every(({ completedAt }) => completedAt !== null);
    },
  };
}

const wholeSnapshots = ({ database }: Jetway) =>
  rowsOf<{ id: string }>(database.orm, sql`select id from organization_snapshots where content is not null`);

async function newestLooks({ database }: Jetway): Promise<('done' | 'under way' | 'due')[]> {
  const rows = await database.orm.select().from(driftChecks);
  return rows.map(({ requestedAt, checkedAt, dueAt }) => {
    if (dueAt !== null) return 'due';
    return requestedAt === null || (checkedAt !== null && requestedAt <= checkedAt) ? 'done' : 'under way';
  });
}

/** Asks again until it holds. @throws with its name when it never does */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  patienceMs = 30_000,
): Promise<void> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  throw new Error(`it never came about that ${what}`);
}
