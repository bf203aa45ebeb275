import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { parseAllDocuments } from 'yaml';
import { openClient, Refused, type RequestStatusAnswer, Unreachable } from './client.ts';
import { openProgress } from './progress.ts';
import { approveAs, follow, send } from './vend-request.ts';

/** 0 usable · 2 wrong use or refused input · 3 ended without an account · 4 quarantined · 5 time was up */
const EXIT = { ok: 0, usage: 2, ended: 3, quarantined: 4, time: 5 } as const;

type Options = {
  url: string;
  token?: string;
  as?: string;
  approveAs?: string;
  json: boolean;
  again: boolean;
  timeout: number;
  detach: boolean;
};

const minutes = (text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('must be a number of minutes above 0');
  return value * 60_000;
};

const program = new Command('vend')
  .description('Asks for the accounts of a YAML or JSON file and shows live progress until they are usable.')
  .argument('<file>', 'one request, a list of requests, or several YAML documents')
  .option('--url <url>', 'where the service answers', 'http://127.0.0.1:8080')
  .option('--token <token>', 'bearer token; without it the local sign-in is used')
  .option('--as <subject>', 'local sign-in: who asks (default: the owner of the request)')
  .option('--approve-as <subject>', 'local sign-in: approve at once as this person (for demos)')
  .option('--again', 'send it anew although the same content was sent before', false)
  .option('--detach', 'only send; do not wait', false)
  .option('--timeout <minutes>', 'stop watching after this long; the vend goes on', minutes, 120 * 60_000)
  .option('--json', 'one JSON object a line', false)
  .action(async (file: string, options: Options) => {
    process.exitCode = await vend(file, options).catch(explain);
  });

function explain(error: unknown): number {
  const known = error instanceof Refused || error instanceof Unreachable || error instanceof BadFile;
  process.stderr.write(`${known ? (error as Error).message : String((error as Error)?.stack ?? error)}\n`);
  return known ? EXIT.usage : 1;
}

class BadFile extends Error {
  override readonly name = 'BadFile';
}

type Body = { team?: string; owner?: { email?: string } };

async function readRequests(file: string): Promise<Body[]> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new BadFile(`${file} cannot be read: ${cause.message}`, { cause });
  });
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) throw new BadFile(`${file} holds no request.`);
  const requests = documents.flatMap((document) => {
    const [error] = document.errors;
    if (error) throw new BadFile(`${file}: ${error.message}`);
    const value = document.toJS() as unknown;
    return Array.isArray(value) ? value : [value];
  });
  for (const [i, request] of requests.entries()) {
    if (typeof request !== 'object' || request === null)
      throw new BadFile(`${file}: request ${i + 1} is not an object.`);
  }
  if (requests.length === 0) throw new BadFile(`${file} holds no request.`);
  return requests as Body[];
}

async function vend(file: string, options: Options): Promise<number> {
  const requests = await readRequests(file);
  let worst: number = EXIT.ok;
  for (const body of requests) worst = Math.max(worst, await vendOne(body, options));
  return worst;
}

async function vendOne(body: Body, options: Options): Promise<number> {
  const local = openClient(options.url);
  const team = body.team ?? '';
  const subject = options.as ?? body.owner?.email ?? 'requester@example.com';
  const client = options.token
    ? openClient(options.url, options.token)
    : await local.signIn({ subject, teams: [team], roles: ['requester'] });
  const say = (text: string) => options.json || process.stdout.write(`${text}\n`);
  const { request, replayed } = await send(client, body, options.again ? `-${process.hrtime.bigint()}` : '');
  say(
    replayed
      ? `${request.id} was sent before with the same content; joining it. (--again sends a new one)`
      : `${request.id} accepted`,
  );
  if (options.detach) {
    if (options.json) process.stdout.write(`${JSON.stringify(request)}\n`);
    return EXIT.ok;
  }
  const undecided = ['PLANNED', 'AWAITING_APPROVAL'].includes(request.status);
  if (options.approveAs && undecided) await approveAs(local, options.approveAs, team, request);
  else if (undecided) say(`waiting for an approver: ${new URL('/dev/chat', options.url)}`);
  const settled = await follow(
    client,
    request.id,
    openProgress(process.stdout, options.json),
    options.timeout,
  );
  return report(settled, request.id, options);
}

function report(request: RequestStatusAnswer | undefined, id: string, options: Options): number {
  if (!request) {
    process.stderr.write(`Time is up; ${id} goes on. Watch it again with the same command.\n`);
    return EXIT.time;
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ event: 'result', ...request })}\n`);
  if (request.status === 'ACTIVE') {
    if (!options.json) process.stdout.write(`${request.account.name} is account ${request.accountId}\n`);
    return EXIT.ok;
  }
  if (!options.json && request.failure) {
    const { title, detail, nextAction } = request.failure;
    process.stderr.write(
      `${request.account.name}: ${request.status}. ${title}\n  ${detail}\n  What to do: ${nextAction}\n`,
    );
  }
  return request.status === 'QUARANTINED' ? EXIT.quarantined : EXIT.ended;
}

program.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT.usage));
await program.parseAsync();
