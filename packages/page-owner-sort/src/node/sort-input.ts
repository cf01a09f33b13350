import { readSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { findRecordStart } from '@page-owner/dump-format/scan';
import type { ScanReport } from '@page-owner/dump-format';
import type { DumpInput } from '@page-owner/dump-format/node';
import type { CompatOutcome, CompatReader } from '../compat/reader.js';
import { createReader, sortedDump } from '../sort-dump.js';
import type { SortedDump } from '../sort-dump.js';
import { makePlan } from '../plan.js';
import type { Plan, SortOptions } from '../plan.js';
import { TemporaryStore, openStoredRun } from './temporary-store.js';
import type { WorkerResult, WorkerTask } from './worker.js';

/** As of a sort, and how a file is read. */
export interface SortInputOptions extends SortOptions {
  /** Threads that read a plain file; as many as the machine has processors when it is absent. Others take one. */
  readonly threads?: number | undefined;
  /** Where groups go that do not fit in memory; the system's directory for such files when it is absent. */
  readonly temporaryDirectory?: string | undefined;
  readonly keepGarbage?: number | undefined;
  /** Is told now and then how many bytes of the input have been read. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
  /** Ends the sort with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** For tests and tuning: the bytes below which a range is not worth a thread. */
  readonly leastRange?: number | undefined;
  /** compat only: receives what the C tool's -d prints. */
  readonly complain?: ((text: string) => void) | undefined;
}

/** What {@link sortInput} comes to. */
export interface SortedInput extends SortedDump {
  /** compat only: how the C tool would have ended. */
  readonly outcome: CompatOutcome | undefined;
}

/** A range below this is not worth a thread. */
const LEAST_RANGE = 256 << 20;
/** How far ahead a split is looked for before the ranges are joined. */
const SPLIT_SEARCH = 4 << 20;
const PROGRESS_MS = 100;
/** Bytes after which the one thread lets signals and the progress bar have a turn. */
const TURN_BYTES = 32 << 20;

/** Groups and sorts the records of an open dump; files with several threads, all else as it comes. */
export async function sortInput(input: DumpInput, options: SortInputOptions = {}): Promise<SortedInput> {
  const plan = makePlan(options);
  const store = new TemporaryStore(options.temporaryDirectory ?? tmpdir());
  const threads = options.threads ?? availableParallelism();
  if (!(threads >= 1)) throw new RangeError(`threads has to be 1 or more, not ${threads}`);
  const { fd, size } = input;
  const ranges =
    !plan.compat && fd !== undefined && size !== undefined
      ? split(fd, size, threads, options.leastRange)
      : [];
  if (ranges.length > 1 && fd !== undefined) {
    const results = await readInThreads(plan, fd, ranges, options);
    const runs = results.flatMap((result) => result.runs.map((run) => openStoredRun(run)));
    const selected = results.reduce((sum, result) => sum + result.selected, 0);
    const report = joinReports(
      results.map((result) => result.report),
      options.keepGarbage,
    );
    return { ...sortedDump(plan, runs, store, report, selected), outcome: undefined };
  }

  const reader = await createReader({
    plan,
    store,
    ...(options.keepGarbage !== undefined && { keepGarbage: options.keepGarbage }),
    ...(fd !== undefined && size !== undefined && { inputBytes: size }),
    ...(options.complain && { complain: options.complain }),
  });
  await readInTurns(input, reader, options);
  const { runs, report, selected } = reader.finish();
  const outcome = plan.compat ? (reader as CompatReader).outcome : undefined;
  return { ...sortedDump(plan, runs, store, report, selected), outcome };
}

/** Reads in this thread, and lets others have a turn now and then. */
async function readInTurns(
  input: DumpInput,
  reader: Awaited<ReturnType<typeof createReader>>,
  { onProgress, signal }: SortInputOptions,
): Promise<void> {
  // A pipe may have nothing to say for hours: an interrupt has to end the wait for it.
  let giveUp: (reason: unknown) => void = () => {};
  const onAbort = () => giveUp(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  const read = () =>
    new Promise<number>((resolve, reject) => {
      giveUp = reject;
      input.read(reader.space()).then(resolve, reject);
    });
  let untilTurn = TURN_BYTES;
  const turn = async (count: number) => {
    untilTurn -= count;
    if (untilTurn > 0) return;
    untilTurn = TURN_BYTES;
    await nextTurn();
    signal?.throwIfAborted();
    onProgress?.(input.bytesRead);
  };
  try {
    for (let count = 0; !reader.stopped && (count = await read()) > 0;) {
      reader.filled(count);
      await turn(count);
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
  // What interrupts this program may have ended the one that feeds it.
  await nextTurn();
  signal?.throwIfAborted();
}

type Range = readonly [from: number, to: number];

/** Cuts a file into at most `parts` ranges, each of which begins with a record. */
function split(fd: number, size: number, parts: number, leastRange = LEAST_RANGE): Range[] {
  const most = Math.min(parts, Math.floor(size / leastRange));
  const starts = [0];
  const bytes = new Uint8Array(SPLIT_SEARCH);
  for (let part = 1; part < most; part++) {
    const near = Math.floor((size / most) * part);
    const count = readSync(fd, bytes, 0, bytes.length, near);
    const start = findRecordStart(bytes.subarray(0, count), 1);
    if (start > 0 && near + start > starts.at(-1)!) starts.push(near + start);
  }
  return starts.map((start, i) => [start, starts[i + 1] ?? size]);
}

async function readInThreads(
  plan: Plan,
  fd: number,
  ranges: readonly Range[],
  options: SortInputOptions,
): Promise<WorkerResult[]> {
  const { onProgress, signal } = options;
  const shared = new SharedArrayBuffer(8 * ranges.length);
  const words = new Int32Array(shared);
  const stop = () => ranges.forEach((_, index) => Atomics.store(words, 2 * index + 1, 1));
  signal?.addEventListener('abort', stop);
  const timer = setInterval(() => {
    const read = ranges.reduce((sum, _, index) => sum + Atomics.load(words, 2 * index), 0);
    onProgress?.(read * (1 << 20));
  }, PROGRESS_MS);
  try {
    const tasks = ranges.map(([from, to], index): WorkerTask => ({
      plan,
      fd,
      from,
      to,
      keepGarbage: options.keepGarbage,
      temporaryDirectory: options.temporaryDirectory ?? tmpdir(),
      shared,
      index,
    }));
    const results = await Promise.all(tasks.map(runWorker));
    if (signal?.aborted) {
      for (const { runs } of results) for (const run of runs) openStoredRun(run).close();
    }
    signal?.throwIfAborted();
    return results;
  } catch (error) {
    stop();
    throw error;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', stop);
  }
}

function runWorker(task: WorkerTask): Promise<WorkerResult> {
  return new Promise((resolve, reject) => {
    // The compiled file, from sources as well: a thread cannot load TypeScript.
    const worker = new Worker(new URL('../../dist/node/worker.js', import.meta.url), {
      workerData: task,
      execArgv: [],
      // Its runs are read here after it has ended.
      trackUnmanagedFds: false,
    });
    worker.on('message', (message: { result: WorkerResult } | { failure: string }) => {
      if ('result' in message) resolve(message.result);
      else reject(new Error(message.failure));
    });
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`a reading thread ended early with code ${code}`)));
  });
}

/** One report of reports on ranges that follow each other. */
function joinReports(reports: readonly ScanReport[], keepGarbage = 5): ScanReport {
  const [first, ...rest] = reports;
  const whole = { ...first!, garbage: [...first!.garbage] };
  for (const report of rest) {
    for (const piece of report.garbage) whole.garbage.push({ ...piece, line: piece.line + whole.lines });
    whole.records += report.records;
    whole.bytes += report.bytes;
    whole.lines += report.lines;
    whole.garbagePieces += report.garbagePieces;
    whole.garbageBytes += report.garbageBytes;
    whole.truncatedRecords += report.truncatedRecords;
    whole.droppedLines += report.droppedLines;
  }
  whole.garbage.length = Math.min(whole.garbage.length, keepGarbage);
  return whole;
}
