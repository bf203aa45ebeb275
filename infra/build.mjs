import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { lazyBuiltins } from './bundle/lazy-builtins.mjs';
import { SERVICE } from './bundle/load.mjs';
import { START_FLAGS } from './start-flags.mjs';

/**
 * Bundles the service with its packages into dist/, or the folder that is given: to find, read and link a thousand small
 * files takes longer than to run them. The service becomes one script, in which what a process may not need is evaluated on
 * demand, with what V8 compiles of it at a start; the commands become modules and chunks. The embedded database stays where
 * it is with its WebAssembly. Nothing is removed first: a running command may still load its chunks, whose names carry their
 * content.
 *
 * `node infra/build.mjs [folder [entry point …]]`
 */
const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const [outdir = 'dist', ...others] = process.argv.slice(2);
const commands = [
  'services/cli/jetway.ts',
  'services/cli/demo.ts',
  'services/ledger/command.task.ts',
  'services/landing-zone/command.task.ts',
  'services/import/command.task.ts',
  'infra/local/serve.ts',
];

// Messages of zod are English here; forty other languages are a tenth of what a start would have to read.
const englishZod = {
  name: 'english-zod',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: `export { default as en } from './en.js';`,
    }));
  },
};

// To learn whether this is Cloudflare, pg makes a Response, and with the first Response Node loads its client for HTTP.
const pgOnNode = {
  name: 'pg-on-node',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]pg[\\/]lib[\\/]stream\.js$/ }, ({ path }) => {
      const [text, asked] = [readFileSync(path, 'utf8'), 'if (isCloudflareRuntime())'];
      if (!text.includes(asked)) throw new Error(`${path} is not what the build knows`);
      return { contents: text.replace(asked, 'if (false)') };
    });
  },
};

const common = {
  bundle: true,
  external: ['@electric-sql/pglite', 'esbuild', 'pg-native'],
  // Names of functions stay, for stacks in the log.
  minifySyntax: true,
  minifyWhitespace: true,
  // Modules rather than CommonJS, so that what nobody uses falls away.
  mainFields: ['module', 'main'],
  platform: 'node',
  target: 'node20',
  sourcesContent: false,
  logLevel: 'warning',
};

const bundle = (entryPoints) =>
  build({
    ...common,
    entryPoints,
    outdir,
    outbase: '.',
    splitting: true,
    // Packages in CommonJS ask for node's own modules by `require`.
    banner: {
      js: "import{createRequire as $require}from'node:module';const require=$require(import.meta.url);",
    },
    plugins: [englishZod],
    format: 'esm',
    sourcemap: true,
  });

async function bundleService() {
  const folder = join(outdir, 'services');
  const { outputFiles } = await build({
    ...common,
    entryPoints: ['services/main.ts'],
    outfile: join(folder, SERVICE),
    // One script, as V8 keeps what it compiled of scripts alone; load.mjs calls the function.
    format: 'cjs',
    banner: {
      js: "(function(require,module,exports,__filename,__dirname){const $require=require,$url=require('node:url').pathToFileURL(__filename).href;",
    },
    footer: { js: '})' },
    define: { 'import.meta.url': '$url' },
    supported: { 'dynamic-import': false },
    plugins: [englishZod, pgOnNode, lazyBuiltins],
    sourcemap: 'external',
    write: false,
  });
  mkdirSync(folder, { recursive: true });
  for (const { path, contents } of outputFiles)
    replace(path, path.endsWith('.map') ? contents : withDigest(contents));
  await build({
    ...common,
    entryPoints: { main: 'infra/bundle/launch.mjs' },
    outdir: folder,
    format: 'esm',
  });
  execFileSync(process.execPath, [...START_FLAGS, 'infra/bundle/precompile.mjs', folder], {
    stdio: 'inherit',
  });
}

/** What is compiled of a text, or prepared by it, is known by its digest. */
function withDigest(contents) {
  const digest = createHash('sha256').update(contents).digest('hex');
  return Buffer.concat([contents, Buffer.from(`\n//${digest}`)]);
}

function replace(path, contents) {
  writeFileSync(`${path}.new`, contents);
  renameSync(`${path}.new`, path);
}

await Promise.all(others.length > 0 ? [bundle(others)] : [bundleService(), bundle(commands)]);
