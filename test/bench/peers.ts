import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../services/kernel/package-root.node.ts';

const HERE = join(packageRoot(), 'test', 'bench');

/** Installs what we are measured beside, once for each lock file, from the bench's own package. */
export function installPeers(): void {
  const lock = readFileSync(join(HERE, 'package-lock.json'), 'utf8');
  const mark = join(HERE, 'node_modules', '.installed-lock.json');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === lock) return;
  process.stderr.write('installing the peers of the bench, once\n');
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: HERE, stdio: 'pipe' });
  writeFileSync(mark, lock);
}

/** A peer's program, written in plain JavaScript because its packages may not be there when types are checked. */
export const peer = (name: string): string => join(HERE, 'peers', `${name}.mjs`);
