import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endpointOf } from './commands/mirror.ts';
import { completionScript } from './completion.ts';

const leaf = (name: string, ...words: string[]) => ({ name, words: [...words, '--help'], children: [] });
const PROGRAM = {
  ...leaf('jetway', '--version'),
  children: [leaf('watch', '--after'), { ...leaf('ledger'), children: [leaf('verify', '--json')] }],
};

describe('completion', () => {
  it.each([
    [['jetway', 'w'], 'watch'],
    [['jetway', 'watch', '--'], '--after --help'],
    [['jetway', 'watch', 'req-1', '--a'], '--after'],
    [['jetway', 'ledger', ''], 'verify --help'],
    [['jetway', 'ledger', 'verify', '--j'], '--json'],
    [['jetway', '--v'], '--version'],
  ])('in bash after %j offers %s', (words, offered) => {
    const script = `${completionScript('bash', PROGRAM)}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _jetway; echo "\${COMPREPLY[@]}"`;
    expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim()).toBe(offered);
  });

  it('in fish has a line for each word, behind the commands before it', () =>
    expect(completionScript('fish', PROGRAM)).toContain(
      "complete -c jetway -n '__fish_seen_subcommand_from ledger; and __fish_seen_subcommand_from verify' -l json\n",
    ));

  it('in zsh is that of bash', () =>
    expect(completionScript('zsh', PROGRAM)).toMatch(/^#compdef jetway\n.*bashcompinit\n_jetway\(\) \{/));
});

/** Is the shell on this machine? Says so where it is not. */
function has(shell: string): boolean {
  const found = spawnSync(shell, ['--version']).status === 0;
  if (!found) console.log(`skipped: no ${shell}`);
  return found;
}

/** A file with the script, for a shell to read. */
function written<T>(shell: 'fish' | 'zsh', use: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'jetway-completion-'));
  try {
    const path = join(folder, `jetway.${shell}`);
    writeFileSync(path, completionScript(shell, PROGRAM));
    return use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const FISH = 'fish';
describe.skipIf(!has(FISH))('the shell fish', () => {
  it.each([
    ['jetway w', ['watch']],
    ['jetway watch --', ['--after', '--help']],
    ['jetway watch req-1 --a', ['--after']],
    ['jetway ledger ', ['verify']],
    ['jetway ledger verify --j', ['--json']],
    ['jetway --v', ['--version']],
  ])('behind %j offers %j', (line, offered) => {
    const said = written('fish', (path) =>
      execFileSync(FISH, ['--no-config', '-c', `source ${path}; complete -C '${line}'`], {
        encoding: 'utf8',
      }),
    );
    expect(said.trim().split('\n')).toEqual(offered);
  });
});

/** A terminal of its own, in which somebody types the line and the Tab key. */
const typed = (path: string, line: string, until: string) => `
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1=''; autoload -U compinit; compinit -D -u; source ${path}; echo READ''Y"
zpty -r z out '*READY*'
zpty -w -n z '${line}'$'\\t'
zpty -r z out '*${until}*' && echo completed
zpty -d z`;

describe.skipIf(!has('zsh'))('the shell zsh', () => {
  it.each([
    ['jetway w', 'jetway watch'],
    ['jetway watch req-1 --a', '--after'],
    ['jetway ledger v', 'ledger verify'],
    ['jetway ledger verify --j', '--json'],
  ])('makes of %j %j', (line, whole) => {
    const { stdout } = written('zsh', (path) =>
      spawnSync('zsh', ['-f', '-c', typed(path, line, whole)], { encoding: 'utf8', timeout: 10_000 }),
    );
    expect(stdout.trim()).toBe('completed');
  });
});

it.each([
  ['10.0.0.5:443', ['10.0.0.5', 443]],
  ['10.0.0.5', ['10.0.0.5', undefined]],
  ['[fd00::1]:53', ['fd00::1', 53]],
  ['fd00::1', ['fd00::1', undefined]],
])('the end of a packet %s is an address and a port', (text, parts) =>
  expect(endpointOf(text)).toEqual(parts),
);
