import { stringify } from 'yaml';
import type { Imported, ImportedRequest } from './requests.ts';
import type { Note } from './source.ts';

/** A file to write, by its path below the folder of the output. */
export type OutputFile = { path: string; text: string };

/** The landing-zone file, one file for each request, and the report. Requests that lack something lie apart. */
export function outputFiles(imported: Imported, problems: readonly string[]): OutputFile[] {
  const taken = new Set<string>();
  const requests = imported.requests.map((request) => {
    let name = request.name;
    for (let n = 2; taken.has(name); n++) name = `${request.name}-${n}`;
    taken.add(name);
    return { path: `${folderOf(request)}/${name}.yaml`, text: textOf(request) };
  });
  return [
    { path: 'landing-zone.yaml', text: stringify(imported.landingZone, { lineWidth: 110 }) },
    ...requests,
    { path: 'report.md', text: report(imported, problems) },
  ];
}

const folderOf = ({ missing }: ImportedRequest): string => (missing.length === 0 ? 'accounts' : 'incomplete');

const textOf = ({ body, missing }: ImportedRequest): string =>
  `${missing.map((member) => `# missing: ${member}\n`).join('')}${stringify(body, { lineWidth: 110 })}`;

/** What a person has to look at, each with its place. */
export function report({ requests, notes }: Imported, problems: readonly string[]): string {
  const incomplete = requests.filter(({ missing }) => missing.length > 0);
  const lines = [
    '# What was imported, and what was not',
    '',
    `${requests.length - incomplete.length} requests are complete (accounts/), ${incomplete.length} are not (incomplete/).`,
    '',
    '## What could not be carried over',
    '',
    ...(notes.length === 0 ? ['Nothing was left behind.'] : notes.map(noteLine)),
    '',
    '## What the landing-zone file still needs',
    '',
    ...(problems.length === 0
      ? ['Nothing: plan it with npm run landing-zone.']
      : problems.map((line) => `- ${line.trim()}`)),
  ];
  if (incomplete.length > 0)
    lines.push(
      '',
      '## What requests still need',
      '',
      ...incomplete.map(({ name, missing }) => `- incomplete/${name}.yaml: ${missing.join(', ')}`),
    );
  return `${lines.join('\n')}\n`;
}

const noteLine = ({ at, what, why }: Note): string => `- ${at}: ${what} ${why}`;
