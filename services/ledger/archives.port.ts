/** Where old parts of the ledger are kept: not in the database that they were taken from. */
export interface ArchiveStore {
  /** Where that is, for people: a folder, `s3://bucket/prefix`. */
  readonly place: string;
  /** Keeps a file of this machine under a name; when it has ended, it is there to stay. The same name is the same content. */
  keep(name: string, path: string): Promise<void>;
  /** @throws ArchiveMissing */
  read(name: string): Promise<AsyncIterable<Uint8Array>>;
}

/** A file that a manifest names is not there. */
export class ArchiveMissing extends Error {
  override readonly name = 'ArchiveMissing';
}
