import { createHash, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse';
  constructor(dir: string) {
    super(
      `${dir} is in use by another Jetway process. Stop that one, or choose another folder with DATA_DIR. ` +
        'Two processes on one embedded database would lose data.',
    );
  }
}

/**
 * One process for each data directory. PGlite does not lock its files, and a pid file lies after kill -9 (the pid may
 * live on as another process), so the lock is a listening socket: the kernel closes it when its owner dies.
 * @returns a function that gives the directory back
 */
export async function lockDirectory(dir: string, patienceMs = 5_000): Promise<() => Promise<void>> {
  mkdirSync(dir, { recursive: true });
  const path = socketPath(realpathSync(dir));
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const release = await tryLock(path);
    if (release) return release;
    if (Date.now() >= deadline) throw new DirectoryInUse(dir);
    await sleep(100);
  }
}

/** Socket paths end at about 100 bytes on common systems; longer ones go to the temporary folder under a digest. */
function socketPath(dir: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\jetway-${digest(dir)}`;
  const beside = join(dir, 'jetway.lock');
  return Buffer.byteLength(beside) <= 80 ? beside : join(tmpdir(), `jetway-${digest(dir)}.lock`);
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 24);

/**
 * The lock is the socket with the highest number beside `path`. A starter listens under a name of its own and links
 * that to the number after the dead one: a link is made or refused in one step, so one starter alone gets a number. It
 * counts only while the dead one is still there and no higher one is: a starter that was slow sees that the world moved.
 */
async function tryLock(path: string): Promise<(() => Promise<void>) | undefined> {
  // To be connected to is all that it is for. The other side hangs up at once, which must not end this process.
  const server = createServer((socket) => socket.on('error', () => {}).destroy());
  const close = () => new Promise<void>((done) => server.close(() => done()));
  const own = process.platform === 'win32' ? path : `${path}.new-${randomBytes(4).toString('hex')}`;
  if (!(await listens(server, own))) return undefined;
  server.unref();
  // A named pipe of Windows has one owner by itself and is gone with it.
  if (own === path) return close;
  const number = await takeNumber(path, own);
  if (number !== undefined) {
    return async () => {
      await close();
      rmSync(`${path}.${number}`, { force: true });
    };
  }
  await close();
  return undefined;
}

async function takeNumber(path: string, own: string): Promise<number | undefined> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const newest = Math.max(0, ...numbers(path));
    if (newest > 0 && (await isAlive(`${path}.${newest}`))) return undefined;
    const mine = newest + 1;
    if (!linked(own, `${path}.${mine}`)) continue;
    const others = numbers(path).filter((n) => n !== mine);
    if (others.some((n) => n > mine) || (newest > 0 && !others.includes(newest))) {
      rmSync(`${path}.${mine}`, { force: true });
      continue;
    }
    for (const n of others) rmSync(`${path}.${n}`, { force: true });
    rmSync(own, { force: true });
    return mine;
  }
  return undefined;
}

function numbers(path: string): number[] {
  const prefix = `${basename(path)}.`;
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)));
}

function linked(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

const listens = (server: Server, path: string) =>
  new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(path, () => resolve(true));
  });

/** Does somebody listen there? A socket file outlives its process; a connection does not. */
const isAlive = (path: string) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(path);
    const settle = (alive: boolean) => {
      socket.destroy();
      resolve(alive);
    };
    socket.once('connect', () => settle(true));
    // A queue that is full or a slow machine is no proof of death: only a refusal is.
    socket.once('error', (error: NodeJS.ErrnoException) =>
      settle(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    );
  });
