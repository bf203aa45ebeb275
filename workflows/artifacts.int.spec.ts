import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCatalogue } from '../services/guardrails/catalogue.ts';
import { packageRoot } from '../services/kernel/package-root.node.ts';
import { readArtifacts, readBlueprints } from './artifacts.node.ts';
import { CATALOGUE_PATH, digestsByComponent } from './artifacts.ts';
import { renderDetectiveTemplate } from './guardrails/render.ts';

const root = packageRoot();
const artifacts = readArtifacts();
const cfnLint = spawnSync('cfn-lint', ['--version'], { encoding: 'utf8' });
const missing = cfnLint.status !== 0;
if (missing) process.stdout.write('skipped: cfn-lint is not installed (pip install cfn-lint)\n');

describe('templates', () => {
  it('are all listed, and named by their content', () => {
    const files = ['blueprints', 'guardrails'].flatMap((folder) =>
      readdirSync(join(root, 'workflows', folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.template.json'))
        .map((name) => `workflows/${folder}/${name}`),
    );
    expect(artifacts.map(({ path }) => path).sort()).toEqual(files.sort());
    for (const { digest, fileName } of artifacts) {
      expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(fileName).toBe(`${digest.slice(7)}.template.json`);
    }
  });

  it('cover every component that a blueprint deploys', () => {
    const digests = digestsByComponent(artifacts);
    for (const { components } of readBlueprints()) {
      for (const { name, mode } of components)
        expect([name, digests.has(name)]).toEqual([name, mode === 'deploy']);
    }
  });

  it('are written as npm run render writes them', () => {
    const catalogue = parseCatalogue(JSON.parse(readFileSync(join(root, CATALOGUE_PATH), 'utf8')));
    const committed = artifacts.find(({ component }) => component === 'guardrails-detective')?.text;
    expect(renderDetectiveTemplate(catalogue.controls)).toBe(committed);
  });

  it.skipIf(missing).each(artifacts.map(({ path }) => path))('pass cfn-lint: %s', (path) => {
    const { status, stdout, stderr } = spawnSync('cfn-lint', [join(root, path)], { encoding: 'utf8' });
    expect({ status, output: stdout + stderr }).toEqual({ status: 0, output: '' });
  });
});
