import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ApiShapes } from './model.ts';

const loaded = new Map<string, ApiShapes | undefined>();

/**
 * The API model of one service, read on first use.
 *
 * @param service name of the file in infra/api-shapes without `.json`: 'organizations', 'sso-admin', …
 * @returns undefined when there is no such file
 */
export function apiShapes(service: string): ApiShapes | undefined {
  if (!loaded.has(service)) loaded.set(service, read(service));
  return loaded.get(service);
}

function read(service: string): ApiShapes | undefined {
  if (!/^[a-z][a-z0-9-]*$/.test(service)) return undefined;
  const file = join(shapesFolder(), `${service}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ApiShapes) : undefined;
}

/** Beside this module when it runs from source; found upwards when it has been bundled into dist/. */
function shapesFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  if (existsSync(join(here, 'organizations.json'))) return here;
  for (let dir = here; ; dir = dirname(dir)) {
    const folder = join(dir, 'infra', 'api-shapes');
    if (existsSync(join(folder, 'organizations.json'))) return folder;
    if (dirname(dir) === dir) throw new Error(`infra/api-shapes was not found above ${here}`);
  }
}
