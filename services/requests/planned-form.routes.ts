import type { Context } from 'hono';
import type { z } from 'zod';
import type { Orm } from '../../db/client.ts';
import type { AppEnv } from '../http/env.ts';
import { fieldErrors, statusOf } from '../http/problem.ts';
import type { Clock, Ids } from '../kernel/context.ts';
import { type FieldError, Problem } from '../kernel/errors.ts';
import { unstorable } from '../kernel/storable.ts';
import type { Intake } from './intake.ts';
import { submit } from './submit.pg.ts';

/** What the form came to so far. */
export type Judged<P> = {
  key: string;
  plan?: P;
  errors: readonly FieldError[];
  /** Somebody is filling it in: what is empty is not wrong yet. */
  checking: boolean;
  status: number;
};

export type Planned<B, P> = {
  schema: z.ZodType<B>;
  /** The body that the form stands for, for the schema to judge. */
  body: unknown;
  plan: (body: B) => Promise<P>;
  intake: (body: B) => Intake;
  show: (judged: Judged<P>) => Response | Promise<Response>;
};

/** A form as it was sent. */
export const formOf = (c: Context<AppEnv>): Promise<Record<string, unknown>> =>
  c.req.parseBody({ all: true }).catch(() => ({}));

/** Nobody has sent anything yet. */
export const unsent = ({ ids }: { ids: Ids }): Judged<never> => ({
  key: ids.uuid(),
  errors: [],
  checking: false,
  status: 200,
});

/** Judges a form, plans it, or sends it as a request and goes to that: as its button says. */
export async function answerForm<B, P>(
  c: Context<AppEnv>,
  deps: { orm: Orm; clock: Clock; ids: Ids },
  sent: Readonly<Record<string, unknown>>,
  { schema, body, plan, intake, show }: Planned<B, P>,
): Promise<Response> {
  const checking = sent.intent === 'check';
  const key = typeof sent.key === 'string' && /^[\w-]{8,64}$/.test(sent.key) ? sent.key : deps.ids.uuid();
  const refused = (errors: readonly FieldError[], status: number) =>
    show({ key, errors, checking, status: checking ? 200 : status });
  const read = schema.safeParse(body);
  if (!read.success) return refused(fieldErrors(read.error.issues as never), 422);
  const bad = unstorable(read.data);
  if (bad) return refused([bad], 422);
  try {
    if (sent.intent !== 'submit')
      return await show({ key, errors: [], checking, status: 200, plan: await plan(read.data) });
    const { requestId } = await submit(deps, c.get('who'), intake(read.data), key);
    return c.redirect(`/requests/${encodeURIComponent(requestId)}`, 303);
  } catch (error) {
    if (!(error instanceof Problem) || error.kind === 'not-found') throw error;
    return refused(error.extra.errors ?? [{ pointer: '', message: error.detail }], statusOf(error));
  }
}
