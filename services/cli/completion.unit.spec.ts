import { execFileSync } from 'node:child_process';
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

it.each([
  ['10.0.0.5:443', ['10.0.0.5', 443]],
  ['10.0.0.5', ['10.0.0.5', undefined]],
  ['[fd00::1]:53', ['fd00::1', 53]],
  ['fd00::1', ['fd00::1', undefined]],
])('the end of a packet %s is an address and a port', (text, parts) =>
  expect(endpointOf(text)).toEqual(parts),
);
