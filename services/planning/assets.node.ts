import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  readArtifacts,
  readBlueprints,
  readComponents,
  readPermissionSets,
} from '../../workflows/artifacts.node.ts';
import {
  BLUEPRINTS_PATH,
  CATALOGUE_PATH,
  DETECTIVE_TEMPLATE,
  digestsByComponent,
  EVALUATOR_TEMPLATE,
} from '../../workflows/artifacts.ts';
import { actionsUsed } from '../../workflows/asl/actions.ts';
import { WORKFLOWS } from '../../workflows/index.ts';
import { parseCatalogue } from '../guardrails/catalogue.ts';
import type { AccountCall } from '../guardrails/lockout.ts';
import type { StackTemplate } from '../guardrails/stack-template.ts';
import { packageRoot } from '../kernel/package-root.node.ts';
import { readMirrorCatalogue } from '../mirroring/profiles.node.ts';
import { blueprintView } from './blueprint-view.ts';

/** What the package ships as files and planning works with: control catalogue, blueprints, templates, workflows. */
export function readAssets(root: string = packageRoot()) {
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const components = readComponents(root);
  const artifacts = readArtifacts(root, components);
  const blueprints = readBlueprints(root, components);
  const byFileName = new Map(artifacts.map((a) => [a.fileName, a.text]));
  return {
    catalogue: parseCatalogue(JSON.parse(read(CATALOGUE_PATH))),
    blueprints: new Map(blueprints.map((b) => [b.name, b])),
    permissionSets: readPermissionSets(root),
    mirroring: readMirrorCatalogue(root),
    templateDigests: digestsByComponent(artifacts),
    stackTemplates: new Map(artifacts.map((a) => [a.digest, JSON.parse(a.text) as StackTemplate])),
    /** The text of a published template, by its file name. */
    artifact: (fileName: string): string | undefined => byFileName.get(fileName),
    callsAfterGuardrails: memberCalls(WORKFLOWS.map(({ path }) => JSON.parse(read(path)))),
    blueprintCatalogue: blueprints.map(blueprintView),
  };
}

export type Assets = ReturnType<typeof readAssets>;

/** The same files as text, by their paths from the root, in one order: all that `readAssets` reads, and what it might. */
export function assetTexts(root: string = packageRoot()): Map<string, string> {
  const blueprints = readdirSync(join(root, BLUEPRINTS_PATH), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .map((file) => `${BLUEPRINTS_PATH}/${file.replaceAll('\\', '/')}`)
    .sort();
  const others = [
    CATALOGUE_PATH,
    DETECTIVE_TEMPLATE.path,
    EVALUATOR_TEMPLATE.path,
    ...WORKFLOWS.map(({ path }) => path),
  ];
  return new Map([...blueprints, ...others].map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

/** What the workflows call in other accounts: the guardrails of an account must not deny any of it. */
function memberCalls(definitions: readonly Parameters<typeof actionsUsed>[0][]): AccountCall[] {
  const calls = definitions
    .flatMap(actionsUsed)
    .flatMap(({ service, action, credentials }): AccountCall[] => {
      if (credentials === 'none') return [];
      const prefix = iamPrefixOf(service);
      return [
        {
          action: `${prefix}:${action}`,
          // Any account will do: the policies that are checked name roles, not accounts.
          principalArn: `arn:aws:iam::000000000000:role/${credentials}`,
          resource: RESOURCES[service] ?? `arn:aws:${prefix}:*:000000000000:*`,
        },
      ];
    });
  return [...new Map(calls.map((call) => [JSON.stringify(call), call])).values()];
}

/** IAM's prefix where Step Functions has another name for the service. */
const IAM_PREFIXES: Readonly<Record<string, string>> = { ssoadmin: 'sso', s3control: 's3', sfn: 'states' };
const iamPrefixOf = (service: string): string => IAM_PREFIXES[service] ?? service;

/** What the calls of a service are about; anything of the service for the rest. */
const RESOURCES: Readonly<Record<string, string>> = {
  cloudformation: 'arn:aws:cloudformation:*:000000000000:stack/jetway-*/*',
};
