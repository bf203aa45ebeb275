import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../services/kernel/package-root.node.ts';
import type { Mutant } from './planted.ts';

const COPIED = [
  'services',
  'workflows',
  'db',
  'infra',
  'test',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'vitest.config.ts',
];

/** A copy that shares the installed packages. */
export function copySources(): string {
  const copy = mkdtempSync(join(tmpdir(), 'jetway-mutants-'));
  for (const name of COPIED) cpSync(join(packageRoot(), name), join(copy, name), { recursive: true });
  symlinkSync(join(packageRoot(), 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** @throws when a text to be replaced is not there exactly once: the code has moved on, and the mutant has to as well */
export function plant(copy: string, { edits }: Pick<Mutant, 'edits'>): () => void {
  const originals = new Map(edits.map(({ file }) => [file, readFileSync(join(copy, file), 'utf8')]));
  const restore = () => {
    for (const [file, text] of originals) writeFileSync(join(copy, file), text);
  };
  for (const { file, from, to } of edits) {
    const text = readFileSync(join(copy, file), 'utf8');
    if (text.split(from).length !== 2) {
      restore();
      throw new Error(`${file} does not have the planted place exactly once: ${from}`);
    }
    writeFileSync(
      join(copy, file),
      text.replace(from, () => to),
    );
  }
  return restore;
}
