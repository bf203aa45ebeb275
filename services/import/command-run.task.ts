import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { LineCounter } from 'yaml';
import { CATALOGUE_PATH } from '../../workflows/artifacts.ts';
import { EXIT } from '../cli/exit.ts';
import { Usage } from '../cli/explain.ts';
import { BadFile, parseRequests } from '../cli/request-files.ts';
import type { CommonOptions, Context } from '../cli/run.ts';
import { plural } from '../cli/text.ts';
import { parseCatalogue } from '../guardrails/catalogue.ts';
import { packageRoot } from '../kernel/package-root.node.ts';
import { BadLandingZone, parseLandingZone } from '../landing-zone/read-file.ts';
import { importAft, type Written } from './aft.ts';
import { BadHcl, parseHcl } from './hcl.ts';
import { importLza, LZA_FILES } from './lza.ts';
import { outputFiles, report } from './output.ts';
import type { Imported, ImportOptions } from './requests.ts';
import { openSource, type Source } from './source.ts';

export type Options = CommonOptions & { out: string; team: string; unit?: string[] };

const today = () => new Date().toISOString().slice(0, 10);
const catalogueOf = () =>
  parseCatalogue(JSON.parse(readFileSync(join(packageRoot(), CATALOGUE_PATH), 'utf8')));

/** From the account requests of an AFT repository: every .tf file below the folder. */
export const aft = (context: Context, options: Options, folder: string): Promise<number> =>
  write(context, options, folder, (names) => {
    const files = names.filter((name) => name.endsWith('.tf') && !name.split(sep).includes('.terraform'));
    if (files.length === 0) throw new BadFile(`${folder} holds no .tf file.`);
    return importAft(
      files.flatMap((name) => blocksOf(join(folder, name))),
      importOptions(options),
    );
  });

/** From the configuration of the Landing Zone Accelerator: the folder with accounts-config.yaml. */
export const lza = (context: Context, options: Options, folder: string): Promise<number> =>
  write(context, options, folder, () => {
    const files = new Map<string, Source>();
    for (const name of LZA_FILES) {
      const path = join(folder, name);
      if (!existsSync(path)) continue;
      const [written] = parseRequests(path, readFileSync(path, 'utf8'), 'configuration');
      if (written) files.set(name, openSource(name, written.body, written.at));
    }
    if (!files.has('accounts-config.yaml')) throw new BadFile(`${folder} holds no accounts-config.yaml.`);
    const readText = (path: string) => {
      const place = resolve(folder, path);
      // Only what lies in the configuration itself.
      if (!place.startsWith(resolve(folder) + sep) || !existsSync(place)) return undefined;
      return readFileSync(place, 'utf8');
    };
    return importLza(files, { options: importOptions(options), catalogue: catalogueOf(), readText });
  });

function importOptions({ team, unit = [] }: Options): ImportOptions {
  const units = unit.map((text): [string, string] => {
    const [, name, id] = /^(.+)=(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$/.exec(text) ?? [];
    if (name === undefined || id === undefined)
      throw new Usage(`--unit ${text}: write it as in --unit "Workloads/Prod=ou-ab12-workloadsprod"`);
    return [name, id];
  });
  return { team, units: new Map(units) };
}

function blocksOf(path: string): Written[] {
  const text = readFileSync(path, 'utf8');
  const lines = new LineCounter();
  for (let at = 0; at >= 0; at = text.indexOf('\n', at) + 1 || -1) lines.addNewLine(at);
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  try {
    return parseHcl(text).map((block) => ({ file: path, block, at }));
  } catch (error) {
    if (!(error instanceof BadHcl)) throw error;
    throw new BadFile(`${at(error.offset)}: ${error.message}`, { cause: error });
  }
}

/** @throws BadFile for a folder that cannot be read, Usage for an output that is there already */
async function write(
  { screen }: Context,
  options: Options,
  folder: string,
  read: (names: string[]) => Imported,
): Promise<number> {
  if (!existsSync(folder)) throw new BadFile(`${folder} is not there.`);
  if (existsSync(options.out) && readdirSync(options.out).length > 0)
    throw new Usage(`${options.out} is not empty: name another folder with --out.`);
  const imported = read(readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort());
  const zonePath = join(options.out, 'landing-zone.yaml');
  const [zone] = outputFiles(imported, []);
  const problems = problemsOf(zonePath, zone?.text ?? '');
  for (const { path, text } of outputFiles(imported, problems)) {
    const place = join(options.out, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
  }
  const incomplete = imported.requests.filter(({ missing }) => missing.length > 0).length;
  screen.data({ requests: imported.requests.length, incomplete, notes: imported.notes, problems });
  for (const line of report(imported, problems).split('\n').slice(2)) screen.say(line);
  const count = plural(imported.requests.length, 'request');
  screen.say(`Written to ${relative('.', options.out) || '.'}: landing-zone.yaml, ${count}, report.md`);
  return EXIT.ok;
}

function problemsOf(path: string, text: string): string[] {
  try {
    parseLandingZone(path, text, { catalogue: catalogueOf(), today: today() });
    return [];
  } catch (error) {
    if (error instanceof BadLandingZone) return error.message.split('\n').slice(1);
    throw error;
  }
}
