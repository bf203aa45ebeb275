import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../services/kernel/package-root.node.ts';

export type Ran = { code: number | null; out: string; err: string };

/** A command that runs. */
export type Running = {
  child: ChildProcess;
  /** As soon as what it has written so far has this in it. */
  says(words: string | RegExp): Promise<string>;
  ended: Promise<Ran>;
};

export type CommandLine = Awaited<ReturnType<typeof buildCommandLine>>;

/** The command line as it is shipped, built into a folder of its own, for somebody with nothing in their environment. */
export async function buildCommandLine() {
  const folder = mkdtempSync(join(tmpdir(), 'jetway-command-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const home = join(folder, 'home');
  mkdirSync(home);
  const build = spawn(process.execPath, ['infra/build.mjs', folder, 'services/cli/jetway.ts'], {
    cwd: packageRoot(),
    stdio: 'inherit',
  });
  const [code] = await once(build, 'exit');
  if (code !== 0) throw new Error('the command line could not be built');
  const program = join(folder, 'services', 'cli', 'jetway.js');

  const start = (args: readonly string[], env: Record<string, string> = {}): Running => {
    const child = spawn(program, args, {
      cwd: packageRoot(),
      env: { PATH: process.env.PATH, HOME: home, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ran: Ran = { code: null, out: '', err: '' };
    child.stdout?.on('data', (chunk) => (ran.out += chunk));
    child.stderr?.on('data', (chunk) => (ran.err += chunk));
    const ended = once(child, 'close').then(([status]) => ({ ...ran, code: status }));
    const says = async (words: string | RegExp) => {
      const found = () => (typeof words === 'string' ? ran.out.includes(words) : words.test(ran.out));
      while (!found()) {
        if (child.exitCode !== null) throw new Error(`it ended without ${words}: ${JSON.stringify(ran)}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return ran.out;
    };
    return { child, says, ended };
  };
  return {
    folder,
    home,
    program,
    start,
    run: (args: readonly string[], env?: Record<string, string>): Promise<Ran> => start(args, env).ended,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
