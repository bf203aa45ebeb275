import type { Principal } from '../../services/access/principal.ts';
import { issueLocalToken } from '../../services/access/token.ts';
import type { createApp } from '../../services/app.ts';
import { secrets } from './service.ts';
import { ConnectionLost, type Owner } from './turns.ts';

export type Api = { app: ReturnType<typeof createApp>; owner: Owner };
// biome-ignore lint/suspicious/noExplicitAny: bodies of many routes; each caller knows its own
export type Answer = { status: number; body: any };
export type Ask = {
  method?: string;
  path: string;
  who?: Principal;
  body?: unknown;
  headers?: Record<string, string>;
};

const HOST = 'http://127.0.0.1:8080';
/** Tokens hold for twelve hours. */
const TOKEN_MS = 8 * 3_600_000;

/** Tokens of people, made once in a while. */
export function openTokens(nowMs: () => number) {
  const kept = new Map<string, { token: string; atMs: number }>();
  return async (who: Principal): Promise<string> => {
    const key = JSON.stringify(who);
    const known = kept.get(key);
    if (known && nowMs() - known.atMs < TOKEN_MS) return known.token;
    const token = await issueLocalToken(secrets.key('local-tokens'), who, nowMs());
    kept.set(key, { token, atMs: nowMs() });
    return token;
  };
}

/** Calls the application as a server would. @throws ConnectionLost when the process dies before it has answered */
export async function ask(
  { app, owner }: Api,
  tokenOf: (who: Principal) => Promise<string>,
  { method = 'GET', path, who, body, headers = {} }: Ask,
): Promise<Answer> {
  if (!owner.alive) throw new ConnectionLost(`${owner.name} is not there`);
  const init: RequestInit = { method, headers: { host: '127.0.0.1:8080', ...headers } };
  if (who) (init.headers as Record<string, string>).authorization = `Bearer ${await tokenOf(who)}`;
  if (body !== undefined) {
    init.body = typeof body === 'string' ? body : JSON.stringify(body);
    (init.headers as Record<string, string>)['content-type'] ??= 'application/json';
  }
  const url = path.startsWith('http') ? path : `${HOST}${path}`;
  const response = await Promise.race([app.fetch(new Request(url, init)), owner.died]);
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}
