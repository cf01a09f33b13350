import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { HEADER_START } from '@page-owner/dump-format';
import { openInput } from '@page-owner/dump-format/node';
import type { DumpInput } from '@page-owner/dump-format/node';
import { TemporaryStore, startProgress } from '@page-owner/page-owner-sort/node';
import { latestTime } from '@page-owner/profile';
import type { Selection } from '@page-owner/profile';
import { asksForAges, selectionOf, spanOf } from '../command-line/options.js';
import type { FilterOptions } from '../command-line/options.js';
import { peek } from './file-kind.js';
import type { Source } from './source.js';
import type { Run } from '../run.js';
import { UsageError } from '../usage-error.js';

/** What reading needs of a run. */
export type Reading = Pick<Run, 'signal' | 'stdinRead'>;

/**
 * Opens a dump, and works out which records count. With `--older-than` or `--newer-than` it is read once for the time of its latest
 * allocation, and is then open from its beginning again.
 */
export async function openSelected(
  run: Reading,
  path: string,
  options: FilterOptions,
): Promise<{ input: DumpInput; select: Selection }> {
  const select = selectionOf(options);
  const input = await openWatched(run, path);
  if (!asksForAges(options)) return { input, select };
  try {
    const { again, time } = await readTime(run, input, (front) => {
      // Of what is no dump, more is said where it is read.
      if (front.includes(HEADER_START)) checkTimes(path, options, undefined);
    });
    return { input: again, select: { ...select, ...spanOf(options, time) } };
  } finally {
    input.close();
  }
}

/** @throws Error when records are to be chosen by times that there are none of */
export function checkTimes(path: string, options: FilterOptions, timeNs: bigint | undefined): void {
  if (timeNs !== undefined || !asksForAges(options)) return;
  const option = options.olderThan === undefined ? '--newer-than' : '--older-than';
  throw new Error(`${option}: ${path} tells no times`);
}

/** Bytes after which signals and the progress bar have a turn. */
const TURN_BYTES = 32 << 20;

/** Lets `work` read `input`, shows its progress, and ends it when the run is interrupted, waiting for a pipe or not. */
export async function watch<T>(
  { signal }: Pick<Run, 'signal'>,
  input: DumpInput,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  const progress = await startProgress(input.path, input.size);
  const { interrupted, forget } = interruption(signal);
  let since = 0;
  try {
    return await work({
      async read(into: Uint8Array) {
        const count = await Promise.race([input.read(into), interrupted]);
        since += count;
        if (since >= TURN_BYTES) {
          since = 0;
          progress.update(input.bytesRead);
          await nextTurn();
          signal.throwIfAborted();
        }
        return count;
      },
    });
  } finally {
    forget();
    progress.stop();
  }
}

/**
 * Opens an input, until the run is interrupted: how it is packed is known only when a pipe's first bytes have come.
 *
 * @throws UsageError when standard input is named a second time
 */
export async function openWatched(run: Reading, path: string): Promise<DumpInput> {
  if (path === '-') {
    if (run.stdinRead) throw new UsageError('- is standard input, which can be read once');
    run.stdinRead = true;
  }
  const { interrupted, forget } = interruption(run.signal);
  try {
    return await Promise.race([openInput(path), interrupted]);
  } finally {
    forget();
  }
}

/** A promise that is rejected when `signal` is aborted. */
function interruption(signal: AbortSignal): { interrupted: Promise<never>; forget: () => void } {
  let interrupt = () => {};
  const interrupted = new Promise<never>((_, reject) => {
    interrupt = () => reject(signal.reason as Error);
    signal.addEventListener('abort', interrupt);
  });
  interrupted.catch(() => {});
  return { interrupted, forget: () => signal.removeEventListener('abort', interrupt) };
}

/**
 * The time of the latest allocation, and the input once more from its beginning: a pipe is kept in a temporary file.
 * `timeless` is told how a file without times begins.
 */
async function readTime(
  run: Reading,
  input: DumpInput,
  timeless: (front: string) => void,
): Promise<{ time: bigint | undefined; again: DumpInput }> {
  const { path } = input;
  const latest = async (unpeeked: Source) => {
    const { front, source } = await peek(unpeeked);
    const time = await latestTime(source);
    if (time === undefined) timeless(front);
    return time;
  };
  if (path !== '-' && statSync(path).isFile()) {
    return { time: await watch(run, input, latest), again: await openWatched(run, path) };
  }
  const copy = new TemporaryStore(tmpdir()).create();
  const time = await watch(run, input, (source) =>
    latest({
      async read(into: Uint8Array) {
        const count = await source.read(into);
        copy.write(into.subarray(0, count));
        return count;
      },
    }),
  );
  const stored = copy.done();
  let at = 0;
  const again: DumpInput = {
    path,
    packing: 'none',
    size: stored.length,
    fd: undefined,
    get bytesRead() {
      return at;
    },
    async read(into: Uint8Array) {
      const count = stored.read(into, at);
      at += count;
      return count;
    },
    close: () => stored.close(),
  };
  return { time, again };
}
