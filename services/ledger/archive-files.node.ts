import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { ArchiveBroken, type ArchiveFile, archiveFileName, readArchiveLine } from './archive.ts';
import type { ArchiveStore } from './archives.port.ts';
import type { Fact } from './fact.ts';

const PIECE = 128 * 1_024;

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

/**
 * Writes lines as gzip of NDJSON into a folder of this machine.
 * @returns the file as a manifest names it, and where it lies now
 */
export async function writeArchiveFile(
  folder: string,
  era: string,
  part: number,
  lines: AsyncIterable<string>,
): Promise<{ file: ArchiveFile; path: string }> {
  const unnamed = join(folder, `${era}-${part}.unfinished`);
  let facts = 0;
  // Packing has its price by the piece.
  const pieces = async function* () {
    let piece = '';
    for await (const line of lines) {
      facts += 1;
      piece += line;
      if (piece.length < PIECE) continue;
      yield piece;
      piece = '';
    }
    yield piece;
  };
  await pipeline(
    Readable.from(pieces()),
    createGzip({ level: 6 }),
    createWriteStream(unnamed, { mode: 0o600 }),
  );
  const sha256 = await sha256OfFile(unnamed);
  const name = archiveFileName(era, part, sha256);
  const path = join(dirname(unnamed), name);
  await rename(unnamed, path);
  return { file: { name, facts, bytes: (await stat(path)).size, sha256 }, path };
}

/**
 * The facts of a file, in its order; its digest is known to hold only when the last of them was read.
 * @throws ArchiveBroken, ArchiveMissing
 */
export async function* readArchiveFile(store: ArchiveStore, file: ArchiveFile): AsyncGenerator<Fact> {
  const hash = createHash('sha256');
  const bytes = await store.read(file.name);
  const hashed = async function* () {
    for await (const chunk of bytes) {
      hash.update(chunk);
      yield chunk;
    }
  };
  let facts = 0;
  for await (const line of linesOf(unpacked(Readable.from(hashed()), file.name))) {
    facts += 1;
    yield readArchiveLine(line, file.name);
  }
  const found = `sha256:${hash.digest('hex')}`;
  if (found !== file.sha256 || facts !== file.facts)
    throw new ArchiveBroken(
      `${file.name} has ${facts} facts and the digest ${found}; its manifest says ${file.facts} and ${file.sha256}`,
    );
}

async function* unpacked(packed: Readable, name: string): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  let unreadable: Error | undefined;
  packed.once('error', (error) => {
    unreadable = error;
    gunzip.destroy(error);
  });
  try {
    yield* packed.pipe(gunzip) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    // The store failed: that says nothing about the file.
    if (unreadable) throw unreadable;
    throw new ArchiveBroken(`${name} cannot be unpacked`, { cause });
  } finally {
    packed.destroy();
  }
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
