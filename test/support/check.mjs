// npm run check: names, layers, lint, types, dead code, unit tests. Every part runs, then the worst is the verdict.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { failureIn, failureLine } from './failures.mjs';

const bin = (name) => [`node_modules/.bin/${name}`];

const parts = [
  { name: 'lock file', run: lockFile },
  { name: 'names', run: names },
  { name: 'purity', run: purity },
  {
    name: 'format and lint',
    command: [...bin('biome'), 'ci', '--reporter=summary', '--max-diagnostics=20', '.'],
  },
  { name: 'types', command: [...bin('tsc'), '--noEmit', '-p', '.'] },
  { name: 'layers', run: layers },
  { name: 'dead code', command: [...bin('knip'), '--no-progress'] },
  {
    name: 'unit tests',
    command: [
      ...bin('vitest'),
      'run',
      '--project',
      'unit',
      '--reporter=default',
      '--reporter=./test/support/reporter.ts',
    ],
  },
];

function execute(command) {
  return new Promise((resolve) => {
    const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (d) => (output += d));
    child.stderr.on('data', (d) => (output += d));
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
}

/** npm behind a mirror can drop platform packages from the lock; then `npm ci` fails elsewhere. */
function lockFile() {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const missing = [];
  for (const [path, entry] of Object.entries(packages)) {
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      const found = Object.keys(packages).some((p) => p.endsWith(`node_modules/${name}`));
      if (!found) missing.push(`${path || 'the root'} wants ${name}`);
    }
    if (entry.resolved && !/^https:\/\/registry\.npmjs\.org\//.test(entry.resolved))
      missing.push(`${path} is resolved to a private place`);
  }
  return { ok: missing.length === 0, output: missing.join('\n') };
}

const NAME = /^(\.?[a-z0-9][a-z0-9-]*)(\.[a-z0-9-]+)*$/;
const ROLES = [
  'pg',
  'aws',
  'slack',
  'node',
  'port',
  'schema',
  'routes',
  'page',
  'task',
  'memory',
  'fixture',
  'unit.spec',
  'int.spec',
  'e2e.spec',
  'browser.spec',
];

const sources = () =>
  spawnSync(
    'git',
    [
      'ls-files',
      '--cached',
      '--others',
      '--exclude-standard',
      'services',
      'workflows',
      'db',
      'infra',
      'test',
    ],
    { encoding: 'utf8' },
  )
    .stdout.split('\n')
    .filter((f) => /\.tsx?$/.test(f) && existsSync(f));

/** The service has one; the command line, which must not load the service's, has one of its own. */
const READERS = ['services/config.ts', 'services/cli/config.ts'];

/** One reader of the environment; time, ids and randomness are arguments of everything that has no suffix. */
function purity() {
  const wrong = [];
  for (const file of sources()) {
    if (!/^(services|workflows|db)\//.test(file) || /spec\.ts$/.test(file)) continue;
    const text = readFileSync(file, 'utf8');
    // A Lambda function is a process of its own: its settings come with its template.
    const isFunction = /^workflows\/.*\/function\.aws\.ts$/.test(file);
    if (!READERS.includes(file) && !isFunction && text.includes('process.env'))
      wrong.push(`${file}: reads process.env; ${READERS.join(' and ')} do that`);
    const pure = /^(services|workflows)\/.*\/[a-z0-9-]+\.ts$/.test(file) && !file.startsWith('services/cli/');
    const impure =
      pure &&
      /\bDate\.now\(\)|\bnew Date\(\)|\brandomUUID\(|\bMath\.random\(|\bset(Timeout|Interval)\(/.exec(text);
    if (impure) wrong.push(`${file}: ${impure[0]} in a pure file; take it as an argument`);
  }
  return { ok: wrong.length === 0, output: wrong.join('\n') };
}

/** kebab-case files, and only suffixes that mean something. */
function names() {
  const wrong = sources()
    .filter((f) => !f.endsWith('.d.ts'))
    .filter((f) => {
      const base = f
        .split('/')
        .at(-1)
        .replace(/\.tsx?$/, '');
      const suffix = base.includes('.') ? base.slice(base.indexOf('.') + 1) : '';
      return !NAME.test(base) || (suffix !== '' && !ROLES.includes(suffix));
    });
  const output = [...wrong.map((f) => `${f}: not kebab-case with a known suffix`), ...sharedNumbers()];
  return { ok: output.length === 0, output: output.join('\n') };
}

/** The end-to-end specs read as a table of contents: every one has a number of its own. */
function sharedNumbers() {
  const taken = new Map();
  return sources().flatMap((file) => {
    const number = /^test\/e2e\/(\d+)-/.exec(file)?.[1];
    if (number === undefined) return [];
    const other = taken.get(number);
    taken.set(number, file);
    return other === undefined ? [] : [`${file}: has the number of ${other}`];
  });
}

/** The checker once passed on nothing at all (it saw no modules): count them. */
async function layers() {
  const result = await execute([
    ...bin('depcruise'),
    '--config',
    '.dependency-cruiser.mjs',
    '--output-type',
    'err-long',
    'services',
    'workflows',
    'db',
    'infra',
  ]);
  const seen = Number(/(\d+) modules/.exec(result.output)?.[1] ?? 0);
  if (seen < 50) return { ok: false, output: `the layer checker saw ${seen} modules\n${result.output}` };
  return result;
}

const started = performance.now();
const results = await Promise.all(
  [parts.slice(0, 5), parts.slice(5)].map(async (lane) => {
    const done = [];
    for (const part of lane) {
      const begin = performance.now();
      const result = part.run ? await part.run() : await execute(part.command);
      done.push({ ...part, ...result, seconds: (performance.now() - begin) / 1000 });
    }
    return done;
  }),
);
const COUNT = /\d+ passed, \d+ failed/;
for (const { name, ok, output, seconds } of results.flat()) {
  console.log(`${ok ? 'ok  ' : 'FAIL'}  ${name}  (${seconds.toFixed(1)} s)`);
  const lines = output.split('\n');
  if (!ok) console.log(output.trimEnd());
  else if (name === 'unit tests') console.log(lines.filter((l) => COUNT.test(l)).join('\n'));
  // The unit tests have told each of their failures; of the other parts the first line says enough.
  if (!ok && !lines.some((line) => failureIn(line) !== undefined))
    console.log(failureLine(`check > ${name}`, output));
}
console.log(`${((performance.now() - started) / 1000).toFixed(1)} s in all`);
process.exitCode = results.flat().every((r) => r.ok) ? 0 : 1;
