import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../services/kernel/package-root.node.ts';
import { type Artifact, BLUEPRINTS, listArtifacts } from './artifacts.ts';
import { type Blueprint, parseBlueprint } from './blueprints/blueprint.ts';

const reader =
  (root: string) =>
  (path: string): string =>
    readFileSync(join(root, path), 'utf8');

/** Every template with its text and digest, from the files of the package. */
export const readArtifacts = (root: string = packageRoot()): Artifact[] => listArtifacts(reader(root));

/** Every blueprint. Throws BlueprintError. */
export const readBlueprints = (root: string = packageRoot()): Blueprint[] =>
  BLUEPRINTS.map(({ path }) => parseBlueprint(JSON.parse(reader(root)(path))));
