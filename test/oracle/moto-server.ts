import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The version that the oracle was written against. */
export const MOTO = 'moto[server]==5.2.1';

/** What moto's CloudFormation can make, and what the oracle had to teach it. */
export type MotoAbilities = {
  /** Resource types that stock moto does not have. */
  filled: string[];
  /** Resource types that the oracle still has a class for although moto has its own now. */
  learnt: string[];
};

export type MotoServer = {
  url: string;
  abilities: MotoAbilities;
  /** What it and the functions that it runs have written. */
  complaints: readonly string[];
  stop(): Promise<void>;
};

/** Its version, or undefined: not installed. */
export function installedMoto(): string | undefined {
  const asked = spawnSync('python3', ['-c', 'import moto.server; print(moto.__version__)'], {
    encoding: 'utf8',
  });
  return asked.status === 0 ? asked.stdout.trim() : undefined;
}

/** What a moto that executes state machines asks for answers (states-bridge.ts), and the account of whoever is nobody there. */
export type Executing = { bridgeUrl: string; accountId: string };

/** Starts a moto server on a free port of this machine. */
export async function startMoto(executing?: Executing): Promise<MotoServer> {
  const port = await freePort();
  const script = fileURLToPath(new URL('moto_server.py', import.meta.url));
  const child = spawn(
    'python3',
    [script, String(port), ...(executing ? [executing.bridgeUrl, executing.accountId] : [])],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        MOTO_IAM_LOAD_MANAGED_POLICIES: 'true',
        MOTO_EC2_LOAD_DEFAULT_AMIS: 'false',
        PYTHONDONTWRITEBYTECODE: '1',
        // Its interpreter calls its own queue there.
        MOTO_PORT: String(port),
      },
    },
  );
  const complaints: string[] = [];
  child.stderr.on('data', (chunk) => complaints.push(String(chunk)));
  const stop = () => stopChild(child);
  try {
    const abilities = await firstLine(child);
    const url = `http://127.0.0.1:${port}`;
    await answers(url, child);
    return { url, abilities, complaints, stop };
  } catch (error) {
    await stop();
    throw new Error(`moto did not start: ${complaints.join('').slice(-2000)}`, { cause: error });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function firstLine(child: ChildProcess): Promise<MotoAbilities> {
  if (!child.stdout) throw new Error('no output');
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([text]) => String(text)),
    once(child, 'exit').then(() => undefined),
  ]);
  if (line === undefined) throw new Error('it ended at once');
  return JSON.parse(line) as MotoAbilities;
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error('it ended');
    try {
      await fetch(`${url}/moto-api/data.json`, { method: 'HEAD' });
      return;
    } catch {
      await new Promise((resume) => setTimeout(resume, 50));
    }
  }
  throw new Error('it does not answer');
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 3000);
  await gone;
  clearTimeout(late);
}
