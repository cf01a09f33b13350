import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { createDumpReader } from '../dump-reader.js';
import type { Plan } from '../plan.js';
import type { ReadResult } from '../dump-reader.js';
import { settle } from './settle.js';
import { TemporaryStore } from './temporary-store.js';
import type { StoredRun, StoredRunSource } from './temporary-store.js';

/** What a worker is to read: the bytes [from, to) of a file, which begin with a record. */
export interface WorkerTask {
  readonly plan: Plan;
  readonly fd: number;
  readonly from: number;
  readonly to: number;
  readonly keepGarbage: number | undefined;
  readonly temporaryDirectory: string;
  /** Two words a worker: MiB read so far, and whether to stop. */
  readonly shared: SharedArrayBuffer;
  readonly index: number;
}

export type WorkerResult = Omit<ReadResult, 'runs'> & { readonly runs: readonly StoredRun[] };

/** Reads a range of a file, in a thread of its own or in the caller's. */
async function readRange(task: WorkerTask): Promise<WorkerResult> {
  const { plan, fd, from, to, keepGarbage, temporaryDirectory, index } = task;
  const shared = new Int32Array(task.shared);
  const reader = await createDumpReader({
    plan,
    store: new TemporaryStore(temporaryDirectory),
    offset: from,
    ...(keepGarbage !== undefined && { keepGarbage }),
  });
  for (let at = from; at < to && !Atomics.load(shared, 2 * index + 1);) {
    const space = reader.space();
    const count = readSync(fd, space, 0, Math.min(space.length, to - at), at);
    if (!count) throw new Error('the input became shorter while it was read');
    at += count;
    reader.filled(count);
    Atomics.store(shared, 2 * index, (at - from) / (1 << 20));
  }
  const { runs, report, selected } = reader.finish();
  return { runs: runs.map((run) => (run as StoredRunSource).stored), report, selected };
}

if (parentPort) {
  const port = parentPort;
  readRange(workerData as WorkerTask)
    .then(
      (result) => port.postMessage({ result }),
      (error: Error) => port.postMessage({ failure: error.message }),
    )
    .then(settle, () => {});
}
