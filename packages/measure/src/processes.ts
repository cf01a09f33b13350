/** Whole processes, timed by turns on the same input. */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One run of a command. Peak memory and processor time need /usr/bin/time. */
export interface Run {
  /** That passed. */
  readonly seconds: number;
  /** Of processor time, which other work on the machine disturbs less; undefined where it is not known. */
  readonly processorSeconds: number | undefined;
  /** Peak, in KiB; 0 where it is not known. */
  readonly memory: number;
  readonly stdout: string;
}

const TIME = '/usr/bin/time';

/**
 * Runs a command. Its standard output goes to the file `output`, if there is one.
 *
 * @throws Error if it fails, with what it said
 */
export function timed(command: readonly string[], output?: string): Run {
  const known = existsSync(TIME);
  const [program = '', ...words] = known ? [TIME, '-f', '%U %S %M', ...command] : command;
  const file = output === undefined ? 'pipe' : openSync(output, 'w');
  const start = performance.now();
  const run = spawnSync(program, words, {
    stdio: ['ignore', file, 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const seconds = (performance.now() - start) / 1000;
  if (typeof file === 'number') closeSync(file);
  if (run.status !== 0) throw new Error(`${command.join(' ')} ended with ${run.status}: ${run.stderr}`);
  const last = run.stderr.trim().split('\n').at(-1) ?? '';
  const [user = 0, system = 0, memory = 0] = known ? last.split(' ').map(Number) : [];
  return { seconds, processorSeconds: known ? user + system : undefined, memory, stdout: run.stdout };
}

/** So many runs of each contender, in turn, so that a slow spell of the machine meets all of them. */
export function inTurn<Name extends string>(
  rounds: number,
  contenders: Readonly<Record<Name, () => Run>>,
): Record<Name, Run[]> {
  const names = Object.keys(contenders) as Name[];
  const runs = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Run[]>;
  for (let round = 0; round < rounds; round++) for (const name of names) runs[name].push(contenders[name]());
  return runs;
}

/** The middle one; of an even number the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** `0.62 s | 0.61 to 0.65`: two cells of a table. */
export function spread(seconds: readonly number[], digits = 2): string {
  const [least, most] = [Math.min(...seconds), Math.max(...seconds)];
  return `${median(seconds).toFixed(digits)} s | ${least.toFixed(digits)} to ${most.toFixed(digits)}`;
}

/** Peak memory of runs, a cell of a table. */
export function peak(runs: readonly Run[]): string {
  const memory = Math.max(...runs.map((run) => run.memory));
  return memory ? `${(memory / 1024).toFixed(0)} MiB` : '-';
}

/** A folder for the time of this process. */
export function workFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'page-owner-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.on('SIGINT', () => process.exit(130));
  return folder;
}

/** What `openInput` of `@page-owner/dump-format/node` opens. */
export interface Input {
  read(into: Uint8Array): Promise<number>;
  close(): void;
}

/** Writes so many copies of an input end to end, and returns how many bytes that is. */
export async function writeCopies(open: () => Promise<Input>, path: string, copies: number): Promise<number> {
  const fd = openSync(path, 'w');
  const chunk = new Uint8Array(1 << 20);
  let bytes = 0;
  for (let copy = 0; copy < copies; copy++) {
    const input = await open();
    for (let read; (read = await input.read(chunk)) > 0; bytes += read) writeSync(fd, chunk, 0, read);
    input.close();
  }
  closeSync(fd);
  return bytes;
}
