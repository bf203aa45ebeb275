import { digestOf } from '../../kernel/canonical-json.ts';
import { ControlException, ControlExceptions, Plan, RequestStatus } from '../answers.schema.ts';
import type { Client } from '../client.ts';
import { connect, ONLOOKER } from '../connect.ts';
import { EXIT } from '../exit.ts';
import { Usage } from '../explain.ts';
import { watch } from '../follow.ts';
import { pageOf } from '../pages.ts';
import { exceptionRows, planLines } from '../render.ts';
import type { CommonOptions, Context } from '../run.ts';
import { plural } from '../text.ts';
import { named } from './accounts.ts';

type ListOptions = CommonOptions & {
  state?: string;
  control?: string;
  team?: string;
  limit: number;
  cursor?: string;
  all?: boolean;
};

/** Of one account, or of all that one may see. */
export async function exceptions(
  { screen, config }: Context,
  options: ListOptions,
  account?: string,
): Promise<number> {
  const client = await connect(options, config, ONLOOKER);
  const { state, control, team, limit, cursor } = options;
  const query = { state: state?.toUpperCase(), control, limit, cursor };
  const [path, filters] =
    account === undefined
      ? ['/v1/exceptions', { ...query, team }]
      : [`/v1/accounts/${await accountIdOf(client, account)}/exceptions`, query];
  const { items, nextCursor } = await pageOf(client, ControlExceptions, path, filters, options.all === true);
  screen.data({ items, nextCursor });
  for (const line of exceptionRows(items)) screen.say(line);
  if (items.length === 0) screen.say('No exceptions.');
  if (nextCursor !== null && !screen.json)
    screen.note(
      `There are more: --all, or --cursor ${nextCursor} (after ${plural(items.length, 'exception')})`,
    );
  return EXIT.ok;
}

type AskOptions = CommonOptions & {
  control: string;
  resource?: string;
  reason: string;
  until: string;
  owner?: string;
  dryRun?: boolean;
  detach?: boolean;
  timeout: number;
};

/** Asks that violations of a control may stand for a while, and follows the request until it is decided. */
export async function ask(
  { screen, config }: Context,
  options: AskOptions,
  account: string,
): Promise<number> {
  const client = await connect(options, config, ONLOOKER);
  const path = `/v1/accounts/${await accountIdOf(client, account)}/exceptions`;
  const { control, resource, reason, owner } = options;
  const body = { control, resource, reason, owner, expiresAt: endOf(options.until) };
  if (options.dryRun) {
    const { answer } = await client.send(Plan, `${path}?dryRun=true`, body);
    screen.data(answer);
    screen.say('Only planned; nothing was asked for.');
    for (const line of planLines(answer)) screen.say(line);
    return EXIT.ok;
  }
  const key = `exception-${digestOf({ path, body: JSON.parse(JSON.stringify(body)) }).slice(7, 39)}`;
  const { answer } = await client.send(RequestStatus, path, body, { 'idempotency-key': key });
  screen.say(`${answer.id} accepted`);
  if (!options.detach) return watch(client, answer.id, screen, { timeoutMs: options.timeout, facts: false });
  screen.data(answer);
  return EXIT.ok;
}

/** Ends one before its time. */
export async function revoke(
  { screen, config }: Context,
  options: CommonOptions & { reason: string },
  exceptionId: string,
): Promise<number> {
  const client = await connect(options, config, ONLOOKER);
  const request = await client.read(RequestStatus, `/v1/account-requests/${encodeURIComponent(exceptionId)}`);
  if (request.kind !== 'control-exception' || request.accountId === undefined)
    throw new Usage(`${exceptionId} is no exception. List them: jetway exceptions`);
  const path = `/v1/accounts/${request.accountId}/exceptions/${encodeURIComponent(exceptionId)}/revocation`;
  const { answer } = await client.send(ControlException, path, { reason: options.reason });
  screen.data(answer);
  screen.say(`${answer.control} in ${answer.accountName}: ${answer.state}`);
  return EXIT.ok;
}

const accountIdOf = async (client: Client, which: string): Promise<string> =>
  /^\d{12}$/.test(which) ? which : (await named(client, which)).accountId;

/** A day means its end, UTC, as in the form of the dashboard. */
const endOf = (until: string): string => (/^\d{4}-\d{2}-\d{2}$/.test(until) ? `${until}T23:59:59Z` : until);
