import type { Command, Option } from 'commander';

/** Shells that completions can be written for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The words that an option's value can be, for completions; its parser judges the value. */
export function offer(command: Command, long: string, words: readonly string[]): Command {
  const option = command.options.find((candidate) => candidate.long === long);
  if (!option) throw new RangeError(`${command.name()} has no option ${long}`);
  option.argChoices = [...words];
  return command;
}

/** A completion script made of the command tree, so that it knows every subcommand and option there is. */
export function completionScript(program: Command, shell: Shell): string {
  return { bash, zsh, fish }[shell](program);
}

const SUBJECT = 'page-owner';

/** What comes after an option: a file, one of some words, or what nobody knows. */
function valueOf(option: Option): { files: boolean; words: readonly string[] } | undefined {
  if (!option.required && !option.optional) return undefined;
  return { files: /[<[](file|dump|dir)[>\]]/.test(option.flags), words: option.argChoices ?? [] };
}

function flagsOf(option: Option): string[] {
  return [option.short, option.long].filter((flag) => flag !== undefined);
}

function offeredOptions(command: Command): readonly Option[] {
  // What help leaves out, as it is like another option, is offered.
  return [...command.createHelp().visibleOptions(command), ...command.options.filter(({ hidden }) => hidden)];
}

/** What a subcommand takes that is no file. */
function wordsOf(command: Command, names: readonly string[]): readonly string[] {
  if (command.name() === 'completion') return SHELLS;
  return command.name() === 'help' ? names : [];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function bash(program: Command): string {
  const names = program.commands.map((command) => command.name());
  const values: string[] = [];
  const options: string[] = [];
  for (const command of program.commands) {
    const name = command.name();
    const flags = offeredOptions(command).flatMap(flagsOf);
    options.push(`      ${name}) words=${quoted(flags.join(' '))} ;;`);
    for (const option of offeredOptions(command)) {
      const value = valueOf(option);
      if (!value) continue;
      const pattern = flagsOf(option)
        .map((flag) => quoted(`${name} ${flag}`))
        .join('|');
      if (value.words.length) {
        // A value of several words would have to be quoted.
        const words = value.words.filter((word) => !word.includes(' '));
        values.push(`      ${pattern}) words=${quoted(words.join(' '))} ;;`);
      } else if (!value.files) values.push(`      ${pattern}) [[ $cur == -* ]] || return ;;`);
    }
    const words = wordsOf(command, names);
    if (words.length) values.push(`      '${name} ${name}') words=${quoted(words.join(' '))} ;;`);
  }
  return `# bash completion of ${SUBJECT}; to load it: source <(${SUBJECT} completion bash)
_page_owner() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} words=
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    words=${quoted(`${names.join(' ')} --help --version`)}
  else
    case "\${COMP_WORDS[1]} $prev" in
${values.join('\n')}
    esac
    if [[ -z $words && $cur == -* ]]; then
      case \${COMP_WORDS[1]} in
${options.join('\n')}
      esac
    fi
  fi
  if [[ -n $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
  else
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  fi
}
complete -F _page_owner ${SUBJECT}
`;
}

function zsh(program: Command): string {
  const names = program.commands.map((command) => command.name());
  const plain = (text: string) => text.replaceAll(/[[\]:\\]/g, '\\$&').replaceAll("'", "'\\''");
  const spec = (option: Option): string[] => {
    const value = valueOf(option);
    const what = (/[<[](\w+)[>\]]/.exec(option.flags)?.[1] ?? 'value').replaceAll(':', '');
    const action = value?.words.length
      ? `(${value.words.map((word) => word.replaceAll(' ', '\\ ')).join(' ')})`
      : value?.files
        ? '_files'
        : ' ';
    const rest = value ? `${option.optional ? '::' : ':'}${what}:${action}` : '';
    return flagsOf(option).map(
      (flag) =>
        `'${flag}${value ? (flag.startsWith('--') ? '=' : '+') : ''}[${plain(option.description)}]${rest}'`,
    );
  };
  const cases = program.commands.map((command) => {
    const specs = offeredOptions(command).flatMap(spec);
    const words = wordsOf(command, names);
    const last = words.length ? `'1:word:(${words.join(' ')})'` : `'*:file:_files'`;
    return `    ${command.name()})\n      _arguments ${[...specs, last].join(' \\\n        ')}\n      ;;`;
  });
  const commands = program.commands.map(
    (command) => `    '${command.name()}:${plain(command.description())}'`,
  );
  return `#compdef ${SUBJECT}
# zsh completion of ${SUBJECT}; to load it: source <(${SUBJECT} completion zsh)
_page_owner() {
  local -a commands=(
${commands.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe 'subcommand' commands
    return
  fi
  local subcommand=$words[2]
  shift words
  ((CURRENT--))
  case $subcommand in
${cases.join('\n')}
  esac
}
compdef _page_owner ${SUBJECT}
`;
}

function fish(program: Command): string {
  const names = program.commands.map((command) => command.name());
  const lines = [`# fish completion of ${SUBJECT}; to load it: ${SUBJECT} completion fish | source`];
  const complete = `complete -c ${SUBJECT}`;
  for (const command of program.commands) {
    lines.push(
      `${complete} -n __fish_use_subcommand -f -a ${command.name()} -d ${quoted(command.description())}`,
    );
    const within = `${complete} -n ${quoted(`__fish_seen_subcommand_from ${command.name()}`)}`;
    for (const option of offeredOptions(command)) {
      const value = valueOf(option);
      const flags = flagsOf(option).map((flag) =>
        flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
      );
      const words = value?.words.length
        ? ` -x -a ${quoted(value.words.map((word) => word.replaceAll(' ', '\\ ')).join(' '))}`
        : value?.files
          ? ' -r -F'
          : value
            ? ' -x'
            : '';
      lines.push(`${within} ${flags.join(' ')}${words} -d ${quoted(option.description)}`);
    }
    const words = wordsOf(command, names);
    if (words.length) lines.push(`${within} -f -a ${quoted(words.join(' '))}`);
  }
  return `${lines.join('\n')}\n`;
}
