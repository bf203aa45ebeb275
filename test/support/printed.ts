import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../services/kernel/package-root.node.ts';

/** A command of a document, and what the document says that it prints. */
export type Printed = { command: string; lines: string[] };

const read = (document: string): string => readFileSync(join(packageRoot(), document), 'utf8');

/** Fenced blocks without a language. */
export const blocksOf = (document: string): string[] =>
  [...read(document).matchAll(/^```\n([\s\S]*?)^```$/gm)].map(([, text]) => text!.trimEnd());

/** Commands of blocks that show what comes of them: lines that begin with `$ `, each with the lines below it. */
export function printedIn(document: string): Printed[] {
  const all: Printed[] = [];
  for (const block of blocksOf(document))
    for (const line of block.split('\n')) {
      if (line.startsWith('$ ')) all.push({ command: line.slice(2), lines: [] });
      else if (block.startsWith('$ ')) all.at(-1)?.lines.push(line);
    }
  return all;
}

/** What differs each time: ids, moments, digests, addresses, how long something took. */
const VARIES: readonly (readonly [RegExp, string])[] = [
  [/req-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'req-ID'],
  [/sha256:[0-9a-f]{64}/g, 'sha256:DIGEST'],
  [/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g, 'MOMENT'],
  [/http:\/\/127\.0\.0\.1:\d+/g, 'http://SERVICE'],
  [/\b\d+(?:\.\d+)? s\b/g, 'N s'],
  [/\baccount \d{12}\b/gi, 'Account ID'],
];
export const unvarying = (line: string): string =>
  VARIES.reduce((all, [varies, same]) => all.replace(varies, same), line.trimEnd());

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map(unvarying)
    .filter((line) => line !== '');

/**
 * Why what was written is not what the document prints; undefined when it is. A line `…` stands for any number of lines;
 * otherwise nothing may be missing, and nothing come in between or after.
 */
export function differs(printed: readonly string[], written: string): string | undefined {
  const actual = linesOf(written);
  const expected = printed.map(unvarying).filter((line) => line !== '');
  let at = 0;
  let anywhere = false;
  for (const line of expected) {
    if (line === '…') {
      anywhere = true;
      continue;
    }
    const found = anywhere ? actual.indexOf(line, at) : actual[at] === line ? at : -1;
    if (found < 0) return `the document prints\n  ${line}\nand there was\n  ${actual.slice(at).join('\n  ')}`;
    at = found + 1;
    anywhere = false;
  }
  return anywhere || at === actual.length
    ? undefined
    : `the document ends, and there was\n  ${actual.slice(at).join('\n  ')}`;
}

/** Programs of `package.json`, as `npm run NAME` runs them, from a build in another folder. */
export function programOf(name: string, build: string): string {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const script = scripts[name];
  if (!script?.includes(' dist/')) throw new Error(`package.json has no program ${name}`);
  return script.replace(' dist/', ` ${build}/`);
}

/** A command as a person types it, `npm run` being what it stands for. */
export const typed = (command: string, build: string): string =>
  command.replace(/\bnpm run ([a-z-]+) --/g, (_, name: string) => programOf(name, build));

export type Outcome = { code: number | null; text: string };

/** By a shell; what it writes to both of its ends comes in the order of writing. */
export async function shell(script: string, cwd: string, env: Record<string, string>): Promise<Outcome> {
  const child = spawn('bash', ['-c', `exec 2>&1; ${script}`], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  const [code] = await once(child, 'close');
  return { code: code as number | null, text };
}
