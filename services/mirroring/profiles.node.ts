import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BLUEPRINTS_PATH } from '../../workflows/artifacts.ts';
import { packageRoot } from '../kernel/package-root.node.ts';
import type { MirrorCatalogue } from './catalogue.ts';
import { InstanceTypes } from './instance-types.ts';

/** Every profiles/<name>.json, and what is known of instance types. @throws ZodError when the latter is wrong */
export function readMirrorCatalogue(root: string = packageRoot()): MirrorCatalogue {
  const folder = join(root, BLUEPRINTS_PATH, 'traffic-mirroring');
  const files = readdirSync(join(folder, 'profiles')).filter((file) => file.endsWith('.json'));
  return {
    profiles: new Map(
      files.sort().map((file) => [file.slice(0, -'.json'.length), readJson(join(folder, 'profiles', file))]),
    ),
    instanceTypes: InstanceTypes.parse(readJson(join(folder, 'instance-types.json'))),
  };
}

/** A text that is no JSON is told as what it is when somebody asks for the profile. */
function readJson(path: string): unknown {
  const text = readFileSync(path, 'utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
