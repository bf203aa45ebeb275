import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { childEnvironment } from '../config.ts';
import { packageRoot } from '../kernel/package-root.node.ts';
import { type Client, openClient, type TimelineItem } from './client.ts';
import { readCliConfig } from './config.ts';
import { follow } from './follow.ts';
import { openProgress } from './progress.ts';
import { openScreen } from './screen.ts';
import { approveInChat, send } from './vend-request.ts';

const say = (text = '') => process.stdout.write(`${text}\n`);
const keep = process.argv.includes('--keep');

type Service = { url: string; child?: ChildProcess; dataDir?: string };

/** The main job in one command: ask, plan, approve in chat, vend, show. */
async function demo(): Promise<number> {
  const service = await joinOrStart();
  try {
    const ok = await run(service);
    if (keep) {
      say(`\nStill running: ${service.url}/ (sign in at ${service.url}/sign-in). Ctrl-C ends it.`);
      if (service.child) await new Promise((resolve) => service.child?.once('exit', resolve));
    }
    return ok ? 0 : 1;
  } finally {
    await stop(service);
  }
}

async function run(service: Service): Promise<boolean> {
  const local = openClient(service.url);
  const body = parse(await readFile(join(packageRoot(), 'examples', 'payments-prod.yaml'), 'utf8'));
  const requester = await local.signIn({
    subject: body.owner.email,
    teams: [body.team],
    roles: ['requester'],
  });
  const operator = await local.signIn({
    subject: 'ops@example.com',
    teams: [],
    roles: ['operator', 'auditor'],
  });

  const { request, replayed } = await send(requester, body, '');
  say(
    `\n${body.owner.firstName} asks for ${body.account.name}: request ${request.id}${replayed ? ' (sent before, joining it)' : ''}`,
  );
  await showPlan(requester, request.id);
  if (['PLANNED', 'AWAITING_APPROVAL'].includes(request.status)) {
    await approveInChat(local, request.id);
    say('Approved in the local chat by approver@example.com\n');
  }
  const settled = await followed(requester, request.id);
  if (settled?.status !== 'ACTIVE' || !settled.accountId) {
    const failure = settled?.failure;
    say(
      `\nNot active: ${settled?.status ?? 'time was up'}. ${failure ? `${failure.title}: ${failure.detail}\nWhat to do: ${failure.nextAction}` : ''}`,
    );
    return false;
  }
  await showAccount(operator, settled.accountId);
  await showTimeline(requester, request.id);
  return true;
}

async function followed(client: Client, id: string) {
  const streams = { out: process.stdout, err: process.stderr };
  const progress = openProgress(openScreen(streams, false, readCliConfig().mayColour));
  const show = { request: progress.update, fact: () => {} };
  const end = await follow(client, id, show, { timeoutMs: 15 * 60_000 });
  progress.done();
  return end.end === 'settled' ? end.request : undefined;
}

type Plan = {
  digest: string;
  organization: { organizationalUnitName: string };
  network: { vpcCidr: string; subnets: unknown[] } | null;
  components: { name: string; version: string; mode: string }[];
  guardrails: { preventive: { controls: string[] }[]; detective: { control: string }[]; inherited: string[] };
  access: { principal: string; permissionSet: string }[];
  monthlyCost: { currency: string; amount: number };
  warnings: string[];
};

async function showPlan(client: Client, id: string): Promise<void> {
  const plan = await client.get<Plan>(`/v1/account-requests/${id}/plan`);
  const own = [
    ...plan.guardrails.preventive.flatMap((p) => p.controls),
    ...plan.guardrails.detective.map((d) => d.control),
  ];
  say('\nThe plan, frozen before anyone is asked');
  say(`  digest      ${plan.digest}`);
  say(`  unit        ${plan.organization.organizationalUnitName}`);
  say(
    `  network     ${plan.network ? `${plan.network.vpcCidr}, ${plan.network.subnets.length} subnets` : 'none'}`,
  );
  say(
    `  components  ${[...new Set(plan.components.map((c) => `${c.name}@${c.version}${c.mode === 'verify' ? ' (verify)' : ''}`))].join(', ')}`,
  );
  say(`  guardrails  ${plan.guardrails.inherited.length} inherited; own: ${own.join(', ') || 'none'}`);
  say(`  access      ${plan.access.map((a) => `${a.principal} → ${a.permissionSet}`).join(', ') || 'none'}`);
  say(`  cost        about ${plan.monthlyCost.amount.toFixed(2)} ${plan.monthlyCost.currency} a month`);
  for (const warning of plan.warnings) say(`  note        ${warning}`);
  say();
}

type Account = { accountId: string; name: string; status: string; organizationalUnitId: string };
type Compliance = { items: { control: string; kind: string; status: string }[] };

async function showAccount(client: Client, accountId: string): Promise<void> {
  const account = await client.get<Account>(`/v1/accounts/${accountId}`);
  const { items } = await client.get<Compliance>(`/v1/accounts/${accountId}/compliance`);
  say(
    `\nAccount ${account.accountId} ${account.name} is ${account.status} in ${account.organizationalUnitId}`,
  );
  const inherited = items.filter((item) => item.kind === 'inherited');
  say(`Guardrails (${items.length})`);
  for (const item of items) if (item.kind !== 'inherited') say(`  ${item.kind.padEnd(10)}  ${item.control}`);
  say(
    `  inherited   ${inherited.length} from the organizational unit, ${inherited[0]?.control ?? ''} and so on`,
  );
}

async function showTimeline(client: Client, id: string): Promise<void> {
  const { items } = await client.get<{ items: TimelineItem[] }>(`/v1/account-requests/${id}/timeline`);
  say('\nThe ledger, in order');
  for (const fact of items)
    say(`  ${fact.occurredAt}  ${fact.type}${fact.actor ? `  by ${fact.actor}` : ''}`);
}

/** Joins the service on the usual port, or starts one on a free port with a data folder that is thrown away. */
async function joinOrStart(): Promise<Service> {
  const usual = 'http://127.0.0.1:8080';
  if (await isReady(usual)) {
    say(`Joining the service at ${usual}`);
    return { url: usual };
  }
  const port = await freePort();
  const dataDir = mkdtempSync(join(tmpdir(), 'jetway-demo-'));
  const url = `http://127.0.0.1:${port}`;
  say('Starting a local Jetway (embedded Postgres, embedded AWS)');
  const main = join(dirname(fileURLToPath(import.meta.url)), '..', 'main.js');
  const child = spawn(process.execPath, [main], {
    env: childEnvironment({ PORT: String(port), DATA_DIR: dataDir, LOG_LEVEL: 'warn' }),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const service = { url, child, dataDir };
  const startedAt = Date.now();
  while (!(await isReady(url))) {
    if (child.exitCode !== null)
      throw new Error(`the service ended with code ${child.exitCode} before it was ready`);
    if (Date.now() - startedAt > 120_000) throw new Error('the service was not ready within two minutes');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  say(`Ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s at ${url}`);
  return service;
}

const isReady = (url: string) =>
  fetch(`${url}/readyz`).then(
    async (answer) => answer.ok && ((await answer.json()) as { status?: string }).status === 'ready',
    () => false,
  );

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

async function stop({ child, dataDir }: Service): Promise<void> {
  if (child && child.exitCode === null) {
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
  }
  if (dataDir) rmSync(dataDir, { recursive: true, force: true });
}

// Ctrl-C reaches the child as well; waiting for its end lets it close its database.
process.on('SIGINT', () => {});

try {
  process.exitCode = await demo();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
