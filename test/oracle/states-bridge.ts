import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import type { TaskCall } from '../../infra/local/engine/engine.ts';
import type { HistoryEvent } from '../../workflows/walk.fixture.ts';

/** `token`: of a task that waits for one. */
export type AskedTask = TaskCall & { token?: string };

export type TaskAnswer =
  | { output: unknown }
  | { error: string; cause: string }
  /** moto does it itself: its own queue takes a message. */
  | { stock: true };

/** What moto's interpreter is lent: AWS, and time. `execution` is an ARN. */
export type World = {
  task(call: AskedTask): TaskAnswer | Promise<TaskAnswer>;
  /** RFC 3339. */
  now(execution: string): string;
  wait(execution: string, seconds: number): void | Promise<void>;
  /** Whether the time of this token is up. Asked again and again while nobody has answered. */
  isOver(asked: { execution: string; token: string; seconds: number }): boolean | Promise<boolean>;
};

export type StatesBridge = {
  url: string;
  /** Whose world it is from now on. Before, nothing but the probes of the mends may ask. */
  serve(world: World): void;
  /** How this execution will have ended, and everything that happened in it. To be asked before it is started. */
  ended(executionArn: string): Promise<Ended>;
  close(): Promise<void>;
};

export type Ended = { status: string; events: HistoryEvent[] };

const LONGEST_MS = 120_000;

// biome-ignore lint/suspicious/noExplicitAny: our own Python is at the other end
type Body = any;

/** Loopback only. moto_states.py asks here. */
export async function openStatesBridge(): Promise<StatesBridge> {
  let world: World | undefined;
  const ended = new EventEmitter();
  const answer = async (path: string | undefined, body: Body): Promise<object> => {
    const time = () => world?.now(body.execution) ?? new Date().toISOString();
    if (path === '/begin') return { time: time() };
    if (path === '/ended') {
      ended.emit(body.execution, body);
      return {};
    }
    if (!world) throw new Error('nobody is there yet');
    if (path === '/task') return world.task(withoutNull(body));
    if (path === '/over') return { over: await world.isOver(body), time: time() };
    if (path !== '/wait') throw new Error(`nothing is at ${path}`);
    await world.wait(body.execution, body.seconds);
    return { time: time() };
  };
  const server = createServer(async (request: IncomingMessage, response) => {
    try {
      const text = JSON.stringify(await answer(request.url, await json(request)));
      response.writeHead(200, { 'content-type': 'application/json' }).end(text);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    serve(given) {
      world = given;
    },
    async ended(executionArn) {
      const [body] = await once(ended, executionArn, { signal: AbortSignal.timeout(LONGEST_MS) });
      return body as Ended;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Python has no undefined. */
const withoutNull = (body: Record<string, unknown>): AskedTask =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null)) as unknown as AskedTask;
