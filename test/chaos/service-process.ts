import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { START_FLAGS } from '../../infra/start-flags.mjs';
import { childEnvironment } from '../../services/config.ts';
import { packageRoot } from '../../services/kernel/package-root.node.ts';

/** A bundle of the service in a folder of its own, so that nobody's build pulls it away while it runs. */
export type Build = { dir: string; remove(): void };

/** @param entryPoints of another program. Below node_modules: packages are found from there, and neither git nor a checker looks in. */
export function buildService(...entryPoints: string[]): Build {
  const dir = join(packageRoot(), 'node_modules', '.cache', `jetway-${process.pid}-${Date.now()}`);
  execFileSync(process.execPath, [join(packageRoot(), 'infra', 'build.mjs'), dir, ...entryPoints], {
    stdio: 'inherit',
  });
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** A process of ours: how it is asked to end, how it is killed, and what it wrote. */
export type OwnProcess = {
  readonly pid: number;
  readonly hasEnded: () => boolean;
  /** What it printed, the last 20,000 characters. */
  output(): string;
  /** kill -9 */
  kill(): Promise<void>;
  /** Ctrl-C; kill -9 after ten seconds. */
  stop(): Promise<void>;
  /** SIGTERM, and nothing after it. @returns its exit code; null when a signal has ended it */
  end(): Promise<number | null>;
};

/**
 * @param file JavaScript below the build
 * @param through a program with its arguments that ends by becoming the process
 */
export function startProcess(
  build: Build,
  file: string,
  args: string[],
  settings: Record<string, string>,
  through: readonly string[] = [],
): OwnProcess {
  const whole = [...through, process.execPath, ...START_FLAGS, join(build.dir, file), ...args];
  const child = spawn(whole[0] as string, whole.slice(1), {
    env: childEnvironment(settings),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-20_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const onExit = () => child.kill('SIGKILL');
  process.once('exit', onExit);
  void ended.then(() => process.off('exit', onExit));
  return {
    pid: child.pid ?? 0,
    hasEnded,
    output: () => text,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      if (hasEnded()) return;
      await stopGently(child, ended);
    },
    async end() {
      child.kill('SIGTERM');
      await ended;
      return child.exitCode;
    },
  };
}

async function stopGently(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(late);
}

/** Waits until it answers that it is ready. @throws Error with what it printed when it ends before, or the time is up */
export async function readiness(service: OwnProcess, url: string, patienceMs = 180_000): Promise<void> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await sleep(50)) {
    if (service.hasEnded()) throw new Error(`the service ended before it was ready:\n${service.output()}`);
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error(`the service was not ready within ${patienceMs / 1000} s:\n${service.output()}`);
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
