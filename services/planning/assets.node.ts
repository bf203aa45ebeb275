import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArtifacts, readBlueprints, readComponents } from '../../workflows/artifacts.node.ts';
import { CATALOGUE_PATH, digestsByComponent } from '../../workflows/artifacts.ts';
import { actionsUsed } from '../../workflows/asl/actions.ts';
import { WORKFLOWS } from '../../workflows/index.ts';
import { parseCatalogue } from '../guardrails/catalogue.ts';
import type { AccountCall } from '../guardrails/lockout.ts';
import { packageRoot } from '../kernel/package-root.node.ts';

/** What the package ships as files and planning works with: control catalogue, blueprints, templates, workflows. */
export function readAssets() {
  const root = packageRoot();
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const components = readComponents(root);
  const artifacts = readArtifacts(root, components);
  const blueprints = readBlueprints(root, components);
  const byFileName = new Map(artifacts.map((a) => [a.fileName, a.text]));
  return {
    catalogue: parseCatalogue(JSON.parse(read(CATALOGUE_PATH))),
    blueprints: new Map(blueprints.map((b) => [b.name, b])),
    templateDigests: digestsByComponent(artifacts),
    /** The text of a published template, by its file name. */
    artifact: (fileName: string) => byFileName.get(fileName),
    callsAfterGuardrails: WORKFLOWS.flatMap(({ path }) => memberCalls(JSON.parse(read(path)))),
    blueprintCatalogue: blueprints.map((b) => ({
      name: b.name,
      title: b.title,
      version: b.version,
      components: b.components.map(({ component: { name, version }, mode }) => ({ name, version, mode })),
      defaults: b.defaults,
    })),
  };
}

/** What a workflow calls in an account: the account's guardrails must not deny any of it. */
function memberCalls(definition: Parameters<typeof actionsUsed>[0]): AccountCall[] {
  return actionsUsed(definition)
    .filter((used) => used.credentials === 'jetway-execution')
    .map((used) => ({
      action: `${used.service}:${used.action.charAt(0).toUpperCase()}${used.action.slice(1)}`,
      // Any account will do: the policies that are checked name roles, not accounts.
      principalArn: 'arn:aws:iam::000000000000:role/jetway-execution',
    }));
}
