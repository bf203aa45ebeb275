import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Bundles the service with its packages into dist/, or the folder that is given: to find, read and link a thousand small
 * files takes longer than to run them. What a process may not need becomes chunks, loaded on demand, and the embedded
 * database stays where it is with its WebAssembly. Nothing is removed first: a running service may still load its chunks,
 * whose names carry their content.
 *
 * `node infra/build.mjs [folder [entry point …]]`
 */
const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const [outdir = 'dist', ...others] = process.argv.slice(2);
const service = ['services/main.ts'];
const commands = [
  'services/cli/jetway.ts',
  'services/cli/demo.ts',
  'services/ledger/command.task.ts',
  'services/landing-zone/command.task.ts',
  'services/import/command.task.ts',
  'infra/local/serve.ts',
];

const bundle = (entryPoints) =>
  build({
    entryPoints,
    outdir,
    outbase: '.',
    bundle: true,
    splitting: true,
    external: ['@electric-sql/pglite', 'esbuild', 'pg-native'],
    // Names of functions stay, for stacks in the log.
    minifySyntax: true,
    minifyWhitespace: true,
    // Packages in CommonJS ask for node's own modules by `require`.
    banner: {
      js: "import{createRequire as $require}from'node:module';const require=$require(import.meta.url);",
    },
    // Messages of zod are English here; forty other languages are a tenth of what a start would have to read.
    plugins: [
      {
        name: 'english-zod',
        setup({ onLoad }) {
          onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
            contents: `export { default as en } from './en.js';`,
          }));
        },
      },
    ],
    // Modules rather than CommonJS, so that what nobody uses falls away.
    mainFields: ['module', 'main'],
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
  });

// The service shares no chunks with the commands: one file is read, linked and mapped sooner than the forty that all of them
// would have in common.
await Promise.all((others.length > 0 ? [others] : [service, commands]).map(bundle));
