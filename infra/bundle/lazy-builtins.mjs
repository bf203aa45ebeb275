import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Modules of Node that packages ask for at once and use later, rarely or never: to load them is a tenth of a start. */
const LAZY = [
  'assert',
  'child_process',
  'dns/promises',
  'http2',
  'https',
  'readline',
  'tls',
  'worker_threads',
];

/**
 * A plugin for esbuild: these are loaded by the first use of one of their exports. Works for CommonJS alone, where an
 * imported name is looked up each time.
 */
export const lazyBuiltins = {
  name: 'lazy-builtins',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: new RegExp(`^(node:)?(${LAZY.join('|')})$`) }, ({ path }) => ({
      path: path.replace(/^node:/, ''),
      namespace: 'lazy-builtin',
    }));
    onLoad({ filter: /.*/, namespace: 'lazy-builtin' }, ({ path }) => ({ contents: lazy(path) }));
    // The transports of pino are threads; the service has none, and asks at once whether it is one.
    onLoad({ filter: /[\\/]thread-stream[\\/]index\.js$/ }, () => ({
      contents: `module.exports = class { constructor() { throw new Error('the service has no transports of pino'); } };`,
    }));
  },
};

function lazy(name) {
  const real = require(`node:${name}`);
  const start = typeof real === 'function' ? 'module.exports = (...given) => get()(...given);' : '';
  const keys = Object.keys(real).map((key) => JSON.stringify(key));
  return `let real;
const get = () => (real ??= $require('node:${name}'));
${start}
for (const key of [${keys}])
  Object.defineProperty(module.exports, key, { enumerable: true, configurable: true, get: () => get()[key] });
${name === 'worker_threads' ? "Object.defineProperty(module.exports, 'isMainThread', { enumerable: true, value: true });" : ''}`;
}
