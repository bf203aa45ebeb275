import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../services/kernel/package-root.node.ts';
import {
  type Artifact,
  artifactOf,
  BLUEPRINTS_PATH,
  DETECTIVE_TEMPLATE,
  EVALUATOR_TEMPLATE,
  PERMISSION_SETS_PATH,
} from './artifacts.ts';
import { type Blueprint, parseBlueprint } from './blueprints/blueprint.ts';
import { BlueprintError } from './blueprints/blueprint-error.ts';
import { type Component, parseComponent } from './blueprints/component.ts';
import { parsePermissionSets } from './blueprints/permission-sets.ts';
import { templateProblems } from './blueprints/template-check.ts';

const read = (root: string, path: string): string => readFileSync(join(root, path), 'utf8');

function readJson(root: string, path: string): unknown {
  try {
    return JSON.parse(read(root, path));
  } catch (error) {
    throw new BlueprintError(`${path}: is not JSON: ${(error as Error).message}`);
  }
}

/** Folders that have this file, in the order of their names. */
const foldersWith = (root: string, file: string): string[] =>
  readdirSync(join(root, BLUEPRINTS_PATH), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, BLUEPRINTS_PATH, entry.name, file)))
    .map(({ name }) => name)
    .sort();

export type ComponentFolder = { component: Component; artifact?: Artifact };

/**
 * Every component: a folder with a component.json and, when it can be deployed, a template. Throws BlueprintError with
 * the problems of all folders.
 */
export function readComponents(root: string = packageRoot()): ComponentFolder[] {
  const problems: string[] = [];
  const folders = foldersWith(root, 'component.json').flatMap((folder) => {
    try {
      return [readComponent(root, folder)];
    } catch (error) {
      if (!(error instanceof BlueprintError)) throw error;
      problems.push(error.message);
      return [];
    }
  });
  if (problems.length > 0) throw new BlueprintError(problems.join('\n'));
  return folders;
}

function readComponent(root: string, folder: string): ComponentFolder {
  const where = `${BLUEPRINTS_PATH}/${folder}/component.json`;
  const component = parseComponent(readJson(root, where), where);
  if (component.name !== folder)
    throw new BlueprintError(`${where}: /name is ${component.name}; the folder is ${folder}`);
  const path = `${BLUEPRINTS_PATH}/${folder}/${folder}.template.json`;
  const hasTemplate = existsSync(join(root, path));
  if (hasTemplate !== component.modes.includes('deploy'))
    throw new BlueprintError(
      hasTemplate ? `${where}: /modes lacks deploy, and there is a template` : `${path}: is missing`,
    );
  if (!hasTemplate) return { component };
  const text = read(root, path);
  const problems = templateProblems(component, text);
  if (problems.length > 0) throw new BlueprintError(problems.map((one) => `${path}: ${one}`).join('\n'));
  return { component, artifact: artifactOf({ component: component.name, path }, text) };
}

/** Every CloudFormation template that a plan may name, with its text and digest. */
export const readArtifacts = (
  root: string = packageRoot(),
  components: readonly ComponentFolder[] = readComponents(root),
): Artifact[] => [
  ...components.flatMap(({ artifact }) => (artifact ? [artifact] : [])),
  ...[DETECTIVE_TEMPLATE, EVALUATOR_TEMPLATE].map((one) => artifactOf(one, read(root, one.path))),
];

/** Every blueprint: a folder with a blueprint.json. Throws BlueprintError. */
export function readBlueprints(
  root: string = packageRoot(),
  components: readonly ComponentFolder[] = readComponents(root),
): Blueprint[] {
  const known = new Map(components.map(({ component }) => [component.name, component]));
  return foldersWith(root, 'blueprint.json').map((folder) =>
    parseBlueprint(readJson(root, `${BLUEPRINTS_PATH}/${folder}/blueprint.json`), known),
  );
}

/** The permission sets that Jetway ships, by name. Throws BlueprintError. */
export const readPermissionSets = (root: string = packageRoot()) =>
  parsePermissionSets(readJson(root, PERMISSION_SETS_PATH), PERMISSION_SETS_PATH);
