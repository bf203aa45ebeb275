/** @jsxImportSource hono/jsx */
import type { Context } from 'hono';
import { Hono } from 'hono';
import { z } from 'zod';
import { type Principal, samePerson } from '../access/principal.ts';
import type { Session } from '../access/sessions.pg.ts';
import { messageOf } from '../chat/message-of.pg.ts';
import { requestPage } from '../chat/request-message.ts';
import { orNotFound } from '../dashboard/or-not-found.page.tsx';
import type { Catalogue } from '../guardrails/catalogue.ts';
import type { AppEnv } from '../http/env.ts';
import { statusOf } from '../http/problem.ts';
import { notFound, Problem } from '../kernel/errors.ts';
import { unstorable } from '../kernel/storable.ts';
import { getRequest } from '../requests/requests.pg.ts';
import { type ApprovalDeps, decide, readerOf } from './approvals.pg.ts';
import { DecisionPage } from './decision.page.tsx';

export type DecisionPageDeps = ApprovalDeps & {
  catalogue: Catalogue;
  /** The token in the forms of a session. */
  csrf: (session: Session) => string;
  local: boolean;
};

const Form = z.strictObject({
  csrf: z.string(),
  decision: z.enum(['approve', 'deny']),
  planDigest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  comment: z.string().max(1_000).default(''),
});

/** Where links from chat lead: what is asked for, and the answer, by whoever is signed in. Looking at it decides nothing. */
export function decisionRoutes(deps: DecisionPageDeps) {
  const app = new Hono<AppEnv>();
  /** As one's own teams see it, or as somebody who is asked to approve it. @throws Problem not-found */
  const mayRead = async (who: Principal, requestId: string) =>
    getRequest(deps.orm, await readerOf(deps, who, requestId), requestId);
  const page = async (c: Context<AppEnv>, requestId: string, problem?: Problem) => {
    const who = c.get('who');
    const { request } = await mayRead(who, requestId);
    const read = await messageOf(deps.orm, deps.catalogue, requestId);
    if (!read) throw notFound('account request');
    return c.html(
      <DecisionPage
        action={requestPage(requestId)}
        message={read.message}
        whyNot={whyNot(who, request.requestedBy)}
        frame={{ who, csrf: deps.csrf(c.get('session')), local: deps.local, path: '/approvals' }}
        problem={problem?.detail}
      />,
      (problem ? statusOf(problem) : 200) as 200,
    );
  };

  app.get('/approvals/:requestId', (c) => orNotFound(c, () => page(c, c.req.param('requestId'))));

  app.post('/approvals/:requestId', (c) =>
    orNotFound(c, async () => {
      const requestId = c.req.param('requestId');
      // Before anything else: whoever may not see it learns nothing from how it is refused.
      await mayRead(c.get('who'), requestId);
      try {
        const { decision, planDigest, comment } = readForm(await c.req.parseBody());
        await decide(deps, c.get('who'), {
          requestId,
          decision,
          planDigest,
          via: 'dashboard',
          ...(comment === '' ? {} : { comment }),
        });
        return c.redirect(requestPage(requestId), 303);
      } catch (error) {
        if (error instanceof Problem && error.kind !== 'not-found') return page(c, requestId, error);
        throw error;
      }
    }),
  );
  return app;
}

function readForm(body: unknown): z.infer<typeof Form> {
  const parsed = Form.safeParse(body);
  if (!parsed.success || unstorable(parsed.data))
    throw new Problem('invalid', 'validation', 'The form could not be read. Send it again from this page.');
  const comment = parsed.data.comment.trim();
  if (parsed.data.decision === 'deny' && comment === '')
    throw new Problem('invalid', 'validation', 'Say why it is denied: the requester reads it.');
  return { ...parsed.data, comment };
}

/** In words why there are no buttons; whether an approver may decide this one is said when they try. */
function whyNot(who: Principal, requestedBy: string): string | undefined {
  if (!who.roles.includes('approver')) return 'Deciding needs the role approver.';
  if (samePerson(who.subject, requestedBy)) return 'You asked for it, so somebody else has to decide.';
  return undefined;
}
