/** @jsxImportSource hono/jsx */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { Hono } from 'hono';
import { pathWithin } from '../access/path-within.ts';
import { type Principal, ROLES } from '../access/principal.ts';
import { startSession } from '../access/sign-in.routes.tsx';
import { issueLocalToken } from '../access/token.ts';
import { errorsByField, textOf } from '../dashboard/form-errors.ts';
import { SignInPage } from '../dashboard/sign-in.page.tsx';
import type { AppEnv } from '../http/env.ts';
import { fieldErrors } from '../http/problem.ts';
import { sentByOurPage } from '../http/same-site.ts';
import type { SessionCookies } from '../http/session-cookie.ts';
import { invalid, Problem } from '../kernel/errors.ts';
import { unstorable } from '../kernel/storable.ts';
import type { ApprovalMessage } from './approval-message.ts';
import { ChatPage, type ShownMessage } from './chat.page.tsx';
import {
  ChatClick,
  chatKey,
  EXAMPLE_APPROVER,
  type HookDeps,
  LOCAL_CHAT,
  signClick,
} from './hooks.routes.ts';
import { type ChatNote, chatHistory } from './local-chat.pg.ts';
import { requestPage } from './request-message.ts';

export type DevDeps = HookDeps & { tokenKey: Uint8Array; uuid: () => string; cookies: SessionCookies };

const Identity = z.strictObject({
  subject: z.string().min(1).max(256),
  teams: z.array(z.string().max(63)).max(100).default([]),
  roles: z.array(z.enum(ROLES)).max(5).default([]),
});

/** A click that is yet to be signed. */
const Callback = ChatClick.omit({ person: true });

/**
 * Local mode only: anybody on this machine may be anybody. The composition root mounts these routes only when AWS is
 * not real; each call is refused unless it came over loopback and speaks to a loopback name (DNS rebinding).
 */
export function devRoutes(deps: DevDeps, peer: (c: Context) => string | undefined) {
  const app = new Hono<AppEnv>();
  app.use('/dev/*', async (c, next) => {
    const host = (c.req.header('host') ?? '').replace(/:\d+$/, '');
    if (!isLoopback(peer(c)) || !['127.0.0.1', 'localhost', '[::1]'].includes(host)) {
      throw new Problem('forbidden', 'loopback-only', 'The local sign-in answers on this machine only.');
    }
    // Another site's page may send requests here too, but its browser says so.
    const from = { site: c.req.header('sec-fetch-site'), origin: c.req.header('origin') };
    if (from.origin !== undefined && !sentByOurPage(from, new URL(c.req.url).origin)) {
      throw new Problem(
        'forbidden',
        'foreign-origin',
        'The local sign-in answers pages of its own address only.',
      );
    }
    await next();
  });

  app.post('/dev/tokens', async (c) => {
    const who: Principal = await readBody(c, Identity);
    return c.json({ token: await issueLocalToken(deps.tokenKey, who, deps.clock.now().getTime()) });
  });

  app.post('/dev/sessions', async (c) => {
    const who: Principal = await readBody(c, Identity);
    await startSession(c, deps, who);
    return c.json({ subject: who.subject, teams: who.teams, roles: who.roles }, 201);
  });

  // The same for people, with and without JavaScript.
  app.post('/dev/sign-in', async (c) => {
    const form = await c.req.parseBody().catch(() => ({}));
    const sent = {
      subject: textOf(form, 'subject'),
      teams: textOf(form, 'teams'),
      roles: textOf(form, 'roles'),
    };
    const next = pathWithin(textOf(form, 'next'));
    const read = Identity.safeParse({ ...sent, teams: words(sent.teams), roles: words(sent.roles) });
    const wrong = read.success ? unstorable(read.data) : undefined;
    if (read.success && !wrong) {
      await startSession(c, deps, read.data);
      return c.redirect(next, 303);
    }
    const found = wrong ? [wrong] : fieldErrors((read.error?.issues ?? []) as never);
    const fields = { '/subject': 'subject', '/teams': 'teams', '/roles': 'roles' };
    const errors = errorsByField(found, fields, { values: sent, checking: false });
    return c.html(<SignInPage local next={next} sent={sent} errors={errors} />, 422);
  });

  app.get('/dev/chat/messages', async (c) => {
    const rows = await chatHistory(deps.orm, 100);
    return c.json({ items: rows.map((row) => chatMessage(deps, row, new URL(c.req.url).origin)) });
  });

  // What was typed has to be signed too: the page asks for the callback when the reason is known.
  app.post('/dev/chat/callbacks', async (c) => {
    const click = await readBody(c, Callback);
    return c.json(callback(deps, { ...click, person: EXAMPLE_APPROVER }, ''));
  });

  app.get('/dev/chat', async (c) => {
    const rows = await chatHistory(deps.orm, 100);
    return c.html(<ChatPage messages={rows.map((row) => shownMessage(deps, row))} />);
  });

  app.get('/dev/chat.js', (c) =>
    c.body(CLICK_SCRIPT, 200, { 'content-type': 'text/javascript; charset=utf-8' }),
  );
  return app;
}

