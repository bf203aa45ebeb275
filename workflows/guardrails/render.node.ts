import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCatalogue } from '../../services/guardrails/catalogue.ts';
import { packageRoot } from '../../services/kernel/package-root.node.ts';
import { CATALOGUE_PATH, DETECTIVE_TEMPLATE } from '../artifacts.ts';
import { renderDetectiveTemplate } from './render.ts';

/** Writes the detective template beside the catalogue. Returns its path from the package's root. */
export function writeDetectiveTemplate(root: string = packageRoot()): string {
  const catalogue = parseCatalogue(JSON.parse(readFileSync(join(root, CATALOGUE_PATH), 'utf8')));
  const { path } = DETECTIVE_TEMPLATE;
  writeFileSync(join(root, path), renderDetectiveTemplate(catalogue.controls));
  return path;
}
