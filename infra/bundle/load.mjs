import { readFileSync } from 'node:fs';
import { createRequire, SourceMap } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { Script } from 'node:vm';

/** Names of what the build makes, side by side. */
export const SERVICE = 'service.cjs';
export const COMPILED = 'service.compiled';
export const PREPARED = 'service.prepared';

/** SHA-256 in hex, at the end of the service's text and at the beginning of what was compiled from it. */
const DIGEST_LENGTH = 64;

/**
 * The service as one script. What V8 has compiled of it at build time is taken when it comes from this very text; V8 itself
 * looks whether it fits its version and flags. Without it everything is as it is, a little later.
 */
export function loadService(folder) {
  const file = join(folder, SERVICE);
  const source = readFileSync(file, 'latin1');
  const build = source.slice(-DIGEST_LENGTH);
  const script = new Script(source, { filename: file, cachedData: compiledOf(folder, build) });
  mapStacks(file);
  const module = { exports: {} };
  script.runInThisContext()(createRequire(file), module, module.exports, file, folder);
  return { build, script, service: module.exports };
}

function compiledOf(folder, build) {
  try {
    const data = readFileSync(join(folder, COMPILED));
    return data.toString('latin1', 0, DIGEST_LENGTH) === build ? data.subarray(DIGEST_LENGTH) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Lines of stacks as they are in the sources. `--enable-source-maps` would read the map at each start; here it is read
 * with the first stack that somebody looks at.
 */
function mapStacks(file) {
  let map;
  const open = () => {
    try {
      return new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')));
    } catch {
      return null;
    }
  };
  const lineOf = (frame) => {
    const text = String(frame);
    if (frame.getFileName() !== file) return text;
    if (map === undefined) map = open();
    const [line, column] = [frame.getLineNumber(), frame.getColumnNumber()];
    const entry = map?.findEntry(line - 1, column - 1);
    if (!entry?.originalSource) return text;
    const at = `${resolve(dirname(file), entry.originalSource)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    return text.replace(`${file}:${line}:${column}`, at);
  };
  Error.prepareStackTrace = (error, frames) =>
    [headerOf(error), ...frames.map((frame) => `    at ${lineOf(frame)}`)].join('\n');
}

/** As Node begins a stack: errors of its own have their code behind the name. */
function headerOf(error) {
  try {
    const text = String(error);
    const { name, code } = error;
    return typeof code === 'string' && code.startsWith('ERR_') && text.startsWith(`${name}: `)
      ? `${name} [${code}]${text.slice(name.length)}`
      : text;
  } catch {
    return 'Error';
  }
}
