import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../services/kernel/canonical-json.ts';
import { packageRoot } from '../../services/kernel/package-root.node.ts';
import type { Definition } from '../../workflows/asl/definition.ts';
import { WORKFLOWS } from '../../workflows/index.ts';

/** @property fileName where the text lies in the artifact bucket: `<sha256>.asl.json` */
export type Machine = { name: string; text: string; definition: Definition; fileName: string };

/** Every state machine from its committed text, which is what is deployed. */
export const readMachines = (root: string = packageRoot()): Machine[] =>
  WORKFLOWS.map(({ name, path }) => {
    const text = readFileSync(join(root, path), 'utf8');
    return {
      name,
      text,
      definition: JSON.parse(text) as Definition,
      fileName: `${sha256(text).slice('sha256:'.length)}.asl.json`,
    };
  });
