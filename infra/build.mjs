import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Bundles our own sources into dist/, or the folder that is given, and leaves packages where they are. Shared parts
 * become chunks, loaded on demand. Nothing is removed first: a running service may still load its chunks, whose names
 * carry their content.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const outdir = process.argv[2] ?? 'dist';
await build({
  entryPoints: [
    'services/main.ts',
    'services/cli/vend.ts',
    'services/cli/demo.ts',
    'services/ledger/command.task.ts',
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
