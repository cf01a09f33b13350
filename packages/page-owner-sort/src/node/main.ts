import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openInput } from '@page-owner/dump-format/node';
import type { ScanReport } from '@page-owner/dump-format';
import type { DumpInput } from '@page-owner/dump-format/node';
import { UsageError } from './arguments.js';
import { USAGE, compatOf, readCommand } from './command-line.js';
import type { Command } from './command-line.js';
import { readCompatCommand } from './compat-command-line.js';
import { interruptedStatus, interruptible } from './interruptible.js';
import { checkOutput, isSameFile, openOutput, writeAll } from './output.js';
import { printable } from '../printable.js';
import { startProgress } from './progress.js';
import { describeFindings, noRecords, sortedAlready } from './report.js';
import { sortInput } from './sort-input.js';
import type { SortedInput } from './sort-input.js';

export { settle } from './settle.js';

const STDOUT = 1;
const STDERR = 2;
const FAILED = 1;
const WRONG_USAGE = 2;
const BROKEN_PIPE = 141;

/** An input of which only a part may come through. */
export interface PartialInput extends DumpInput {
  /** What was found in all of it, once it has been read to its end; undefined: all of it comes through. */
  readonly report?: ScanReport | undefined;
}

/** What another command puts around this one. */
export interface Extension {
  /** Stands below the help. */
  readonly help?: string | undefined;
  /** Changes what the command line asks for. @throws UsageError */
  readonly adapt?: ((command: Command) => Command) | undefined;
  /** Opens the input, and may leave out or change records of it. */
  readonly open?: ((command: Command) => Promise<PartialInput>) | undefined;
  /** What is written in place of the text. */
  readonly content?:
    ((sorted: SortedInput, command: Command, report: ScanReport) => Iterable<Uint8Array>) | undefined;
  /**
   * Says a sentence on standard error, in place of a line that begins with `page_owner_sort:`; the words of the C tool stay.
   */
  readonly complain?: ((sentence: string) => void) | undefined;
}

/** Runs the command page_owner_sort; returns its exit status. */
export async function main(args: readonly string[], extension: Extension = {}): Promise<number> {
  const { adapt = (command: Command) => command, complain = complainAsItself } = extension;
  try {
    const { compat, rest } = compatOf(args);
    if (compat) {
      const command = readCompatCommand(rest, compat);
      if ('input' in command) return await runCompat(adapt(command), extension);
      say(STDOUT, command.stdout);
      say(STDERR, command.stderr);
      return command.exitCode;
    }
    const command = readCommand(rest);
    if (command === 'help') say(STDOUT, `${USAGE}${extension.help ?? ''}`);
    else if (command === 'version') say(STDOUT, `page_owner_sort ${version()}\n`);
    else return await run(adapt(command), extension);
    return 0;
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    if (code === 'EPIPE') return BROKEN_PIPE;
    if (error instanceof UsageError) {
      complain(message);
      return WRONG_USAGE;
    }
    const interrupted = interruptedStatus(error);
    if (interrupted !== undefined) return interrupted;
    complain(message);
    return FAILED;
  }
}

function run(command: Command, extension: Extension): Promise<number> {
  const { complain = complainAsItself } = extension;
  return withInput(command, extension, async (input, signal) => {
    const sorted = await sort(input, command, signal);
    const report = input.report ?? sorted.report;
    if (!report.records) {
      complain(noRecords(command.input, report));
      return FAILED;
    }
    const already = sortedAlready(command.input, report);
    if (already) {
      complain(already);
      return FAILED;
    }
    for (const finding of describeFindings(command.input, report, command.debug)) complain(finding);
    if (!sorted.selected) complain(`${command.input}: none of ${report.records} records is selected`);
    await write(contentOf(sorted, command, report, extension), command, signal);
    return 0;
  });
}

/** As `run`, with the words and the exit status of the C tool. */
function runCompat(command: Command, extension: Extension): Promise<number> {
  const { complain = complainAsItself } = extension;
  return withInput(command, extension, async (input, signal) => {
    const sorted = await sort(input, command, signal);
    // The tool has not seen what did not come through.
    for (const finding of input.report ? describeFindings(command.input, input.report, false) : [])
      complain(finding);
    const { loaded, failure, exitCode } = sorted.outcome!;
    if (failure) say(STDERR, `${failure}\n`);
    else say(command.output === '-' ? STDERR : STDOUT, `loaded ${loaded}\nsorting ....\nculling\n`);
    await write(contentOf(sorted, command, input.report ?? sorted.report, extension), command, signal);
    return exitCode;
  });
}

/** Opens the input, and refuses before anything is read what could not be written in the end. */
async function withInput(
  command: Command,
  { open = ({ input }) => openInput(input) }: Extension,
  work: (input: PartialInput, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const input = await open(command);
  try {
    if (isSameFile(command.input, command.output)) {
      throw new UsageError(`input and output are the same file, ${command.output}`);
    }
    checkOutput(command.output);
    return await interruptible((signal) => work(input, signal));
  } finally {
    input.close();
  }
}

async function sort(input: DumpInput, command: Command, signal: AbortSignal): Promise<SortedInput> {
  const { options, threads, temporaryDirectory, debug } = command;
  const progress = await startProgress(command.input, input.size);
  try {
    return await sortInput(input, {
      ...options,
      ...(threads !== undefined && { threads }),
      ...(temporaryDirectory !== undefined && { temporaryDirectory }),
      ...(debug && { keepGarbage: Infinity }),
      ...(debug &&
        options.compat && { complain: (text: string) => say(STDERR, Buffer.from(text, 'latin1')) }),
      onProgress: (bytes) => progress.update(bytes),
      signal,
    });
  } finally {
    progress.stop();
  }
}

function contentOf(
  sorted: SortedInput,
  command: Command,
  report: ScanReport,
  { content }: Extension,
): Iterable<Uint8Array> {
  return content ? content(sorted, command, report) : sorted.text();
}

async function write(content: Iterable<Uint8Array>, command: Command, signal: AbortSignal): Promise<void> {
  const output = openOutput(command.output);
  try {
    for (const chunk of content) {
      output.write(chunk);
      await nextTurn();
      signal.throwIfAborted();
    }
    output.commit();
  } catch (error) {
    output.discard();
    throw error;
  }
}

/** One line; names of files and words of the command line stand in it, so it is made harmless. */
function complainAsItself(sentence: string): void {
  say(STDERR, `page_owner_sort: ${printable(sentence)}\n`);
}

/** Who no longer listens is told nothing. */
function say(fd: number, text: string | Uint8Array): void {
  try {
    writeAll(fd, typeof text === 'string' ? Buffer.from(text) : text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

function version(): string {
  const manifest = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
