import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Bundles our own sources into dist/, or the folder that is given, and leaves packages where they are. Shared parts
 * become chunks, loaded on demand.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const outdir = process.argv[2] ?? 'dist';
rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: [
    'services/main.ts',
    'services/cli/vend.ts',
    'services/cli/demo.ts',
    'infra/local/serve.ts',
  ],
  outdir,
  outbase: '.',
  bundle: true,
  splitting: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
});
