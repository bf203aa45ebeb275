import { existsSync } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SignedCheckpoint } from './checkpoint.ts';
import type { CheckpointStore } from './checkpoints.port.ts';

/** A file that is only added to, one checkpoint in each line, on the disk when `add` has ended. */
export const checkpointFile = (path: string): CheckpointStore => ({
  async add(signed) {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'a', 0o600);
    try {
      await file.appendFile(`${JSON.stringify(signed)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  },
  async all() {
    if (!existsSync(path)) return { kept: [], unreadable: 0 };
    const text = await readFile(path, 'utf8');
    // What comes after the last line break was being written when the process was killed.
    const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
    const kept: SignedCheckpoint[] = [];
    let unreadable = 0;
    for (const line of lines) {
      if (line === '') continue;
      const signed = readLine(line);
      if (signed) kept.push(signed);
      else unreadable += 1;
    }
    return { kept, unreadable };
  },
});

function readLine(line: string): SignedCheckpoint | undefined {
  try {
    return SignedCheckpoint.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
