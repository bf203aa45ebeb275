import { copyFile, mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { ArchiveMissing, type ArchiveStore } from './archives.port.ts';

/** A folder: files are copied beside their place, brought to the disk and renamed, so that none is ever half there. */
export const archiveFolder = (folder: string): ArchiveStore => ({
  place: folder,
  async keep(name, path) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const unfinished = join(folder, `.${name}.unfinished`);
    await copyFile(path, unfinished);
    await sync(unfinished);
    await rename(unfinished, join(folder, name));
    await sync(folder);
  },
  async read(name) {
    const file = await open(join(folder, name)).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT') throw cause;
      throw new ArchiveMissing(`${name} is not in ${folder}`, { cause });
    });
    return file.createReadStream();
  },
});

async function sync(path: string): Promise<void> {
  const file = await open(path);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
