/** @jsxImportSource hono/jsx */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { Hono } from 'hono';
import { type Principal, ROLES } from '../access/principal.ts';
import { issueLocalToken } from '../access/token.ts';
import type { AppEnv } from '../http/env.ts';
import { fieldErrors } from '../http/problem.ts';
import { invalid, Problem } from '../kernel/errors.ts';
import { unstorable } from '../kernel/storable.ts';
import { ChatPage } from './chat.page.tsx';
import {
  type ChatClick,
  chatKey,
  EXAMPLE_APPROVER,
  type HookDeps,
  LOCAL_CHAT,
  signClick,
} from './hooks.routes.ts';
import { chatHistory } from './local-chat.pg.ts';

export type DevDeps = HookDeps & { tokenKey: Uint8Array; uuid: () => string };

const Identity = z.strictObject({
  subject: z.string().min(1).max(256),
  teams: z.array(z.string().max(63)).max(100).default([]),
  roles: z.array(z.enum(ROLES)).max(5).default([]),
});

export const SESSION_COOKIE = 'jetway-session';

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
    const origin = c.req.header('origin');
    if (origin !== undefined && origin !== new URL(c.req.url).origin) {
      throw new Problem(
        'forbidden',
        'foreign-origin',
        'The local sign-in answers pages of its own address only.',
      );
    }
    await next();
  });

  app.post('/dev/tokens', async (c) => {
    const who = await readIdentity(c);
    return c.json({ token: await issueLocalToken(deps.tokenKey, who, deps.clock.now().getTime()) });
  });

  app.post('/dev/sessions', async (c) => {
    const who = await readIdentity(c);
    const token = await issueLocalToken(deps.tokenKey, who, deps.clock.now().getTime());
    c.header('set-cookie', `${SESSION_COOKIE}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200`);
    return c.json({ subject: who.subject, teams: who.teams, roles: who.roles }, 201);
  });

  app.get('/dev/chat/messages', async (c) =>
    c.json({ items: await messages(deps, new URL(c.req.url).origin) }),
  );

  app.get('/dev/chat', async (c) => c.html(<ChatPage messages={await messages(deps, '')} />));

  app.get('/dev/chat.js', (c) =>
    c.body(CLICK_SCRIPT, 200, { 'content-type': 'text/javascript; charset=utf-8' }),
  );
  return app;
}

const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(address);

async function readIdentity(c: Context): Promise<Principal> {
  let body: unknown;
  try {
    body = await c.req.json();
  } catch {
    throw new Problem('malformed', 'malformed', 'The body is not valid JSON.');
  }
  const parsed = Identity.safeParse(body);
  if (!parsed.success) throw invalid(fieldErrors(parsed.error.issues as never));
  const bad = unstorable(parsed.data);
  if (bad) throw invalid([bad]);
  return parsed.data;
}

/** Every open message carries ready signed callbacks: a click and a test travel the real signature check. */
async function messages(deps: DevDeps, origin: string) {
  const rows = await chatHistory(deps.orm, 100);
  return rows.map((row) => ({
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
            const click: ChatClick = {
              requestId: row.requestId,
              decision,
              planDigest: row.planDigest,
              person: EXAMPLE_APPROVER,
            };
            const body = JSON.stringify(click);
            const headers = signClick(chatKey(deps), `click-${deps.uuid()}`, deps.clock.now(), body);
            return { decision, url: `${origin}/hooks/webhooks/${LOCAL_CHAT}`, body, headers };
          }),
  }));
}

export type ChatMessage = Awaited<ReturnType<typeof messages>>[number];

/** Sends the signed callback that belongs to a button, as a chat's own server would, and shows the answer. */
const CLICK_SCRIPT = `
document.addEventListener('click', async (event) => {
  const button = event.target.closest('button[data-body]');
  if (!button) return;
  for (const other of button.parentElement.querySelectorAll('button')) other.disabled = true;
  const answer = await fetch(button.dataset.url, { method: 'POST', headers: JSON.parse(button.dataset.headers), body: button.dataset.body });
  const body = await answer.json();
  const status = button.closest('article').querySelector('[role=status]');
  status.textContent = answer.ok ? 'You chose to ' + body.decision + ' it.' : body.title + ': ' + body.detail;
});
`;
