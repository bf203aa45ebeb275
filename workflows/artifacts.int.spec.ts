import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCatalogue } from '../services/guardrails/catalogue.ts';
import { packageRoot } from '../services/kernel/package-root.node.ts';
import { readArtifacts } from './artifacts.node.ts';
import { CATALOGUE_PATH, DETECTIVE_TEMPLATE, EVALUATOR_TEMPLATE } from './artifacts.ts';
import { lint, withoutLint } from './blueprints/contract.fixture.ts';
import { renderDetectiveTemplate } from './guardrails/render.ts';
import { INLINE_FUNCTIONS, renderInlineFunction } from './inline-function.node.ts';
import { withInlineFunction } from './inline-function.ts';

const root = packageRoot();
const artifacts = readArtifacts();

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
});

describe('functions in templates', () => {
  it.each(INLINE_FUNCTIONS)('are as their sources make them: $template', (one) => {
    expect(renderInlineFunction(one)).toBe(readFileSync(join(root, one.template), 'utf8'));
  });

  it.skipIf(withoutLint)('pass cfn-lint in the template of the audit account', () => {
    expect(lint(join(root, EVALUATOR_TEMPLATE.path))).toEqual({ status: 0, output: '' });
  });

  it('are put only where there is one', () => {
    expect(() => withInlineFunction('{"Resources":{}}', 'F', 'x')).toThrow('there is no function F');
  });
});

describe('the template of the detective guardrails', () => {
  it('is written as npm run render writes it', () => {
    const catalogue = parseCatalogue(JSON.parse(readFileSync(join(root, CATALOGUE_PATH), 'utf8')));
    const committed = artifacts.find(({ path }) => path === DETECTIVE_TEMPLATE.path)?.text;
    expect(renderDetectiveTemplate(catalogue.controls)).toBe(committed);
  });

  it.skipIf(withoutLint)('passes cfn-lint', () => {
    expect(lint(join(root, DETECTIVE_TEMPLATE.path))).toEqual({ status: 0, output: '' });
  });
});
