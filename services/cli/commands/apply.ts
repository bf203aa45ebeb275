import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from '../../kernel/canonical-json.ts';
import { Accounts, ChangePreview, Plan, RequestStatus, Requests } from '../answers.schema.ts';
import {
  changeOf,
  type Difference,
  described,
  differenceLines,
  differences,
  isChangeable,
  type State,
  tally,
} from '../apply-diff.ts';
import { type Client, Refused } from '../client.ts';
import { connect } from '../connect.ts';
import { EXIT } from '../exit.ts';
import { Usage } from '../explain.ts';
import { watch } from '../follow.ts';
import { pageOf } from '../pages.ts';
import { BadFile, type WrittenRequest } from '../request-files.ts';
import type { CommonOptions, Context } from '../run.ts';
import { type Style, styled, type Text } from '../text.ts';
import { inFile, ownerIdentity, readRequests } from './request.ts';
import { ask } from './requests.ts';

type Options = CommonOptions & {
  file: string;
  dryRun?: boolean;
  yes?: boolean;
  wait?: boolean;
  timeout: number;
};

/** What a file says of one account, beside what there is. */
type Entry = {
  name: string;
  written: WrittenRequest;
  client: Client;
  state: State;
  lines: Text[];
  requestId?: string;
  differing?: Difference[];
  /** What has to be sent; absent where nothing has. */
  work?: { path: string; body: Record<string, unknown>; key: string };
};

/** Makes what there is into what the files say: what is not there is asked for, what differs is changed. */
export async function apply(context: Context, options: Options): Promise<number> {
  const { screen } = context;
  const entries = await compareAll(context, options, await readFolder(options.file));
  for (const entry of entries) {
    screen.say([styled(COLOURS[entry.state], entry.state.padEnd(13)), entry.name]);
    for (const line of entry.lines) screen.say(line);
  }
  screen.say(tally(entries.map((one) => one.state)));
  const pending = entries.filter((one) => one.work);
  const impossible = entries.some((one) => one.state === 'not possible') ? EXIT.refused : EXIT.ok;
  const told = entries.map(({ name, written, state, requestId, differing }) => ({
    ...{ name, file: written.at(''), state },
    ...(requestId === undefined ? {} : { requestId }),
    ...(differing === undefined ? {} : { differences: differing }),
  }));
  if (pending.length === 0 || options.dryRun) {
    screen.data({ event: 'plan', items: told });
    return impossible;
  }
  if (!options.yes && !(await ask(`Ask for ${pending.length === 1 ? 'this' : `these ${pending.length}`}?`))) {
    screen.note('Nothing was asked for.');
    return EXIT.refused;
  }
  screen.data({ event: 'plan', items: told });
  return Math.max(impossible, await sendAll(context, options, pending));
}

const COLOURS: Record<State, Style> = {
  new: 'green',
  changed: 'yellow',
  unchanged: 'dim',
  'under way': 'cyan',
  'not possible': 'red',
};

