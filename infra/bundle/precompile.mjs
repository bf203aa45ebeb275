import { renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { COMPILED, loadService, PREPARED } from './load.mjs';

/** Evaluates the service that was built into the folder, without starting it, and keeps what V8 has compiled for that. */
const folder = resolve(process.argv[2]);
const { build, script, service } = loadService(folder);
const keep = (name, data) => {
  writeFileSync(join(folder, `${name}.new`), data);
  renameSync(join(folder, `${name}.new`), join(folder, name));
};
keep(PREPARED, service.prepareAssets(build));
keep(COMPILED, Buffer.concat([Buffer.from(build, 'latin1'), script.createCachedData()]));
// A module may have left a timer.
process.exit(0);
