import { Account, AccountCompliance, Accounts, Timeline } from '../answers.schema.ts';
import type { Client } from '../client.ts';
import { connect, ONLOOKER } from '../connect.ts';
import { EXIT } from '../exit.ts';
import { Usage } from '../explain.ts';
import { pageOf, withQuery } from '../pages.ts';
import { accountLines, accountRows } from '../render.ts';
import type { CommonOptions, Context } from '../run.ts';
import { plural } from '../text.ts';

type ListOptions = CommonOptions & {
  status?: string;
  ou?: string;
  team?: string;
  search?: string;
  without?: string;
  asOf?: string;
  knownAt?: string;
  limit: number;
  cursor?: string;
  all?: boolean;
};

export async function accounts({ screen, config }: Context, options: ListOptions): Promise<number> {
  const client = await connect(options, config, ONLOOKER);
  const { status, ou, team, search: q, without, asOf, knownAt, limit, cursor } = options;
  const query = { status, ou, team, q, without, asOf, knownAt, limit, cursor };
  const { items, nextCursor } = await pageOf(client, Accounts, '/v1/accounts', query, options.all === true);
  screen.data({ items, nextCursor });
  for (const line of accountRows(items)) screen.say(line);
  if (items.length === 0) screen.say('No accounts.');
  if (nextCursor !== null && !screen.json)
    screen.note(
      `There are more: --all, or --cursor ${nextCursor} (after ${plural(items.length, 'account')})`,
    );
  return EXIT.ok;
}

type OneOptions = CommonOptions & { asOf?: string; knownAt?: string; facts: number };

/** By id or by name. */
export async function account(
  { screen, config }: Context,
  options: OneOptions,
  which: string,
): Promise<number> {
  const client = await connect(options, config, ONLOOKER);
  const accountId = /^\d{12}$/.test(which) ? which : (await named(client, which)).accountId;
  const path = `/v1/accounts/${accountId}`;
  const { asOf, knownAt } = options;
  const [found, compliance, timeline] = await Promise.all([
    client.read(Account, path),
    client.read(AccountCompliance, withQuery(`${path}/compliance`, { asOf, knownAt })),
    client.read(Timeline, `${path}/timeline`),
  ]);
  const whole = { account: found, compliance, timeline: timeline.items };
  screen.data(whole);
  const last = options.facts > 0 ? timeline.items.slice(-options.facts) : [];
  for (const line of accountLines({ ...whole, timeline: last })) screen.say(line);
  return EXIT.ok;
}

/** @throws Usage when none or several have the name */
export async function named(client: Client, name: string): Promise<Account> {
  const { items } = await pageOf(client, Accounts, '/v1/accounts', { q: name, limit: 100 }, true);
  const exact = items.filter((one) => one.name === name);
  const [first, second] = exact;
  if (!first)
    throw new Usage(`You can see no account named ${name}. Look for it: jetway accounts --search TEXT`);
  if (second)
    throw new Usage(
      `${exact.length} accounts are named ${name}: ${exact.map((a) => a.accountId).join(', ')}`,
    );
  return first;
}
