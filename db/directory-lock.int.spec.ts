import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryInUse, lockDirectory } from './directory-lock.ts';

const MODULE = fileURLToPath(new URL('./directory-lock.ts', import.meta.url));
const HOLDER = `
  const { lockDirectory } = await import(process.argv[2]);
  const report = (word) => process.stdout.write(word + '\\n');
  try {
    await lockDirectory(process.argv[1], Number(process.argv[3]));
    report('held');
    setInterval(() => {}, 1_000);
  } catch (error) {
    report(error.name);
  }`;

let dir: string;
const children: ChildProcess[] = [];

/** A process that takes the lock and keeps it. @returns its first word */
async function holder(patienceMs: number) {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', HOLDER, dir, MODULE, String(patienceMs)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  children.push(child);
  const [word] = (await once(child.stdout, 'data')) as [Buffer];
  return { word: word.toString().trim(), child };
}

async function kill(child: ChildProcess) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'jetway-lock-'));
});
afterEach(async () => {
  await Promise.all(children.splice(0).map(kill));
  rmSync(dir, { recursive: true, force: true });
});

describe('the lock of a data folder', () => {
  it('is refused to a second one, with words that help', async () => {
    const release = await lockDirectory(dir, 0);
    await expect(lockDirectory(dir, 250)).rejects.toThrow(DirectoryInUse);
    await expect(lockDirectory(dir, 0)).rejects.toThrow(/DATA_DIR/);
    await release();
  });

  it('is free again after its release', async () => {
    for (let i = 0; i < 3; i++) await (await lockDirectory(dir, 0))();
    const release = await lockDirectory(dir, 0);
    await expect(lockDirectory(dir, 0)).rejects.toThrow(DirectoryInUse);
    await release();
  });

  it('is waited for', async () => {
    const release = await lockDirectory(dir, 0);
    const next = lockDirectory(dir, 5_000);
    setTimeout(() => void release(), 300);
    await (await next)();
  });

  it('is one for all names of a folder', async () => {
    const release = await lockDirectory(dir, 0);
    await expect(lockDirectory(join(dir, '.', 'x', '..'), 0)).rejects.toThrow(DirectoryInUse);
    await release();
  });

  it('works in a folder whose path is too long for a socket', async () => {
    const deep = join(dir, 'a'.repeat(60), 'b'.repeat(60));
    const release = await lockDirectory(deep, 0);
    expect(existsSync(deep)).toBe(true);
    await expect(lockDirectory(deep, 0)).rejects.toThrow(DirectoryInUse);
    await release();
  });

  it('is refused while another process lives, and given when that was killed', async () => {
    const { word, child } = await holder(0);
    expect(word).toBe('held');
    await expect(lockDirectory(dir, 0)).rejects.toThrow(DirectoryInUse);
    await kill(child);
    const release = await lockDirectory(dir, 0);
    await expect(lockDirectory(dir, 0)).rejects.toThrow(DirectoryInUse);
    await release();
  });

  it('goes to exactly one of two processes that start together after a kill', async () => {
    const dead = await holder(0);
    await kill(dead.child);
    const words = (await Promise.all([holder(500), holder(500)])).map((h) => h.word);
    expect(words.sort()).toEqual(['DirectoryInUse', 'held']);
  });

  it('goes to exactly one of many that start together, whatever was left behind', async () => {
    const dead = await holder(0);
    await kill(dead.child);
    for (let round = 0; round < 10; round++) {
      const taken = await Promise.allSettled(Array.from({ length: 6 }, () => lockDirectory(dir, 0)));
      const releases = taken.flatMap((t) => (t.status === 'fulfilled' ? [t.value] : []));
      expect(releases).toHaveLength(1);
      await expect(lockDirectory(dir, 0)).rejects.toThrow(DirectoryInUse);
      await releases[0]?.();
    }
  });
});
