/** A command as completion knows it. */
export type Completable = { name: string; words: string[]; children: Completable[] };

export type Shell = 'bash' | 'zsh' | 'fish';

/** What may follow each command, by the path to it: `` is the program itself. */
function paths(program: Completable): [path: string, words: string[]][] {
  const walk = (one: Completable, path: string): [string, string[]][] => [
    [path, [...one.children.map((child) => child.name), ...one.words]],
    ...one.children.flatMap((child) => walk(child, path === '' ? child.name : `${path} ${child.name}`)),
  ];
  return walk(program, '');
}

/** A script that the shell reads; files are completed where no word fits. */
export function completionScript(shell: Shell, program: Completable): string {
  switch (shell) {
    case 'bash':
      return bash(program);
    case 'zsh':
      return `#compdef ${program.name}\nautoload -U +X bashcompinit && bashcompinit\n${bash(program)}`;
    case 'fish':
      return fish(program);
    default:
      return shell satisfies never;
  }
}

const bash = (program: Completable): string => `_${program.name}() {
  local path="" word
  for word in "\${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}"; do
    case "$path $word" in
${paths(program)
  .filter(([path]) => path !== '')
  .map(([path]) => `      "${path.includes(' ') ? path : ` ${path}`}") path="${path}" ;;`)
  .join('\n')}
    esac
  done
  case "$path" in
${paths(program)
  .map(([path, words]) => `    "${path}") word="${words.join(' ')}" ;;`)
  .join('\n')}
  esac
  COMPREPLY=($(compgen -W "$word" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _${program.name} ${program.name}
`;

const fish = (program: Completable): string =>
  paths(program)
    .flatMap(([path, words]) => {
      const seen = path
        .split(' ')
        .filter(Boolean)
        .map((word) => `__fish_seen_subcommand_from ${word}`)
        .join('; and ');
      const condition = seen === '' ? '__fish_use_subcommand' : seen;
      return words.map((word) =>
        word.startsWith('--')
          ? `complete -c ${program.name} -n '${condition}' -l ${word.slice(2)}`
          : `complete -c ${program.name} -f -n '${condition}' -a ${word}`,
      );
    })
    .join('\n')
    .concat('\n');
