import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { packageRoot } from '../services/kernel/package-root.node.ts';
import { EVALUATOR_TEMPLATE } from './artifacts.ts';
import { withInlineFunction } from './inline-function.ts';

/** Functions that live in a template, as paths from the package's root. */
export const INLINE_FUNCTIONS = [
  {
    template: 'workflows/blueprints/security-baseline/security-baseline.template.json',
    logicalId: 'SettingsFunction',
    entry: 'workflows/blueprints/security-baseline/function.aws.ts',
  },
  {
    template: 'workflows/blueprints/vpc/vpc.template.json',
    logicalId: 'DefaultGroupFunction',
    entry: 'workflows/blueprints/vpc/function.aws.ts',
  },
  {
    template: EVALUATOR_TEMPLATE.path,
    logicalId: 'RuleFunction',
    entry: 'workflows/guardrails/rules/role-trust/function.aws.ts',
  },
] as const;

type InlineFunction = (typeof INLINE_FUNCTIONS)[number];

/**
 * One readable file that Lambda's Node runtime can load as `index.js`; the SDK is the runtime's.
 * @returns JavaScript, the same for the same sources
 */
export function bundleFunction(entry: string, root: string = packageRoot()): string {
  const { outputFiles } = buildSync({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    external: ['@aws-sdk/*'],
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

/** The template's text with the function's code as its sources make it now. */
export function renderInlineFunction(
  { template, logicalId, entry }: InlineFunction,
  root: string = packageRoot(),
): string {
  const text = readFileSync(join(root, template), 'utf8');
  return withInlineFunction(text, logicalId, bundleFunction(entry, root));
}

/** Writes every function into its template. Returns the templates' paths from the package's root. */
export function writeInlineFunctions(root: string = packageRoot()): string[] {
  return INLINE_FUNCTIONS.map((one) => {
    writeFileSync(join(root, one.template), renderInlineFunction(one, root));
    return one.template;
  });
}
