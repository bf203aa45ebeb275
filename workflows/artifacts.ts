import { sha256 } from '../services/kernel/canonical-json.ts';
import { DETECTIVE_COMPONENT } from './blueprints/components.ts';

const blueprintTemplate = (component: string) => ({
  component,
  path: `workflows/blueprints/${component}/${component}.template.json`,
});

/** Every CloudFormation template that a plan may name: its component, and its path from the package's root. */
export const TEMPLATES = [
  ...['execution-role', 'event-forwarding', 'audit-roles', 'vpc', 'budget'].map(blueprintTemplate),
  { component: DETECTIVE_COMPONENT, path: 'workflows/guardrails/detective.template.json' },
] as const;

/** The blueprints that may be requested, as paths from the package's root. */
export const BLUEPRINTS = ['standard', 'sandbox'].map((name) => ({
  name,
  path: `workflows/blueprints/${name}/blueprint.json`,
}));

/** The catalogue of controls, as a path from the package's root. */
export const CATALOGUE_PATH = 'workflows/guardrails/catalogue.json';

/** A template as it is published: named by its content, so that what was approved is what is deployed. */
export type Artifact = { component: string; path: string; digest: string; fileName: string; text: string };

/** `read` gives the text of a file, by its path from the package's root. */
export function listArtifacts(read: (path: string) => string): Artifact[] {
  return TEMPLATES.map(({ component, path }) => {
    const text = read(path);
    const digest = sha256(text);
    return { component, path, digest, fileName: `${digest.slice('sha256:'.length)}.template.json`, text };
  });
}

/** For BlueprintContext. */
export const digestsByComponent = (artifacts: readonly Artifact[]): ReadonlyMap<string, string> =>
  new Map(artifacts.map(({ component, digest }) => [component, digest]));
