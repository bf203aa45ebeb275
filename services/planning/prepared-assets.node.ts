import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { type Assets, assetTexts, readAssets } from './assets.node.ts';

/** Where the build has put what it read, and the digest of its service. */
export type Prepared = { file: string; build: string };

type Kept = { seal: string; assets: Omit<Assets, 'artifact'>; templates: Map<string, string> };

/**
 * The assets as the build writes them beside the service: to check every file takes a fourteenth of a start.
 * @param build the digest of the service that reads them
 */
export function prepareAssets(build: string, root?: string): Buffer {
  const { artifact, ...assets } = readAssets(root);
  const texts = assetTexts(root);
  const names = [...assets.templateDigests.values()].map(
    (digest) => `${digest.replace(/^sha256:/, '')}.template.json`,
  );
  const templates = new Map(names.map((name) => [name, artifact(name) as string]));
  return serialize({ seal: sealOf(build, texts), assets, templates } satisfies Kept);
}

/**
 * The same as `readAssets`: what the build prepared where it is of this service and of the files as they are now, else
 * read and checked here.
 * @throws BlueprintError, CatalogueError
 */
export function preparedAssets({ file, build }: Prepared, root?: string): Assets {
  const kept = keptIn(file);
  if (kept === undefined || kept.seal !== sealOf(build, assetTexts(root))) return readAssets(root);
  return { ...kept.assets, artifact: (fileName) => kept.templates.get(fileName) };
}

function keptIn(file: string): Kept | undefined {
  try {
    return deserialize(readFileSync(file)) as Kept;
  } catch {
    return undefined;
  }
}

function sealOf(build: string, texts: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256').update(build);
  for (const [path, text] of texts) hash.update(`\0${path}\0${text.length}\0`).update(text);
  return hash.digest('hex');
}
