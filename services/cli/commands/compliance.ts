import { AccountCompliance, Findings, Summary } from '../answers.schema.ts';
import { connect, ONLOOKER } from '../connect.ts';
import { EXIT } from '../exit.ts';
import { pageOf, withQuery } from '../pages.ts';
import { findingRows, guardrailLines, summaryLines } from '../render.ts';
import type { CommonOptions, Context } from '../run.ts';
import { plural } from '../text.ts';
import { named } from './accounts.ts';

type Options = CommonOptions & {
  findings?: boolean;
  status?: string;
  control?: string;
  ou?: string;
  drift?: boolean;
  asOf?: string;
  knownAt?: string;
  limit: number;
  cursor?: string;
  all?: boolean;
  check?: boolean;
};

/** In numbers, of one account, or finding by finding. With --check violations end with 4. */
export async function compliance(context: Context, options: Options, which?: string): Promise<number> {
  const violations = await (which !== undefined
    ? ofAccount(context, options, which)
    : options.findings
      ? findings(context, options)
      : inNumbers(context, options));
  return options.check && violations > 0 ? EXIT.failed : EXIT.ok;
}

async function inNumbers({ screen, config }: Context, options: Options): Promise<number> {
  const client = await connect(options, config, ONLOOKER);
  const answer = await client.read(Summary, withQuery('/v1/compliance/summary', { asOf: options.asOf }));
  screen.data(answer);
  for (const line of summaryLines(answer)) screen.say(line);
  return answer.compliance.nonCompliant;
}

async function ofAccount({ screen, config }: Context, options: Options, which: string): Promise<number> {
  const client = await connect(options, config, ONLOOKER);
  const accountId = /^\d{12}$/.test(which) ? which : (await named(client, which)).accountId;
  const { asOf, knownAt } = options;
  const path = withQuery(`/v1/accounts/${accountId}/compliance`, { asOf, knownAt });
  const answer = await client.read(AccountCompliance, path);
  const violated = answer.items.filter((item) => item.status === 'NON_COMPLIANT').length;
  screen.data(answer);
  screen.say(`${accountId}: ${plural(answer.items.length, 'guardrail')}, ${violated} violated`);
  for (const line of guardrailLines(answer)) screen.say(line);
  return violated;
}

async function findings({ screen, config }: Context, options: Options): Promise<number> {
  const client = await connect(options, config, ONLOOKER);
  const { status, control, ou, drift, asOf, knownAt, limit, cursor } = options;
  const query = { status, control, ou, drift, asOf, knownAt, limit, cursor };
  const { items, nextCursor } = await pageOf(client, Findings, '/v1/compliance', query, options.all === true);
  screen.data({ items, nextCursor });
  for (const line of findingRows(items)) screen.say(line);
  if (items.length === 0) screen.say('No findings.');
  if (nextCursor !== null && !screen.json) screen.note(`There are more: --all, or --cursor ${nextCursor}`);
  return items.filter((item) => item.status === 'NON_COMPLIANT').length;
}
