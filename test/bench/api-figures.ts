import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Principal } from '../../services/access/principal.ts';
import { issueLocalToken } from '../../services/access/token.ts';
import { buildService } from '../chaos/service-process.ts';
import { startChild } from './child.ts';
import { benchCluster } from './cluster.ts';
import type { Figure, Sides } from './figure.ts';
import { drive, type Load, wire } from './load.ts';
import { installPeers, peer } from './peers.ts';

const SERVER = 'test/bench/api-server.ts';

/** The server as it is shipped, as one bundle: what loads TypeScript on the fly slows down what it has loaded. */
async function startServer(url: string) {
  const build = buildService(SERVER);
  const server = await startChild<Server>(join(build.dir, SERVER.replace(/ts$/, 'js')), { url });
  const stop = () => server.stop().then(build.remove);
  return { ...server, stop };
}
/** Fewer than a team may have waiting. */
const PER_TEAM = 40;
const ROUND_MS = 4_000;
/** Before anything counts: V8 compiles what is hot only after thousands of calls, and a service runs for weeks. */
const WARM_MS = 4_000;
const WARM_CLIENTS = 50;

/** What the HTTP interface does a second, beside the plainest service that keeps the same promise. */
export function apiFigures(): Figure[] {
  const accept = (name: string, clients: number, atLeast: number): Figure => ({
    name,
    unit: 'requests/s',
    yardstickName: `fastify: validation and one idempotent insert, ${clients} at a time`,
    gate: { atLeast },
    open: () => openAccept(clients),
  });
  return [
    accept('api.accept.vs_fastify_pg', 1, 0.4),
    accept('api.accept_group.vs_fastify_pg', 50, 0.8),
    {
      name: 'api.read.vs_bare',
      unit: 'requests/s',
      yardstickName: 'hono: the same row by its key, nobody asked who they are, 50 at a time',
      gate: { atLeast: 0.8 },
      open: () => openRead(50),
    },
    {
      name: 'api.read_alone.vs_bare',
      unit: 'requests/s',
      yardstickName: 'the same, one at a time',
      open: () => openRead(1),
    },
  ];
}

type Server = { port: number; key: string };

async function openAccept(clients: number) {
  installPeers();
  const cluster = await benchCluster();
  const ours = await startServer(await cluster.fresh());
  const theirs = await startChild<{ port: number }>(peer('fastify-server'), { url: await cluster.bare() });
  const next = await requests(ours.said.key);
  return sides(ours, theirs, { clients, next, status: 202 });
}

async function openRead(clients: number) {
  const cluster = await benchCluster();
  const url = await cluster.fresh();
  const ours = await startServer(url);
  const theirs = await startChild<{ port: number }>(peer('hono-server'), { url });
  const written: string[] = [];
  const make = await requests(ours.said.key);
  for (let i = 0; i < 200; i++) written.push(await post(ours.said.port, make()));
  const who: Principal = { subject: 'ana@example.com', teams: teams(), roles: ['requester'] };
  const token = await issueLocalToken(Buffer.from(ours.said.key, 'hex'), who, Date.now());
  let asked = 0;
  const next = () =>
    wire('GET', `/v1/account-requests/${written[asked++ % written.length]}`, {
      authorization: `Bearer ${token}`,
    });
  return sides(ours, theirs, { clients, next, status: 200 });
}

type Running = { said: { port: number }; stop(): Promise<void> };

/** Rounds of both, once both have been warmed up. */
async function sides(ours: Running, theirs: Running, load: Omit<Load, 'port' | 'forMs'>): Promise<Sides> {
  const round = (server: Running) => async () =>
    (await drive({ ...load, port: server.said.port, forMs: ROUND_MS })).perSecond;
  for (const { said } of [ours, theirs])
    await drive({ ...load, clients: WARM_CLIENTS, port: said.port, forMs: WARM_MS });
  return {
    ours: round(ours),
    yardstick: round(theirs),
    close: async () => {
      await Promise.all([ours.stop(), theirs.stop()]);
    },
  };
}

async function post(port: number, request: string): Promise<string> {
  const [head = '', body = ''] = request.split('\r\n\r\n');
  const headers = Object.fromEntries(
    head
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(': ') as [string, string])
      .filter(([name]) => !['host', 'content-length'].includes(name)),
  );
  const answer = await fetch(`http://127.0.0.1:${port}/v1/account-requests`, {
    method: 'POST',
    headers,
    body,
  });
  if (answer.status !== 202) throw new Error(await answer.text());
  return ((await answer.json()) as { id: string }).id;
}

const TEAMS = 10_000;
const teams = () => Array.from({ length: 10 }, (_, i) => `team-${i}`);

/** Requests that nobody has sent: every team asks for a few, as its own person. */
export async function requests(key: string): Promise<() => string> {
  const tokens = await Promise.all(
    Array.from({ length: TEAMS }, (_, i) => {
      const who: Principal = {
        subject: `person-${i}@example.com`,
        teams: [`team-${i}`],
        roles: ['requester'],
      };
      return issueLocalToken(Buffer.from(key, 'hex'), who, Date.now());
    }),
  );
  let sent = 0;
  return () => {
    const n = sent++;
    const team = Math.floor(n / PER_TEAM) % TEAMS;
    const body = {
      account: {
        name: `account-${n}`,
        email: `aws+account-${n}@example.com`,
        organizationalUnitId: 'ou-ab12-workloads',
      },
      team: `team-${team}`,
      owner: { email: 'ana@example.com', firstName: 'Ana', lastName: 'Lopez' },
      justification: 'PCI workload, go-live in March',
      blueprint: { name: 'standard', parameters: { vpc: { size: 'small', availabilityZones: 2 } } },
      guardrails: ['AWS-GR_ENCRYPTED_VOLUMES'],
      tags: { 'cost-center': '4711' },
    };
    const headers = {
      authorization: `Bearer ${tokens[team]}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    };
    return wire('POST', '/v1/account-requests', headers, JSON.stringify(body));
  };
}
