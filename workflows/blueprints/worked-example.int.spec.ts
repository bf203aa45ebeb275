import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../services/kernel/package-root.node.ts';
import { readArtifacts, readBlueprints, readComponents } from '../artifacts.node.ts';
import { BLUEPRINTS_PATH, DETECTIVE_TEMPLATE, EVALUATOR_TEMPLATE } from '../artifacts.ts';
import { BlueprintError } from './blueprint-error.ts';
import { describeContract } from './contract.fixture.ts';

const root = packageRoot();
const FOLDER = `${BLUEPRINTS_PATH}/alerts`;
const trees: string[] = [];
afterAll(() => {
  for (const tree of trees) rmSync(tree, { recursive: true });
});

/** The example of CONTRIBUTING.md as a reader would copy it: files by path. */
function exampleFiles(): Map<string, string> {
  const document = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
  const blocks = document.matchAll(/`(workflows\/blueprints\/alerts\/[^`]+)`[\s\S]*?```json\n([\s\S]*?)```/g);
  return new Map([...blocks].map(([, path = '', text = '']) => [path, text]));
}

/** Our blueprints with these files added, in a folder of their own. */
function treeWith(files: ReadonlyMap<string, string>): string {
  const tree = mkdtempSync(join(tmpdir(), 'jetway-component-'));
  trees.push(tree);
  cpSync(join(root, BLUEPRINTS_PATH), join(tree, BLUEPRINTS_PATH), { recursive: true });
  for (const { path } of [DETECTIVE_TEMPLATE, EVALUATOR_TEMPLATE])
    cpSync(join(root, path), join(tree, path), { recursive: true });
  mkdirSync(join(tree, FOLDER));
  for (const [path, text] of files) writeFileSync(join(tree, path), text);
  return tree;
}

describe('the worked example', () => {
  const tree = treeWith(exampleFiles());

  it('is found when its folder is there', () => {
    expect(readComponents(tree).map(({ component }) => component.name)).toContain('alerts');
    expect(readArtifacts(tree).map(({ path }) => path)).toContain(`${FOLDER}/alerts.template.json`);
  });

  it('is part of a blueprint that names it', () => {
    const path = join(tree, BLUEPRINTS_PATH, 'sandbox/blueprint.json');
    const file = JSON.parse(readFileSync(path, 'utf8'));
    file.components.push({ name: 'alerts', version: '1.0.0', mode: 'deploy' });
    writeFileSync(path, JSON.stringify(file));
    const sandbox = readBlueprints(tree).find(({ name }) => name === 'sandbox');
    expect(sandbox?.components.map(({ component }) => component.name)).toContain('alerts');
  });

  describeContract(tree, ['alerts']);
});

describe('a folder that is wrong is refused before anything is created', () => {
  const component = `${FOLDER}/component.json`;
  const template = `${FOLDER}/alerts.template.json`;
  const edited = (path: string, edit: (json: Record<string, unknown>) => void): Map<string, string> => {
    const files = exampleFiles();
    const json = JSON.parse(files.get(path) ?? '{}');
    edit(json);
    return files.set(path, JSON.stringify(json));
  };

  it.each<[what: string, files: Map<string, string>, message: string]>([
    [
      'an example without a required parameter',
      edited(component, (json) => {
        json.parameters = { displayName: { type: 'string', description: 'x', required: true } };
      }),
      `${component}: /examples/0/displayName: is required`,
    ],
    [
      'a template over the limit',
      edited(template, (json) => {
        json.Metadata = { padding: 'x'.repeat(1_000_000) };
      }),
      `${template}: has 1000`,
    ],
    [
      'a template parameter that nobody fills',
      edited(component, (json) => {
        json.stackParameters = { OwnerEmail: 'context.ownerEmail' };
      }),
      `${template}: has a parameter DisplayName without a default`,
    ],
    [
      'another name than the folder',
      edited(component, (json) => {
        json.name = 'alarms';
      }),
      `${component}: /name is alarms; the folder is alerts`,
    ],
    ['no template', new Map([...exampleFiles()].slice(0, 1)), `${template}: is missing`],
    ['no JSON', exampleFiles().set(component, '{'), `${component}: is not JSON`],
  ])('%s', (_what, files, message) => {
    const tree = treeWith(files);
    expect(() => readComponents(tree)).toThrow(BlueprintError);
    expect(() => readComponents(tree)).toThrow(message);
    expect(() => readArtifacts(tree)).toThrow(message);
  });
});
