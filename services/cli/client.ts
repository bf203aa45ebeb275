/** What the command line needs of the API, over fetch. */
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
    readonly problem: { title?: string; detail?: string; errors?: { pointer: string; message: string }[] },
  ) {
    const errors = (problem.errors ?? []).map((e) => `\n  ${e.pointer || '/'} ${e.message}`).join('');
    super(`${problem.title ?? `HTTP ${status}`}: ${problem.detail ?? ''}${errors}`);
  }
}

/** Nobody answers at the address. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

export type Client = ReturnType<typeof openClient>;

export function openClient(baseUrl: string, token = '') {
  const call = async (
    method: string,
    path: string,
    options: { body?: unknown; headers?: Record<string, string>; signal?: AbortSignal } = {},
  ) => {
    const headers = {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    };
    const body =
      options.body === undefined
        ? undefined
        : typeof options.body === 'string'
          ? options.body
          : JSON.stringify(options.body);
    let response: Response;
    try {
      response = await fetch(new URL(path, baseUrl), {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
        ...(options.signal ? { signal: options.signal } : {}),
      });
    } catch (cause) {
      throw new Unreachable(`Nothing answers at ${baseUrl}. Start the service with: npm start`, { cause });
    }
    if (!response.ok)
      throw new Refused(response.status, (await response.json().catch(() => ({}))) as Refused['problem']);
    return response;
  };
  const get = async <T>(path: string) => (await (await call('GET', path)).json()) as T;
  const post = async <T>(path: string, body?: unknown, headers?: Record<string, string>) => {
    const response = await call('POST', path, {
      ...(body === undefined ? {} : { body }),
      ...(headers ? { headers } : {}),
    });
    return { answer: (await response.json()) as T, headers: response.headers };
  };
  return {
    baseUrl,
    get,
    post,
    /** A token of the local mode. */
    async signIn(who: { subject: string; teams: string[]; roles: string[] }) {
      const { answer } = await post<{ token: string }>('/dev/tokens', who);
      return openClient(baseUrl, answer.token);
    },
    /** Live events of a request; goes on where it stopped when the connection breaks, until the stream has ended. */
    async *events(path: string, signal: AbortSignal): AsyncGenerator<{ event: string; data: string }> {
      let last = '';
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
          if (error instanceof Refused || ++failures > 60) throw error;
          await new Promise((resolve) => setTimeout(resolve, 1_000));
        }
      }
    },
  };
}

/** Server-sent events of a byte stream. */
async function* parseEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<{ id: string; event: string; data: string }> {
  let buffer = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    buffer += decoder.decode(chunk, { stream: true });
    for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
      const fields = buffer.slice(0, end).split('\n');
      buffer = buffer.slice(end + 2);
      const of = (name: string) =>
        fields
          .filter((f) => f.startsWith(`${name}:`))
          .map((f) => f.slice(name.length + 1).trimStart())
          .join('\n');
      yield { id: of('id'), event: of('event') || 'message', data: of('data') };
    }
  }
}
