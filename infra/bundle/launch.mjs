import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadService, PREPARED } from './load.mjs';

/** What `dist/services/main.js` is made of. */
const folder = dirname(fileURLToPath(import.meta.url));
const { build, service } = loadService(folder);
service.main({ file: join(folder, PREPARED), build });
