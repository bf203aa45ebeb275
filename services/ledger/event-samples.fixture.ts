import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../kernel/package-root.node.ts';
import { Envelope } from './envelope.schema.ts';

const DIR = join(packageRoot(), 'services', 'ledger', 'fixtures', 'events');

/** Sample events; `_meta` says where each comes from and how sure that is. */
export const eventSamples: ReadonlyMap<string, Envelope> = new Map(
  readdirSync(DIR)
    .sort()
    .map((file) => {
      const { event } = JSON.parse(readFileSync(join(DIR, file), 'utf8')) as { event: unknown };
      return [file.replace(/\.json$/, ''), Envelope.parse(event)] as const;
    }),
);

export function eventSample(name: string): Envelope {
  const event = eventSamples.get(name);
  if (!event) throw new Error(`there is no sample ${name}`);
  return structuredClone(event);
}
