import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../services/kernel/package-root.node.ts';
import { readArtifacts } from '../../workflows/artifacts.node.ts';
import { EVALUATOR_TEMPLATE } from '../../workflows/artifacts.ts';
import { readMachines } from './machines.node.ts';
import { synthesize } from './synth.node.ts';

/**
 * npm run infra:synth: everything that is deployed, in dist/infra, without a network. `templates/` has a template for
 * each stack and `artifacts/` what has to be in the artifact bucket before; `deployment.json` says what goes where, in
 * which order.
 */
const root = packageRoot();
const out = join(root, 'dist', 'infra');
rmSync(out, { recursive: true, force: true });
for (const folder of ['templates', 'artifacts']) mkdirSync(join(out, folder), { recursive: true });

const stacks = synthesize();
const written = [
  ...stacks.map(({ name, target, template }) => ({
    stackName: name,
    ...target,
    text: `${JSON.stringify(template, null, 2)}\n`,
    parameters: Object.keys(template.Parameters ?? {}),
  })),
  ...[
    { stackName: 'jetway-log-archive', account: 'log-archive', path: 'infra/aws/log-archive.template.json' },
    {
      stackName: 'jetway-config-rules',
      account: 'audit',
      region: 'each governed Region',
      path: EVALUATOR_TEMPLATE.path,
    },
    { stackName: 'jetway-mirror-hub', account: 'audit', path: 'infra/aws/mirror-hub.template.json' },
  ].map(({ stackName, account, region = 'home', path }) => {
    const text = readFileSync(join(root, path), 'utf8');
    const { Parameters = {} } = JSON.parse(text) as { Parameters?: object };
    return { stackName, account, region, text, parameters: Object.keys(Parameters) };
  }),
];
for (const { stackName, text } of written)
  writeFileSync(join(out, 'templates', `${stackName}.template.json`), text);
for (const { fileName, text } of [...readArtifacts(root), ...readMachines(root)])
  writeFileSync(join(out, 'artifacts', fileName), text);
const order = written.map(({ text, stackName, ...one }) => ({
  stackName,
  template: `templates/${stackName}.template.json`,
  bytes: Buffer.byteLength(text),
  ...one,
}));
writeFileSync(join(out, 'deployment.json'), `${JSON.stringify(order, null, 2)}\n`);
for (const { stackName, account, region, bytes } of order)
  process.stdout.write(`${stackName.padEnd(20)} ${account} account, ${region} (${bytes} bytes)\n`);
process.stdout.write('written to dist/infra\n');
