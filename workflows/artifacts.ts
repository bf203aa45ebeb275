import { sha256 } from '../services/kernel/canonical-json.ts';
import { DETECTIVE_COMPONENT } from './blueprints/components.ts';
import { IDENTITY_COMPONENT } from './blueprints/permission-sets.ts';

/** Folders of components and blueprints, as a path from the package's root. */
export const BLUEPRINTS_PATH = 'workflows/blueprints';
/** Permission sets that Jetway ships, as a path from the package's root. */
export const PERMISSION_SETS_PATH = `${BLUEPRINTS_PATH}/${IDENTITY_COMPONENT}/permission-sets.json`;
/** The catalogue of controls, as a path from the package's root. */
export const CATALOGUE_PATH = 'workflows/guardrails/catalogue.json';
/** Its template of Config rules, which no folder of a component has. */
export const DETECTIVE_TEMPLATE = {
  component: DETECTIVE_COMPONENT,
  path: 'workflows/guardrails/detective.template.json',
} as const;

/** The function behind our own Config rules: a stack of the audit account, part of no plan. */
export const EVALUATOR_TEMPLATE = {
  component: 'config-rules',
  path: 'workflows/guardrails/rules/role-trust/evaluator.template.json',
} as const;

/** The component whose role makes all others, and what its template is rendered from. */
export const EXECUTION_ROLE = {
  base: `${BLUEPRINTS_PATH}/execution-role/execution-role.base.json`,
  path: `${BLUEPRINTS_PATH}/execution-role/execution-role.template.json`,
} as const;

/** A template as it is published: named by its content, so that what was approved is what is deployed. */
export type Artifact = { component: string; path: string; digest: string; fileName: string; text: string };

export function artifactOf({ component, path }: { component: string; path: string }, text: string): Artifact {
  const digest = sha256(text);
  return { component, path, digest, fileName: `${digest.slice('sha256:'.length)}.template.json`, text };
}

/** For BlueprintContext. */
export const digestsByComponent = (artifacts: readonly Artifact[]): ReadonlyMap<string, string> =>
  new Map(artifacts.map(({ component, digest }) => [component, digest]));
