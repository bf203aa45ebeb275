// npm run release: what goes with a release, in dist/release: a list of what is in it (SBOM), where it comes from
// (provenance), and the digests of all of it. Signs nothing: that needs a key that is not in a repository.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const out = join('dist', 'release');

const say = (line) => process.stdout.write(`${line}\n`);
const run = (command, ...args) => execFileSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
const digest = (content) => createHash('sha256').update(content).digest('hex');

const changed = run('git', 'status', '--porcelain').trim();
if (changed !== '' && !process.argv.includes('--dirty')) {
  process.stderr.write(`A release is made of what is committed. Not committed:\n${changed}\n`);
  process.exit(2);
}
const commit = run('git', 'rev-parse', 'HEAD').trim();
const committedAt = run('git', 'show', '--no-patch', '--format=%cI', 'HEAD').trim();
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

// What the image has: the bundle contains the packages, the lock says which.
const sbom = JSON.parse(
  run(
    'npm',
    'sbom',
    '--package-lock-only',
    '--omit',
    'dev',
    '--sbom-format',
    'cyclonedx',
    '--sbom-type',
    'application',
  ),
);
// npm calls it after the folder that it lies in.
sbom.metadata.component.name = 'jetway';
// The same each time: the commit says when, its digest says which.
sbom.metadata.timestamp = committedAt;
sbom.serialNumber = `urn:uuid:${uuidOf(digest(`sbom:${commit}`))}`;
writeFileSync(join(out, 'sbom.cdx.json'), `${JSON.stringify(sbom, null, 2)}\n`);

const bundle = join(out, 'bundle');
run('node', 'infra/build.mjs', bundle);
const files = filesIn(bundle);
const subject = files.map((path) => ({
  name: relative(out, path),
  digest: { sha256: digest(readFileSync(path)) },
}));
const lock = digest(readFileSync('package-lock.json'));
// An in-toto statement with the predicate of SLSA provenance 1.
const provenance = {
  _type: 'https://in-toto.io/Statement/v1',
  subject,
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: {
    buildDefinition: {
      buildType: 'node infra/build.mjs',
      externalParameters: { version },
      internalParameters: { node: process.version },
      resolvedDependencies: [
        { name: 'source', digest: { gitCommit: commit } },
        { name: 'package-lock.json', digest: { sha256: lock } },
      ],
    },
    runDetails: { builder: { id: 'npm run release' }, metadata: { startedOn: committedAt } },
  },
};
writeFileSync(join(out, 'provenance.json'), `${JSON.stringify(provenance, null, 2)}\n`);

const listed = filesIn(out).map((path) => `${digest(readFileSync(path))}  ${relative(out, path)}`);
writeFileSync(join(out, 'SHA256SUMS'), `${listed.join('\n')}\n`);
say(`version ${version} of ${commit}`);
say(`${sbom.components.length} packages in sbom.cdx.json, ${files.length} files in provenance.json`);
say(imageChecked());
say(`written to ${out}; sign SHA256SUMS with the key of your releases`);

/** BuildKit reads the Dockerfile with its own rules, where an engine is at hand. */
function imageChecked() {
  const engine = spawnSync('docker', ['info'], { encoding: 'utf8', timeout: 10_000 });
  if (engine.error || engine.status !== 0) return 'Dockerfile: skipped, no container engine answers here';
  const check = spawnSync('docker', ['build', '--check', '.'], { encoding: 'utf8' });
  if (check.status === 0) return 'Dockerfile: no findings of docker build --check';
  process.exitCode = 1;
  return `Dockerfile: ${check.stdout}${check.stderr}`;
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function uuidOf(hex) {
  const variant = ((Number.parseInt(hex[16], 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
