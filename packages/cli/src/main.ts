import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { interruptible } from '@page-owner/page-owner-sort/node';
import { ages } from './commands/ages.js';
import { convert } from './commands/convert.js';
import { diff } from './commands/diff.js';
import { exportCommand } from './commands/export.js';
import { fragmentation } from './commands/fragmentation.js';
import { show } from './commands/show.js';
import { runSort, sort } from './commands/sort.js';
import { summary } from './commands/summary.js';
import { top } from './commands/top.js';
import { complain, createRun } from './run.js';
import type { Run } from './run.js';
import type { Subcommand } from './subcommand.js';
import { isTowards } from './tree.js';
import { UsageError } from './usage-error.js';

/** In the order of the help. A new subcommand is a file and a line here. */
const SUBCOMMANDS: readonly Subcommand[] = [
  summary,
  top,
  diff,
  ages,
  fragmentation,
  show,
  sort,
  exportCommand,
  convert,
];

const FAILED = 1;
const WRONG_USAGE = 2;
const INTERRUPTED = 130;
const BROKEN_PIPE = 141;

/** Runs the command page-owner; returns its exit status. */
export async function main(args: readonly string[]): Promise<number> {
  // It has a command line of its own, as the C tool's.
  if (args[0] === 'sort') return runSort(args.slice(1));
  try {
    return await interruptible(async (signal) => {
      const run = createRun(signal);
      await createProgram(run).parseAsync(withTreeValues(args), { from: 'user' });
      return run.exitCode;
    });
  } catch (error) {
    return exitCodeOf(error);
  }
}

/** The command line of the program, with all subcommands. */
export function createProgram(run: Run): Command {
  const program = new Command('page-owner')
    .description('Who allocated each page of memory, from dumps of Linux page_owner.')
    .version(version(), '--version', 'the version')
    .helpOption('-h, --help', 'this help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: (text) => run.print(text), writeErr: () => {} })
    .configureHelp({ helpWidth: Math.min(run.screen.width, 110), showGlobalOptions: false });
  for (const subcommand of SUBCOMMANDS) subcommand(program, run);
  return program;
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

function exitCodeOf(error: unknown): number {
  const { message, code, name } = error as NodeJS.ErrnoException;
  if (code === 'EPIPE') return BROKEN_PIPE;
  if (name === 'AbortError') return INTERRUPTED;
  if (error instanceof CommanderError) {
    // Help and version end the same way as errors do.
    if (error.exitCode === 0) return 0;
    complain(sentenceOf(error));
    return WRONG_USAGE;
  }
  complain(message);
  return error instanceof UsageError ? WRONG_USAGE : FAILED;
}

/** What commander says, in one line. */
function sentenceOf({ message, code }: CommanderError): string {
  if (code === 'commander.help') return 'no subcommand is named; --help tells more';
  return message
    .replace(/^error: /, '')
    .replace(/\n\(/, ' (')
    .replaceAll('\n', ' ');
}

function version(): string {
  const manifest = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
