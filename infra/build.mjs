import { rmSync } from 'node:fs';
import { build } from 'esbuild';

/** Bundles our own sources into dist/ and leaves packages where they are. Shared parts become chunks, loaded on demand. */
rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
await build({
  entryPoints: ["services/main.ts", "services/cli/vend.ts", "services/cli/demo.ts"],
  outdir: 'dist',
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
