import type { z } from 'zod';
import type { Problem } from './answers.schema.ts';
import { parseEvents, type StreamEvent } from './event-stream.ts';

/** A request for an account, as the API answers. */
export type RequestStatusAnswer = {
  id: string;
  status: string;
  account: { name: string; email: string; organizationalUnitId: string };
  plan: { digest: string };
  accountId?: string;
  failure?: { code: string; title: string; detail: string; step: string; nextAction: string };
  steps: { name: string; title: string; status: string; startedAt?: string; endedAt?: string }[];
  queuePosition?: number;
  etaAt?: string;
};

export type TimelineItem = {
  seq: number;
  type: string;
  occurredAt: string;
  actor?: string;
  data: Record<string, unknown>;
};

/** The service said no, in its own words. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly status: number,
    readonly problem: Problem,
    readonly request: { method: string; path: string } = { method: '', path: '' },
  ) {
    const errors = (problem.errors ?? []).map((e) => `\n  ${e.pointer || '/'} ${e.message}`).join('');
    super(`${problem.title ?? `HTTP ${status}`}: ${problem.detail ?? ''}${errors}`);
  }
}

/** Nobody answers at the address. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** Somebody listens at the address but does not answer in time. */
export class TooSlow extends Error {
  override readonly name = 'TooSlow';
}

/** The answer is none that this program knows: another version of the service, or something else entirely. */
export class NotUnderstood extends Error {
  override readonly name = 'NotUnderstood';
}

type CallOptions = { body?: unknown; headers?: Record<string, string>; signal?: AbortSignal };

export type Client = ReturnType<typeof openClient>;

const MOST_TRIES = 4;

/** @param patienceMs how long an answer may take to begin */
export function openClient(baseUrl: string, token = '', patienceMs = 120_000) {
  /** Sends it again, a few times, when the service asks for patience: then nothing has been done yet. */
  const call = async (method: string, path: string, options: CallOptions = {}): Promise<Response> => {
    for (let attempt = 1; ; attempt++) {
      const response = await once(method, path, options);
      if (response.ok) return response;
      const asked = response.headers.get('retry-after');
      const wait = Number(asked);
      // 409: the workflow is a moment behind what the request says.
      const passing = response.status === 429 || (response.status === 409 && asked !== null);
      if (passing && attempt < MOST_TRIES && wait <= 60) {
        await sleep(Math.max(wait, 1) * 1_000, options.signal);
        continue;
      }
      const problem = (await response.json().catch(() => ({}))) as Problem;
      throw new Refused(response.status, problem, { method, path });
    }
  };
  const once = async (method: string, path: string, { body, headers, signal }: CallOptions) => {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), patienceMs);
    try {
      return await fetch(new URL(path, baseUrl), {
        method,
        headers: {
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        signal: signal ? AbortSignal.any([signal, patience.signal]) : patience.signal,
      });
    } catch (cause) {
      if (patience.signal.aborted)
        throw new TooSlow(`${baseUrl} did not answer within ${patienceMs / 1_000} s.`, { cause });
      throw new Unreachable(`Nothing answers at ${baseUrl}. Start the service with: npm start`, { cause });
    } finally {
      clearTimeout(timer);
    }
  };
  const get = async <T>(path: string) => (await jsonOf(await call('GET', path), path)) as T;
  const post = async <T>(path: string, body?: unknown, headers?: Record<string, string>) => {
    const response = await call('POST', path, {
      ...(body === undefined ? {} : { body }),
      ...(headers ? { headers } : {}),
    });
    return { answer: (await jsonOf(response, path)) as T, headers: response.headers };
  };
  return {
    baseUrl,
    get,
    post,
    /** @throws NotUnderstood for an answer of another shape */
    async read<S extends z.ZodType>(schema: S, path: string): Promise<z.infer<S>> {
      return understood(schema, await get<unknown>(path), path);
    },
    async send<S extends z.ZodType>(
      schema: S,
      path: string,
      body?: unknown,
      headers?: Record<string, string>,
    ) {
      const sent = await post<unknown>(path, body, headers);
      return { answer: understood(schema, sent.answer, path) as z.infer<S>, headers: sent.headers };
    },
    /** A token of the local mode. */
    async signIn(who: { subject: string; teams: string[]; roles: string[] }) {
      const { answer } = await post<{ token: string }>('/dev/tokens', who);
      return openClient(baseUrl, answer.token, patienceMs);
    },
    /**
     * Live events of a request behind `after`; goes on where it stopped when the connection breaks, until the stream has
     * ended. @throws Refused, and Unreachable when nobody has answered for a minute
     */
    async *events(path: string, signal: AbortSignal, after = ''): AsyncGenerator<StreamEvent> {
      let last = after;
      for (let failures = 0; !signal.aborted; ) {
        try {
          const response = await call('GET', path, {
            signal,
            headers: { accept: 'text/event-stream', ...(last ? { 'last-event-id': last } : {}) },
          });
          for await (const message of parseEvents(response.body!)) {
            failures = 0;
            if (message.id) last = message.id;
            if (message.data) yield message;
          }
          return;
        } catch (error) {
          if (signal.aborted) return;
          // A service that restarts, or a proxy before it, may say so meanwhile.
          if ((error instanceof Refused && error.status < 500) || ++failures > 60) throw error;
          await sleep(1_000, signal);
        }
      }
    },
  };
}

async function jsonOf(response: Response, path: string): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw new NotUnderstood(`The answer of ${path} is not JSON.`, { cause });
  }
}

export function understood<S extends z.ZodType>(schema: S, answer: unknown, path: string): z.infer<S> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new NotUnderstood(
    `The answer of ${path} has another shape: ${issue?.path.join('.') || 'it'} ${issue?.message ?? ''}`,
  );
}

const sleep = (ms: number, signal?: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
