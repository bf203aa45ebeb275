import { createInterface } from 'node:readline/promises';
import { Plan, RequestStatus } from '../answers.schema.ts';
import { type Client, Refused } from '../client.ts';
import { connect, hasOwnToken, type Identity, ONLOOKER, openAnonymous } from '../connect.ts';
import { EXIT } from '../exit.ts';
import { Usage } from '../explain.ts';
import { watch as watchRequest } from '../follow.ts';
import { planLines } from '../render.ts';
import type { CommonOptions, Context } from '../run.ts';
import { subjectOf } from '../subject.ts';
import { printable, styled } from '../text.ts';
import { decide } from '../vend-request.ts';

const pathOf = (id: string, part = ''): string => `/v1/account-requests/${encodeURIComponent(id)}${part}`;

type WatchOptions = CommonOptions & { timeout: number; after?: string };

export async function watch(context: Context, options: WatchOptions, id: string): Promise<number> {
  const client = await connect(options, context.config, ONLOOKER);
  const { timeout, after } = options;
  return watchRequest(client, id, context.screen, {
    timeoutMs: timeout,
    facts: true,
    ...(after === undefined ? {} : { after }),
  });
}

export async function plan({ screen, config }: Context, options: CommonOptions, id: string): Promise<number> {
  const client = await connect(options, config, ONLOOKER);
  const answer = await client.read(Plan, pathOf(id, '/plan'));
  screen.data(answer);
  for (const line of planLines(answer)) screen.say(line);
  return EXIT.ok;
}

type DecideOptions = CommonOptions & {
  digest?: string;
  comment?: string;
  yes?: boolean;
  watch?: boolean;
  timeout: number;
};

/**
 * Approves exactly the plan that was shown: either its digest is given, or the plan is printed and confirmed, or --yes says
 * that whatever the plan is will do.
 */
export async function approve(context: Context, options: DecideOptions, id: string): Promise<number> {
  const { screen } = context;
  const { client, request } = await asApprover(context, options, id);
  const digest = options.digest ?? (await confirmed(context, client, request, options.yes === true));
  if (digest === undefined) {
    screen.note('Nothing was decided.');
    return EXIT.refused;
  }
  const decided = await decide(client, { id: request.id, plan: { digest } }, 'approve', options.comment);
  return tell(context, client, decided, 'approved', options);
}

export async function deny(context: Context, options: DecideOptions, id: string): Promise<number> {
  const { client, request } = await asApprover(context, options, id);
  const digest = options.digest ?? request.plan.digest;
  const decided = await decide(client, { id: request.id, plan: { digest } }, 'deny', options.comment);
  return tell(context, client, decided, 'denied', options);
}

export async function cancel(context: Context, options: CommonOptions, id: string): Promise<number> {
  const client = await connect(options, context.config, ONLOOKER);
  const { answer } = await client.send(RequestStatus, pathOf(id, '/cancel'), {});
  return tell(context, client, answer, 'cancelled', {});
}

type ResumeOptions = CommonOptions & { watch?: boolean; timeout: number };

export async function resume(context: Context, options: ResumeOptions, id: string): Promise<number> {
  const client = await connect(options, context.config, ONLOOKER);
  const { answer } = await client.send(RequestStatus, pathOf(id, '/resume'), {});
  return tell(context, client, answer, 'goes on', { ...options, resumed: answer });
}

async function tell(
  { screen }: Context,
  client: Client,
  request: RequestStatus,
  word: string,
  options: { watch?: boolean; timeout?: number; resumed?: RequestStatus },
): Promise<number> {
  screen.data(request);
  screen.say(`${subjectOf(request)} (${request.id}): ${word}, now ${request.status}`);
  if (!options.watch) return EXIT.ok;
  const { timeout: timeoutMs = 0, resumed } = options;
  return watchRequest(client, request.id, screen, {
    timeoutMs,
    facts: false,
    ...(resumed === undefined ? {} : { resumed }),
  });
}

/** In the local mode the example approver is of the team that asks; elsewhere one is who one is. */
async function asApprover(
  { config }: Context,
  options: CommonOptions,
  id: string,
): Promise<{ client: Client; request: RequestStatus }> {
  const known = options.asTeam !== undefined || hasOwnToken(options, config);
  const team = known ? '' : await teamInLocalMode(openAnonymous(options, config), id);
  const who: Identity = {
    subject: 'approver@example.com',
    teams: team === '' ? [] : [team],
    roles: ['approver'],
  };
  const client = await connect(options, config, who);
  return { client, request: await client.read(RequestStatus, pathOf(id)) };
}

async function teamInLocalMode(anybody: Client, id: string): Promise<string> {
  try {
    const onlooker = await anybody.signIn(ONLOOKER);
    return (await onlooker.read(RequestStatus, pathOf(id))).team ?? '';
  } catch (error) {
    // Not the local mode, or no such request: what comes next says so.
    if (error instanceof Refused) return '';
    throw error;
  }
}

/** @returns the digest of the plan that somebody said yes to @throws Usage where nobody can be asked */
async function confirmed(
  { screen }: Context,
  client: Client,
  request: RequestStatus,
  yes: boolean,
): Promise<string | undefined> {
  const shown = await client.read(Plan, pathOf(request.id, '/plan'));
  screen.say(styled('bold', subjectOf(request)));
  for (const line of planLines(shown)) screen.say(line);
  if (yes) return shown.digest;
  return (await ask(`Approve this plan for ${subjectOf(request)}?`, YES_OR_DIGEST))
    ? shown.digest
    : undefined;
}

const YES_OR_DIGEST = '--yes, or --digest with that of the plan that you have read';

/** @throws Usage where nobody can be asked; it says what to add instead */
export async function ask(question: string, instead = '--yes'): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new Usage(`Nobody can be asked here: add ${instead}.`);
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await lines.question(`${printable(question)} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}
