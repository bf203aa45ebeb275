import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from './package-root.node.ts';
import { VERSION } from './version.ts';

it('is that of the package', () =>
  expect(VERSION).toBe(JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')).version));
