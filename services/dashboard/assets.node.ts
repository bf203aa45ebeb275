import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packageRoot } from '../kernel/package-root.node.ts';

type Asset = { content: string; type: string; version: string };

const own = (name: string) => join(packageRoot(), 'services/dashboard/assets', name);
const FILES: Record<string, () => string> = {
  'jetway.css': () => own('jetway.css'),
  'jetway.js': () => own('jetway.js'),
  'offline.js': () => own('offline.js'),
  'htmx.js': () =>
    join(dirname(createRequire(import.meta.url).resolve('htmx.org/package.json')), 'dist/htmx.min.js'),
};
export const ASSET_NAMES = Object.keys(FILES);

const read = new Map<string, Asset>();

/** A file that pages load, read once. `version` is of its content, so that browsers may keep it for ever. */
export function asset(name: string): Asset {
  const known = read.get(name);
  if (known) return known;
  const path = FILES[name]?.();
  if (path === undefined) throw new Error(`there is no asset ${name}`);
  // The map is not served, and browsers would ask for it.
  const content = readFileSync(path, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
  const type = name.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8';
  const version = createHash('sha256').update(content).digest('base64url').slice(0, 10);
  const made = { content, type, version };
  read.set(name, made);
  return made;
}

export const assetUrl = (name: string): string => `/assets/${name}?v=${asset(name).version}`;
