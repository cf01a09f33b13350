import { unwritable, writeAll } from '@page-owner/page-owner-sort/node';
import { printable } from '@page-owner/page-owner-sort';
import { jsonText } from './json.js';
import { folded, paint, screenOf } from './screen/screen.js';
import type { Screen } from './screen/screen.js';

const STDOUT = 1;
const STDERR = 2;

/** One run of the command: where its words go, and how it will end. */
export interface Run {
  readonly screen: Screen;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** 0 as long as nothing else is said. */
  exitCode: number;
  /** Text for standard output, folded to the screen. @throws Error with the code EPIPE when nobody listens */
  print(text: string): void;
  /** Text for standard output as it is: of a kernel, or for a program. */
  printAsIs(text: string): void;
  /** A title above a table. */
  title(text: string, more?: string): void;
  json(command: string, content: Readonly<Record<string, unknown>>): void;
  /** A sentence for standard error; who no longer listens is told nothing. */
  warn(sentence: string): void;
  /** Text for standard error as it is. */
  explain(text: string): void;
  /** Standard input has been given out, which can be read once. */
  stdinRead?: boolean;
  /** What pseudonyms depend on in this run, once they were asked for without a key. */
  randomKey?: string;
}

export function createRun(
  signal: AbortSignal,
  screen: Screen = screenOf(process.stdout, process.env),
  printAsIs = printToStdout,
  warn = complain,
  explain = printToStderr,
): Run {
  const print = (text: string) => printAsIs(folded(screen, text));
  return {
    screen,
    signal,
    exitCode: 0,
    print,
    printAsIs,
    title: (text, more) => print(`${paint(screen, 'bold', text)}${more ? `  ${more}` : ''}\n`),
    json: (command, content) => printAsIs(jsonText(command, content)),
    warn,
    explain,
  };
}

function printToStdout(text: string): void {
  try {
    writeAll(STDOUT, Buffer.from(text));
  } catch (error) {
    throw unwritable('standard output', error);
  }
}

/** One line on standard error. Names of files and words of the command line stand in it, so it is made harmless. */
export function complain(sentence: string): void {
  printToStderr(`page-owner: ${printable(sentence)}\n`);
}

function printToStderr(text: string): void {
  try {
    writeAll(STDERR, Buffer.from(text));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}
