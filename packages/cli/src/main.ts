import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { interruptedStatus, interruptible } from '@page-owner/page-owner-sort/node';
import { addExamples } from './command-line/help.js';
import { createRun } from './run.js';
import type { Run } from './run.js';
import type { Subcommand } from './command-line/subcommand.js';
import { isTowards } from './results/tree.js';
import { UsageError } from './usage-error.js';

/** In the order of the help, each loaded when it is wanted. A new subcommand is a file and a line here. */
const SUBCOMMANDS: Readonly<Record<string, () => Promise<Subcommand>>> = {
  summary: async () => (await import('./commands/summary.js')).summary,
  top: async () => (await import('./commands/top.js')).top,
  diff: async () => (await import('./commands/diff.js')).diff,
  ages: async () => (await import('./commands/ages.js')).ages,
  fragmentation: async () => (await import('./commands/fragmentation.js')).fragmentation,
  show: async () => (await import('./commands/show.js')).show,
  sort: async () => (await import('./commands/sort.js')).sort,
  export: async () => (await import('./commands/export.js')).exportCommand,
  convert: async () => (await import('./commands/convert.js')).convert,
  replay: async () => (await import('./commands/replay.js')).replay,
  boot: async () => (await import('./commands/boot.js')).boot,
  completion: async () => (await import('./commands/completion.js')).completion,
  help: async () => (await import('./commands/help.js')).help,
};
/** It prints what all of them take. */
const OF_ALL = 'completion';

const FAILED = 1;
const WRONG_USAGE = 2;
const BROKEN_PIPE = 141;
/** What commander says when it has shown the help because nothing was asked for. */
const HELP_SHOWN = 'commander.help';

/** Runs the command page-owner; returns its exit status. */
export async function main(args: readonly string[]): Promise<number> {
  // It has a command line of its own, as the C tool's.
  const [first, ...rest] = withoutHelp(args);
  if (first === 'sort') return (await import('./commands/sort.js')).runSort(rest);
  return interruptible((signal) => execute(args, createRun(signal)));
}

/** Does what a command line asks for, and says in `run` what went wrong; returns the exit status. */
export async function execute(line: readonly string[], run: Run): Promise<number> {
  const args = withoutHelp(line);
  try {
    await (await createProgram(run, args[0])).parseAsync(withTreeValues(args), { from: 'user' });
    return run.exitCode;
  } catch (error) {
    return exitCodeOf(error, args, run);
  }
}

/** The command line of the program, with the subcommand that its first word names, or with all. */
async function createProgram(run: Run, first: string | undefined): Promise<Command> {
  const program = new Command('page-owner')
    .description('Who allocated each page of memory, from dumps of Linux page_owner.')
    .version(version(), '--version', 'the version')
    .helpOption('-h, --help', 'this help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => run.printAsIs(text),
      // The help, where no subcommand is named; what is wrong is said in one line.
      writeErr: (text) => run.explain(text),
      outputError: () => {},
    })
    .configureHelp({
      helpWidth: Math.min(run.screen.width, 110),
      // Of a description, on the narrowest screen.
      minWidthToWrap: 12,
      // Choices are for completions, and descriptions tell the defaults.
      optionDescription: (option) => option.description,
    });
  addExamples(program, [
    ['page-owner summary page_owner.txt', 'who holds the memory'],
    ['page-owner diff before.txt after.txt', 'what grew, leak suspects first'],
    ['page-owner fragmentation page_owner.txt', 'who stops huge pages from forming'],
  ]);
  program.addHelpText(
    'after',
    `
A dump is what /sys/kernel/debug/page_owner says: a saved file, that file
itself, or - for standard input; .gz, .zst and .xz are read as they are.
page-owner help SUBCOMMAND tells more.

Exit status: 0 done, 1 failed, 2 the command line is wrong, 3 it grew too much
(diff), 130 and 143 interrupted by SIGINT and SIGTERM, 141 nobody reads the
output.`,
  );
  for (const subcommand of await subcommandsFor(first)) subcommand(program, run);
  return program;
}

async function subcommandsFor(first: string | undefined): Promise<Subcommand[]> {
  if (first === '--version') return [];
  const isNamed = first !== undefined && first !== OF_ALL && Object.hasOwn(SUBCOMMANDS, first);
  const loaded: Subcommand[] = [];
  for (const load of isNamed ? [SUBCOMMANDS[first]!] : Object.values(SUBCOMMANDS)) loaded.push(await load());
  return loaded;
}

/** A command line that begins with `help`, as one that asks with `--help`. */
function withoutHelp(args: readonly string[]): readonly string[] {
  const [first, named] = args;
  if (first !== 'help') return args;
  if (named === undefined || named === 'help' || named.startsWith('-')) return ['--help'];
  // Of an unknown one there is none.
  return Object.hasOwn(SUBCOMMANDS, named) ? [named, '--help'] : [named];
}

/** `--tree` may stand without its value, and then the next word is not it. */
function withTreeValues(args: readonly string[]): string[] {
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [word, next] = [args[i]!, args[i + 1]];
    if (word === '--') return [...words, ...args.slice(i)];
    if (word !== '--tree') words.push(word);
    else if (next === undefined || !isTowards(next)) words.push('--tree=callers');
    else words.push(`--tree=${args[++i]}`);
  }
  return words;
}

function exitCodeOf(error: unknown, args: readonly string[], run: Run): number {
  const { message, code } = error as NodeJS.ErrnoException;
  if (code === 'EPIPE') return BROKEN_PIPE;
  const interrupted = interruptedStatus(error);
  if (interrupted !== undefined) return interrupted;
  if (error instanceof CommanderError) {
    // Help and version end the same way as errors do.
    if (error.exitCode === 0) return 0;
    if (error.code !== HELP_SHOWN) run.warn(sentenceOf(error, args));
    return WRONG_USAGE;
  }
  run.warn(message);
  return error instanceof UsageError ? WRONG_USAGE : FAILED;
}

/** What commander says, in one line. */
function sentenceOf({ message, code }: CommanderError, [first]: readonly string[]): string {
  if (code === 'commander.unknownCommand' && first === 'redact')
    return "unknown command 'redact'; page-owner convert --redact gives a dump without names";
  const sentence = message
    .replace(/^error: /, '')
    .replace(/\. Expected (.*)\.$/, ', expected $1')
    .replaceAll('\n', ' ');
  const subcommand = code === 'commander.unknownCommand' || first?.startsWith('-') ? '' : `${first} `;
  return `${sentence}; page-owner ${subcommand}--help tells more`;
}

function version(): string {
  const manifest = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
