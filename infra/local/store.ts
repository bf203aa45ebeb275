import {
  appendFileSync,
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/**
 * The memory of the embedded AWS: JSON documents in named collections, kept in process and, when there is a
 * directory, in an append-only journal beside a snapshot. Everything is synchronous, so one transaction is one
 * journal line: a kill in the middle leaves either the whole change or none of it (a torn last line is dropped).
 * The journal is not fsynced: it survives the death of the process, not of the machine.
 */
export interface Store {
  /** The document, or undefined. Treat it as frozen: change it only by `put`. */
  get<T>(collection: string, key: string): T | undefined;
  /** All documents of a collection in key order of insertion. */
  values<T>(collection: string): T[];
  entries<T>(collection: string): [key: string, doc: T][];
  /** The same without a copy: do not change the collection while iterating. */
  each<T>(collection: string): Iterable<[key: string, doc: T]>;
  put(collection: string, key: string, doc: unknown): void;
  delete(collection: string, key: string): void;
  /**
   * Runs `work`; its puts and deletes become durable together, or not at all if it throws. A nested
   * call becomes durable with the outer one; if it throws, its own changes are taken back.
   */
  transaction<T>(work: () => T): T;
  close(): void;
}

type Change = [collection: string, key: string, doc?: unknown];

const COMPACT_AT_BYTES = 48 * 1024 * 1024;

/** @param dir folder for `snapshot.json` and `journal.ndjson`; null keeps everything in memory. */
export function openStore(dir: string | null): Store {
  const collections = new Map<string, Map<string, unknown>>();
  const collection = (name: string) => {
    const found = collections.get(name) ?? new Map<string, unknown>();
    collections.set(name, found);
    return found;
  };
  const apply = ([name, key, doc]: Change) => {
    if (doc === undefined) collection(name).delete(key);
    else collection(name).set(key, doc);
  };

  const journal = dir === null ? null : openJournal(dir, apply, collections);
  let undo: Change[] | null = null;
  let pending: Change[] = [];

  const change = (name: string, key: string, doc: unknown) => {
    if (undo === null) throw new Error(`store: ${name}/${key} changed outside a transaction`);
    undo.push([name, key, collection(name).get(key)]);
    const entry: Change = doc === undefined ? [name, key] : [name, key, doc];
    apply(entry);
    pending.push(entry);
  };

  const takeBack = (changes: Change[], from: number) => {
    for (const entry of changes.splice(from).reverse()) apply(entry);
    pending.length = Math.min(pending.length, from);
  };
  /** A part that fails takes back what it changed, whether or not the whole goes on. */
  const nested = <T>(work: () => T, changes: Change[]): T => {
    const savepoint = changes.length;
    try {
      return work();
    } catch (error) {
      takeBack(changes, savepoint);
      throw error;
    }
  };

  return {
    get: <T>(name: string, key: string) => collections.get(name)?.get(key) as T | undefined,
    values: <T>(name: string) => [...(collections.get(name)?.values() ?? [])] as T[],
    entries: <T>(name: string) => [...(collections.get(name)?.entries() ?? [])] as [string, T][],
    each: <T>(name: string) => (collections.get(name) ?? []) as Iterable<[string, T]>,
    put: (name, key, doc) => change(name, key, doc),
    delete: (name, key) => change(name, key, undefined),
    transaction(work) {
      if (undo !== null) return nested(work, undo);
      undo = [];
      pending = [];
      try {
        const result = work();
        if (result instanceof Promise) throw new Error('store: a transaction is synchronous');
        if (pending.length > 0) journal?.append(pending);
        return result;
      } catch (error) {
        takeBack(undo, 0);
        throw error;
      } finally {
        undo = null;
        pending = [];
      }
    },
    close: () => journal?.close(),
  };
}

function openJournal(
  dir: string,
  apply: (c: Change) => void,
  collections: Map<string, Map<string, unknown>>,
) {
  mkdirSync(dir, { recursive: true });
  const snapshotFile = join(dir, 'snapshot.json');
  const journalFile = join(dir, 'journal.ndjson');
  if (existsSync(snapshotFile)) {
    const saved = JSON.parse(readFileSync(snapshotFile, 'utf8')) as Record<string, [string, unknown][]>;
    for (const [name, docs] of Object.entries(saved)) for (const [key, doc] of docs) apply([name, key, doc]);
  }
  let size = existsSync(journalFile) ? replay(journalFile, apply) : 0;
  let fd = openSync(journalFile, 'a');

  const compact = () => {
    const all = Object.fromEntries([...collections].map(([name, docs]) => [name, [...docs]]));
    // Written aside and renamed: a kill here leaves the old pair, and a replay over the new snapshot changes nothing.
    writeFileSync(`${snapshotFile}.new`, JSON.stringify(all));
    renameSync(`${snapshotFile}.new`, snapshotFile);
    closeSync(fd);
    fd = openSync(journalFile, 'w');
    size = 0;
  };
  return {
    append(changes: Change[]) {
      const line = `${JSON.stringify(changes)}\n`;
      appendFileSync(fd, line);
      size += line.length;
      if (size > COMPACT_AT_BYTES) compact();
    },
    close() {
      if (fd >= 0) closeSync(fd);
      fd = -1;
    },
  };
}

/** Applies every whole line and cuts off a torn one. Returns the bytes kept. */
function replay(file: string, apply: (c: Change) => void): number {
  const bytes = readFileSync(file);
  const end = bytes.lastIndexOf(0x0a) + 1;
  for (const line of bytes.subarray(0, end).toString('utf8').split('\n')) {
    if (line !== '') for (const entry of JSON.parse(line) as Change[]) apply(entry);
  }
  if (end < statSync(file).size) {
    const fd = openSync(file, 'r+');
    ftruncateSync(fd, end);
    closeSync(fd);
  }
  return end;
}
