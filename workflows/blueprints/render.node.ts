import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../services/kernel/package-root.node.ts';
import { readComponents } from '../artifacts.node.ts';
import { EXECUTION_ROLE } from '../artifacts.ts';
import { renderExecutionRole } from './render-execution-role.ts';

/** The template of the execution role as the components of this tree need it. */
export const executionRoleFor = (root: string = packageRoot()): string =>
  renderExecutionRole(
    JSON.parse(readFileSync(join(root, EXECUTION_ROLE.base), 'utf8')),
    readComponents(root).map(({ component }) => component),
  );

/** Writes it beside its base: part of `npm run render`. */
export function writeExecutionRole(root: string = packageRoot()): void {
  writeFileSync(join(root, EXECUTION_ROLE.path), executionRoleFor(root));
}
