import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  return Buffer.byteLength(beside) <= 100 ? beside : join(tmpdir(), `jetway-${digest(dir)}.lock`);
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 24);

async function tryLock(path: string): Promise<(() => Promise<void>) | undefined> {
  if ((await ownerOf(path)) !== undefined) return undefined;
  if (process.platform !== 'win32') rmSync(path, { force: true });
  const id = randomUUID();
  const server = createServer((socket) => socket.end(id));
  if (!(await listens(server, path))) return undefined;
  server.unref();
  // Two starters may both have found a dead socket and one may have removed the other's: the path tells who won.
  await sleep(60);
  if ((await ownerOf(path)) === id) {
    return () => new Promise((done) => server.close(() => done()));
  }
  server.close();
  return undefined;
}

const listens = (server: Server, path: string) =>
  new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(path, () => resolve(true));
  });

/** The id that the living owner answers with; undefined when nobody listens. */
const ownerOf = (path: string) =>
  new Promise<string | undefined>((resolve) => {
    let answer = '';
    const socket = connect(path);
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => resolve(undefined));
    socket.on('close', (failed) => resolve(failed ? undefined : answer));
  });
