import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { START_FLAGS } from '../../infra/start-flags.mjs';
import { packageRoot } from '../../services/kernel/package-root.node.ts';
import { readAssets } from '../../services/planning/assets.node.ts';
import { prepareAssets, preparedAssets } from '../../services/planning/prepared-assets.node.ts';
import { BlueprintError } from '../../workflows/blueprints/blueprint-error.ts';
import { type Build, buildService } from '../chaos/service-process.ts';

/** What the build has compiled and read is taken where it is of this very service and of these very files, and never else. */
let build: Build;
let root: string;

beforeAll(() => {
  build = buildService();
  root = mkdtempSync(join(tmpdir(), 'jetway-assets-'));
  cpSync(join(packageRoot(), 'workflows'), join(root, 'workflows'), { recursive: true });
}, 120_000);
afterAll(() => {
  build?.remove();
  if (root) rmSync(root, { recursive: true, force: true });
});

const services = () => join(build.dir, 'services');

/** In a process of its own: as the service is started, as far as an expression over `build`, `script` and `service`. */
const loaded = (expression: string, flags: readonly string[] = START_FLAGS): unknown => {
  const load = JSON.stringify(join(packageRoot(), 'infra/bundle/load.mjs'));
  const code = `import(${load}).then(({ loadService }) => {
    const { build, script, service } = loadService(${JSON.stringify(services())});
    process.stdout.write(JSON.stringify(${expression}) ?? 'null');
    process.exit(0);
  })`;
  return JSON.parse(execFileSync(process.execPath, [...flags, '-e', code], { encoding: 'utf8' }));
};

const STARTS = '[script.cachedDataRejected, typeof service.main]';

describe('the compiled service', () => {
  it('is taken by a process with the flags of a start', () => {
    expect(loaded(STARTS)).toEqual([false, 'function']);
  });

  it('is left by V8 where the flags are others, and the service loads all the same', () => {
    expect(loaded(STARTS, ['--max-semi-space-size=16'])).toEqual([true, 'function']);
  });

  it('tells stacks as the sources have them', () => {
    const stack = loaded(
      `(() => { try { service.prepareAssets(build, '/nowhere'); } catch (error) { return error.stack; } })()`,
    );
    expect(stack).toContain(join(packageRoot(), 'services/planning/assets.node.ts'));
    expect(stack).not.toContain('service.cjs');
  });

  it('is not taken for another text than it was compiled from, of the same length', () => {
    const file = join(services(), 'service.cjs');
    const text = readFileSync(file, 'latin1');
    const other = text.slice(0, -64) + 'f'.repeat(64);
    writeFileSync(file, other, 'latin1');
    try {
      // Nothing was offered to V8, so it had nothing to refuse.
      expect(loaded(STARTS)).toEqual([null, 'function']);
    } finally {
      writeFileSync(file, text, 'latin1');
    }
  });
});

describe('the files that planning works with', () => {
  /** Whatever is asked of it, of a prepared one as of one that was read. */
  const asked = ({ artifact, ...rest }: ReturnType<typeof readAssets>) => ({
    ...rest,
    texts: [...rest.templateDigests.values()].map((digest) =>
      artifact(`${digest.slice('sha256:'.length)}.template.json`),
    ),
  });
  const prepare = (digest: string) => {
    const file = join(root, `prepared-${digest}`);
    writeFileSync(file, prepareAssets(digest, root));
    return { file, build: digest };
  };

  it('are prepared by the build as a start would read them', () => {
    const digest = loaded('build') as string;
    const prepared = preparedAssets({ file: join(services(), 'service.prepared'), build: digest });
    expect(asked(prepared)).toEqual(asked(readAssets()));
    expect(asked(prepared).texts.every((text) => typeof text === 'string')).toBe(true);
  });

  it('are read anew after they changed, and what is wrong with them is told', () => {
    const prepared = prepare('before');
    const blueprint = join(root, 'workflows/blueprints/standard/blueprint.json');
    const text = readFileSync(blueprint, 'utf8');
    writeFileSync(blueprint, text.replace(/"title": "[^"]*"/, '"title": "Another"'));
    expect(preparedAssets(prepared, root).blueprints.get('standard')?.title).toBe('Another');
    appendFileSync(blueprint, '}');
    expect(() => preparedAssets(prepared, root)).toThrow(BlueprintError);
    writeFileSync(blueprint, text);
    cpSync(join(root, 'workflows/blueprints/standard'), join(root, 'workflows/blueprints/standard-2'), {
      recursive: true,
    });
    expect(preparedAssets(prepared, root).blueprintCatalogue).toHaveLength(
      readAssets().blueprintCatalogue.length + 1,
    );
    rmSync(join(root, 'workflows/blueprints/standard-2'), { recursive: true });
  });

  it('are taken from the prepared file by its own service, and read anew by every other', () => {
    const { file } = prepare('this');
    // Told from what is read by a title that no file has.
    const kept = deserialize(readFileSync(file));
    kept.assets.blueprints.get('standard').title = 'Prepared';
    writeFileSync(file, serialize(kept));
    const titleWith = (prepared: { file: string; build: string }) =>
      preparedAssets(prepared, root).blueprints.get('standard')?.title;
    expect(titleWith({ file, build: 'this' })).toBe('Prepared');
    const own = readAssets().blueprints.get('standard')?.title;
    expect(titleWith({ file, build: 'other' })).toBe(own);
    expect(titleWith({ file: join(root, 'none'), build: 'this' })).toBe(own);
    writeFileSync(file, readFileSync(file).subarray(0, 1_000));
    expect(titleWith({ file, build: 'this' })).toBe(own);
  });
});
