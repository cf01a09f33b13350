import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openInput } from '@page-owner/dump-format/node';
import type { DumpInput } from '@page-owner/dump-format/node';
import { TemporaryStore, startProgress } from '@page-owner/page-owner-sort/node';
import { latestTime } from '@page-owner/profile';
import type { Selection } from '@page-owner/profile';
import { asksForAges, selectionOf, spanOf } from '../command-line/options.js';
import type { FilterOptions } from '../command-line/options.js';
import type { Run } from '../run.js';

/**
 * Opens a dump, and works out which records count. With `--older-than` or `--newer-than` it is read once for the time of its
 * latest allocation, and is then open from its beginning again.
 */
export async function openSelected(
  run: Pick<Run, 'signal'>,
  path: string,
  options: FilterOptions,
): Promise<{ input: DumpInput; select: Selection }> {
  const select = selectionOf(options);
  const input = await openWatched(run, path);
  if (!asksForAges(options)) return { input, select };
  try {
    const { again, time } = await readTime(run, input);
    return { input: again, select: { ...select, ...spanOf(options, time) } };
  } finally {
    input.close();
  }
}

/** Bytes after which signals and the progress bar have a turn. */
const TURN_BYTES = 32 << 20;

/** What is read piece by piece. */
export interface Source {
  read(into: Uint8Array): Promise<number>;
}

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

/** Opens an input, until the run is interrupted: how it is packed is known only when a pipe's first bytes have come. */
export async function openWatched({ signal }: Pick<Run, 'signal'>, path: string): Promise<DumpInput> {
  const { interrupted, forget } = interruption(signal);
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

/** The time of the latest allocation, and the input once more from its beginning: a pipe is kept in a temporary file. */
async function readTime(
  run: Pick<Run, 'signal'>,
  input: DumpInput,
): Promise<{ time: bigint | undefined; again: DumpInput }> {
  const { path } = input;
  if (path !== '-' && statSync(path).isFile()) {
    return { time: await watch(run, input, latestTime), again: await openWatched(run, path) };
  }
  const copy = new TemporaryStore(tmpdir()).create();
  const time = await watch(run, input, (source) =>
    latestTime({
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