/** Every request of a file, or of the files of a folder and those under it, in the order of their names. @throws BadFile */
async function readFolder(place: string): Promise<WrittenRequest[]> {
  const found = await stat(place).catch((cause: Error) => {
    throw new BadFile(`${place} cannot be read: ${cause.message}`, { cause });
  });
  const names = found.isDirectory()
    ? (await readdir(place, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
    : [place];
  if (names.length === 0) throw new BadFile(`${place} holds no .yaml, .yml or .json file.`);
  const requests: WrittenRequest[] = [];
  for (const name of names) requests.push(...(await readRequests(name)));
  const first = new Map<string, string>();
  for (const written of requests) {
    const name = nameOf(written);
    const before = first.get(name);
    if (before) throw new Usage(`${written.at('/account/name')}: ${name} is there already, at ${before}`);
    first.set(name, written.at('/account/name'));
  }
  return requests;
}

function nameOf(written: WrittenRequest): string {
  const name = (written.body.account as { name?: unknown } | undefined)?.name;
  if (typeof name !== 'string' || name === '')
    throw new BadFile(`${written.at('/account')}: a request without account.name`);
  return name;
}

/** Whoever owns the request asks where a name is enough; a token is everybody's. */
async function compareAll(
  context: Context,
  options: Options,
  requests: readonly WrittenRequest[],
): Promise<Entry[]> {
  const open = new Map<string, { client: Client; underWay: RequestStatus[] }>();
  const entries: Entry[] = [];
  for (const written of requests) {
    const who = ownerIdentity(written.body);
    const key = JSON.stringify(who);
    let known = open.get(key);
    if (!known) {
      const client = await connect(options, context.config, who);
      known = { client, underWay: await openRequests(client) };
      open.set(key, known);
    }
    const { client, underWay } = known;
    entries.push(await inFile(written, () => compare(client, written, underWay)));
  }
  return entries;
}

const OPEN = [
  ...['PLANNED', 'AWAITING_APPROVAL', 'QUEUED', 'PROVISIONING', 'APPLYING_BLUEPRINT'],
  ...['ATTACHING_GUARDRAILS', 'VERIFYING', 'QUARANTINED'],
];

async function openRequests(client: Client): Promise<RequestStatus[]> {
  const pages = await Promise.all(
    OPEN.map((status) => pageOf(client, Requests, '/v1/account-requests', { status, limit: 100 }, true)),
  );
  return pages.flatMap((page) => page.items);
}

async function compare(
  client: Client,
  written: WrittenRequest,
  underWay: readonly RequestStatus[],
): Promise<Entry> {
  const name = nameOf(written);
  const entry = { name, written, client };
  const accounts = await pageOf(client, Accounts, '/v1/accounts', { q: name, limit: 100 }, true);
  const account = accounts.items.find((one) => one.name === name && one.status !== 'CLOSED');
  const busy = underWay.find((one) =>
    one.kind === 'account' ? one.account?.name === name : account && one.accountId === account.accountId,
  );
  if (busy) {
    const lines = [`    ${busy.id} is ${busy.status}: jetway watch ${busy.id}`];
    return { ...entry, state: 'under way', lines, requestId: busy.id };
  }
  if (!account) return asNew(entry);
  if (account.origin !== 'VENDED')
    return { ...entry, state: 'not possible', lines: [`    ${account.accountId} was not vended here`] };
  return beside(entry, account.accountId);
}

type Begun = Pick<Entry, 'name' | 'written' | 'client'>;

async function asNew(entry: Begun): Promise<Entry> {
  const { body } = entry.written;
  const { answer } = await entry.client.send(Plan, '/v1/account-requests?dryRun=true', body);
  const { monthlyCost, organization } = answer;
  const cost = monthlyCost ? `, about ${monthlyCost.amount.toFixed(2)} ${monthlyCost.currency} a month` : '';
  const work = { path: '/v1/account-requests', body, key: `apply-${digestOf(body).slice(7, 39)}` };
  const lines = [`    in ${organization?.organizationalUnitName ?? 'its unit'}${cost}`];
  return { ...entry, state: 'new', lines, work };
}

const AT_REST = ['unchanged', 'keep'];

/** What the account was last asked for as comes with a change that is only planned. */
async function beside(entry: Begun, accountId: string): Promise<Entry> {
  const { body } = entry.written;
  const path = `/v1/accounts/${accountId}/changes`;
  const { blueprint, guardrails } = described(body);
  const asWritten = { blueprint, guardrails };
  const { answer } = await entry.client.send(ChangePreview, `${path}?dryRun=true`, asWritten);
  if (answer.made === undefined) {
    const lines: Text[] = ['    this service is older and does not say what it was asked for as'];
    return { ...entry, state: 'not possible', lines };
  }
  const differing = differences(answer.made, body);
  if (differing.length === 0) {
    const { components, policies, rules } = answer;
    const moves = [...components, ...policies, ...rules].some((one) => !AT_REST.includes(one.action));
    const upgrade = moves ? ['    it would be planned otherwise today: an upgrade'] : [];
    return { ...entry, state: 'unchanged', lines: upgrade };
  }
  const { possible, preview, refused } = await whatCanBe(entry.client, path, differing);
  const lines: Text[] = [
    ...differenceLines(differing),
    ...(preview?.summary ?? []).map((line): Text => `      ${line}`),
    ...(preview?.warnings ?? []).map((line): Text => ['      ', styled('yellow', line)]),
    ...refused.map((words): Text => ['    ', styled('red', 'not changed: '), words]),
  ];
  if (possible.length === 0) return { ...entry, state: 'not possible', lines, differing };
  const change = changeOf(possible);
  const key = `apply-${digestOf({ accountId, change, made: answer.made }).slice(7, 39)}`;
  const state = refused.length > 0 ? 'not possible' : 'changed';
  return { ...entry, state, lines, differing, work: { path, body: change, key } };
}

/** Asks the service what of it can be done, and leaves out what it refuses member by member. */
async function whatCanBe(client: Client, path: string, differing: readonly Difference[]) {
  let possible = differing.filter(isChangeable);
  const refused = differing
    .filter((one) => !isChangeable(one))
    .map(({ member }) => `${member} of an account cannot be changed`);
  while (possible.length > 0) {
    try {
      const { answer } = await client.send(ChangePreview, `${path}?dryRun=true`, changeOf(possible));
      return { possible, preview: answer, refused };
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 422) throw error;
      const errors = error.problem.errors ?? [];
      const out = possible.filter(({ member }) => errors.some((e) => e.pointer.split('/')[1] === member));
      if (out.length === 0) throw error;
      refused.push(...errors.map((e) => `${e.pointer} ${e.message}`));
      possible = possible.filter((one) => !out.includes(one));
    }
  }
  return { possible, preview: undefined, refused };
}

async function sendAll(context: Context, options: Options, entries: readonly Entry[]): Promise<number> {
  const { screen } = context;
  const sent: { client: Client; id: string }[] = [];
  for (const { name, client, work, written } of entries) {
    const request = await inFile(written, () => sendOnce(client, work!));
    screen.data({ event: 'sent', name, request });
    screen.say(`${name}: ${request.id} accepted`);
    sent.push({ client, id: request.id });
  }
  let worst: number = EXIT.ok;
  if (options.wait)
    for (const { client, id } of sent) {
      worst = Math.max(worst, await watch(client, id, screen, { timeoutMs: options.timeout, facts: false }));
      if (worst === EXIT.interrupted) break;
    }
  return worst;
}

const ENDED = ['DENIED', 'EXPIRED', 'CANCELLED', 'REJECTED', 'ACTIVE', 'CLOSED'];

/** Twice is once; but what has come to its end is asked for anew, once for each end. */
async function sendOnce(
  client: Client,
  { path, body, key }: NonNullable<Entry['work']>,
): Promise<RequestStatus> {
  for (let next = key; ; ) {
    const { answer, headers } = await client.send(RequestStatus, path, body, { 'idempotency-key': next });
    if (headers.get('idempotent-replayed') !== 'true' || !ENDED.includes(answer.status)) return answer;
    next = `${key}-after-${answer.id}`;
  }
}
