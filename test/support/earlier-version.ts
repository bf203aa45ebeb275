import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StateMachineSource } from '../../infra/local/deploy.ts';
import { packageRoot } from '../../services/kernel/package-root.node.ts';
import { WORKFLOWS } from '../../workflows/index.ts';
import type { Build } from '../chaos/service-process.ts';
import { NEWEST_MIGRATIONS } from './migrations.ts';

const git = (...args: string[]) =>
  execFileSync('git', args, { cwd: packageRoot(), maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] });

/** The commit before the newest migration came: what may still run when that migration has been made. */
function commitBeforeNewestMigration(): string | undefined {
  const newest = readdirSync(NEWEST_MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .at(-1);
  try {
    const came = git('log', '-1', '--diff-filter=A', '--format=%H', '--', `db/migrations/${newest}`)
      .toString()
      .trim();
    // One that is not committed yet came after everything that is.
    return git('rev-parse', '--verify', '--quiet', came === '' ? 'HEAD' : `${came}^`)
      .toString()
      .trim();
  } catch {
    return undefined;
  }
}

/**
 * @property artifacts what that version has put into the bucket of artifacts, where it stays: names and texts
 * @property machines the state machines that it was deployed with
 */
export type EarlierVersion = Build & {
  artifacts: ReadonlyMap<string, string>;
  machines: readonly StateMachineSource[];
};

/**
 * The service as it was before the newest migration, built from the history of this repository with the packages of now.
 * @returns undefined where there is no such history (an unpacked archive, a shallow clone)
 */
export function buildEarlierVersion(): EarlierVersion | undefined {
  const commit = commitBeforeNewestMigration();
  if (commit === undefined) return undefined;
  const root = mkdtempSync(join(tmpdir(), 'jetway-earlier-'));
  const remove = () => rmSync(root, { recursive: true, force: true });
  try {
    symlinkSync(join(packageRoot(), 'node_modules'), join(root, 'node_modules'));
    const archive = join(root, 'earlier.tar');
    writeFileSync(
      archive,
      git('archive', commit, 'package.json', 'tsconfig.json', 'services', 'workflows', 'db', 'infra', 'test'),
    );
    execFileSync('tar', ['-xf', archive, '-C', root]);
    execFileSync(process.execPath, [join(root, 'infra', 'build.mjs')], { cwd: root, stdio: 'inherit' });
    return { artifacts: artifactsOf(root), machines: machinesIn(root), dir: join(root, 'dist'), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** State machines as they are committed in a folder of ours; one that is newer is not there. */
export const machinesIn = (root: string): StateMachineSource[] =>
  WORKFLOWS.filter(({ path }) => existsSync(join(root, path))).map(({ name, path }) => ({
    name,
    definition: readFileSync(join(root, path), 'utf8'),
  }));

/** As that version's own code reads them. */
function artifactsOf(root: string): Map<string, string> {
  const script = join(root, 'artifacts.mts');
  writeFileSync(
    script,
    `import { readArtifacts } from './workflows/artifacts.node.ts';
     process.stdout.write(JSON.stringify(readArtifacts().map(({ fileName, text }) => [fileName, text])));`,
  );
  const tsx = join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');
  const text = execFileSync(process.execPath, [tsx, script], { cwd: root, maxBuffer: 1 << 28 });
  return new Map(JSON.parse(text.toString()) as [string, string][]);
}
