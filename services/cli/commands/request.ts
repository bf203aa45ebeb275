import { readFile } from 'node:fs/promises';
import { Plan } from '../answers.schema.ts';
import { type Client, Refused } from '../client.ts';
import { connect, type Identity, openAnonymous } from '../connect.ts';
import { EXIT } from '../exit.ts';
import { explain, RefusedFile, Usage } from '../explain.ts';
import { watch } from '../follow.ts';
import { planLines } from '../render.ts';
import { BadFile, parseRequests, type WrittenRequest } from '../request-files.ts';
import { type RequestOptions, requestFrom, saysRequest } from '../request-options.ts';
import type { CommonOptions, Context } from '../run.ts';
import { approveAs, isUndecided, send } from '../vend-request.ts';

export type Options = CommonOptions &
  RequestOptions & {
    approveAs?: string;
    again: boolean;
    detach: boolean;
    timeout: number;
    dryRun?: boolean;
  };

/** Asks for the accounts of a file, or for the one that the arguments say, and follows them. */
export async function request(context: Context, options: Options, file?: string): Promise<number> {
  let worst: number = EXIT.ok;
  for (const written of await requestsOf(options, file)) {
    const code = await one(context, options, written);
    worst = Math.max(worst, code);
    if (code === EXIT.interrupted) break;
  }
  return worst;
}

/** The same, for `npm run vend`: whatever keeps it from asking ends with 2. */
export async function vend(context: Context, options: Options, file: string): Promise<number> {
  try {
    return await request(context, options, file);
  } catch (error) {
    const { code, lines, value } = explain(error);
    context.screen.fail(lines, value);
    return code === EXIT.broken ? code : EXIT.usage;
  }
}

/** @throws BadFile, Usage */
async function requestsOf(options: RequestOptions, file: string | undefined): Promise<WrittenRequest[]> {
  const written = file === undefined ? [] : await readRequests(file);
  if (!saysRequest(options)) {
    if (written.length > 0) return written;
    throw new Usage('Name a file, or say the request in arguments (--name, --email, --ou, …): see --help.');
  }
  if (written.length > 1)
    throw new Usage(`${file} holds ${written.length} requests: arguments can complete only one.`);
  const [base] = written;
  const at = base?.at ?? (() => 'arguments');
  return [{ file: file ?? 'arguments', body: requestFrom(options, base?.body), at }];
}

export async function readRequests(file: string): Promise<WrittenRequest[]> {
  const place = file === '-' ? '/dev/stdin' : file;
  const text = await readFile(place, 'utf8').catch((cause: Error) => {
    throw new BadFile(`${file} cannot be read: ${cause.message}`, { cause });
  });
  return parseRequests(file === '-' ? 'stdin' : file, text);
}

/** Who asks, where a name is enough: the owner. */
export function ownerIdentity(body: Record<string, unknown>): Identity {
  const { owner, team } = body as { owner?: { email?: unknown } | null; team?: unknown };
  const email = typeof owner === 'object' ? owner?.email : undefined;
  return {
    subject: typeof email === 'string' ? email : 'requester@example.com',
    teams: [typeof team === 'string' ? team : ''],
    roles: ['requester'],
  };
}

async function one(context: Context, options: Options, written: WrittenRequest): Promise<number> {
  const { screen, config } = context;
  const { body } = written;
  const client = await connect(options, config, ownerIdentity(body));
  if (options.dryRun) return dryRun(context, client, written);
  const again = options.again ? `-${process.hrtime.bigint()}` : '';
  const sent = await inFile(written, () => send(client, body, again));
  screen.say(
    sent.replayed
      ? `${sent.request.id} was sent before with the same content; joining it. (--again sends a new one)`
      : `${sent.request.id} accepted`,
  );
  if (options.detach) {
    screen.data(sent.request);
    return EXIT.ok;
  }
  if (isUndecided(sent.request)) {
    const [team = ''] = ownerIdentity(body).teams;
    if (options.approveAs)
      await approveAs(openAnonymous(options, config), options.approveAs, team, sent.request);
    else screen.say(`waiting for an approver: ${await whereToDecide(client, sent.request.id)}`);
  }
  return watch(client, sent.request.id, screen, { timeoutMs: options.timeout, facts: false });
}

async function dryRun({ screen }: Context, client: Client, written: WrittenRequest): Promise<number> {
  const path = '/v1/account-requests?dryRun=true';
  const { answer } = await inFile(written, () => client.send(Plan, path, written.body));
  screen.data(answer);
  screen.say('Only planned; nothing was asked for.');
  for (const line of planLines(answer)) screen.say(line);
  return EXIT.ok;
}

/** The local chat where there is one, else the request's own page. */
async function whereToDecide(client: Client, id: string): Promise<string> {
  const local = await client.get('/dev/chat/messages').then(
    () => true,
    () => false,
  );
  return new URL(local ? '/dev/chat' : `/approvals/${id}`, client.baseUrl).href;
}

/** A refusal is told with the places of the file. */
export async function inFile<T>(written: WrittenRequest, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Refused ? new RefusedFile(error, written) : error;
  }
}
