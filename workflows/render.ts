import { writeFileSync } from 'node:fs';
import { writeExecutionRole } from './blueprints/render.node.ts';
import { DEFINITIONS } from './definitions.ts';
import { writeDetectiveTemplate } from './guardrails/render.node.ts';
import { writeInlineFunctions } from './inline-function.node.ts';
import { rendered } from './rendered.ts';

/** Writes every definition beside its source, as it is deployed: `npm run render`. */
for (const { path, definition } of DEFINITIONS) {
  writeFileSync(new URL(`../${path}`, import.meta.url), rendered(definition));
  process.stdout.write(`${path}\n`);
}
writeDetectiveTemplate();
writeInlineFunctions();
writeExecutionRole();
