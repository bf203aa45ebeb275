import { type ChildProcess, fork } from 'node:child_process';
import { START_FLAGS } from '../../infra/start-flags.mjs';

/** A process of the bench: what it said first, and how it ends. */
export type Child<T> = {
  pid: number;
  said: T;
  next(): Promise<unknown>;
  send(message: unknown): void;
  stop(): Promise<void>;
};

/**
 * Starts a module as a process of its own and waits for its first message.
 * @param settings goes to it as JSON, in its first argument
 */
export function startChild<T>(module: string, settings: object): Promise<Child<T>> {
  return new Promise((resolve, reject) => {
    const child = fork(module, [JSON.stringify(settings)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // What is built is started as the service is, without anybody who reads TypeScript in its process.
      ...(module.endsWith('.js') ? { execArgv: [...START_FLAGS] } : {}),
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${module} ended with ${code}`)));
    child.once('message', (said) =>
      resolve({
        pid: child.pid as number,
        said: said as T,
        next: () => new Promise((heard) => child.once('message', heard)),
        send: (message) => void child.send(message as object),
        stop: () => stop(child),
      }),
    );
  });
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    child.once('exit', () => done());
    child.kill('SIGKILL');
  });
}