const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '');

const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(address);

async function readBody<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  let body: unknown;
  try {
    body = await c.req.json();
  } catch {
    throw new Problem('malformed', 'malformed', 'The body is not valid JSON.');
  }
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw invalid(fieldErrors(parsed.error.issues as never));
  const bad = unstorable(parsed.data);
  if (bad) throw invalid([bad]);
  return parsed.data;
}

type Row = Awaited<ReturnType<typeof chatHistory>>[number];

/** A ready signed callback: a click and a test travel the real signature check. */
function callback(deps: DevDeps, click: ChatClick, origin: string) {
  const body = JSON.stringify(click);
  const headers = signClick(chatKey(deps), `click-${deps.uuid()}`, deps.clock.now(), body);
  return { decision: click.decision, url: `${origin}/hooks/webhooks/${LOCAL_CHAT}`, body, headers };
}

const chatMessage = (deps: DevDeps, row: Row, origin: string) => ({
  id: row.id,
  channel: row.channel,
  text: row.text,
  requestId: row.requestId,
  planDigest: row.planDigest,
  postedAt: row.createdAt.toISOString(),
  actions:
    row.state !== 'open'
      ? []
      : (['approve', 'deny'] as const).map((decision) => {
          const { requestId, planDigest } = row;
          return callback(deps, { requestId, decision, planDigest, person: EXAMPLE_APPROVER }, origin);
        }),
});

export type ChatMessage = ReturnType<typeof chatMessage>;

const shownMessage = (deps: DevDeps, row: Row): ShownMessage => ({
  ...chatMessage(deps, row, ''),
  message: row.message as ApprovalMessage | null,
  notes: row.notes as ChatNote[],
  pageUrl: row.requestId === '' ? '/' : requestPage(row.requestId),
});

/**
 * Asks what Slack would ask, then sends the signed callback that belongs to the button, as a chat's own server would, and
 * shows the answer.
 */
const CLICK_SCRIPT = `
document.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  if (button.dataset.opens) document.getElementById(button.dataset.opens).showModal();
  if ('closes' in button.dataset) button.closest('dialog').close();
  if (button.dataset.body) {
    const { url, body, headers } = button.dataset;
    send(button, { url, body, headers: JSON.parse(headers) });
  }
});
document.addEventListener('submit', async (event) => {
  const form = event.target.closest('form[data-command]');
  if (!form) return;
  event.preventDefault();
  const command = { ...JSON.parse(form.dataset.command), comment: new FormData(form).get('reason') };
  const signed = await fetch('/dev/chat/callbacks', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(command) });
  const callback = await signed.json();
  if (signed.ok) return send(form, callback);
  form.closest('dialog').close();
  say(form, callback.title + ': ' + callback.detail);
});
function say(from, words) {
  from.closest('article').querySelector('[role=status]').textContent = words;
}
async function send(from, { url, body, headers }) {
  const article = from.closest('article');
  from.closest('dialog').close();
  for (const button of article.querySelectorAll('button')) button.disabled = true;
  const answer = await fetch(url, { method: 'POST', headers, body });
  const told = await answer.json();
  say(from, answer.ok ? 'You chose to ' + told.decision + ' it.' : told.title + ': ' + told.detail);
}
`;
