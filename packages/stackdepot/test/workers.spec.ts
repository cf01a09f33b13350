import { expect, test } from '@jest/globals';
import { Worker } from 'node:worker_threads';
import { StackDepot } from '@page-owner/stackdepot';

interface Report {
  handles: Uint32Array;
  changed: number[];
  counted: number;
  wrong: number;
}

const run = (workerData: object): Promise<Report> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./save-worker.mjs', import.meta.url), { workerData, execArgv: [] });
    worker.once('message', resolve);
    worker.once('error', reject);
  });

test('four threads agree on one handle for each stack, and lose no count', async () => {
  const WORKERS = 4;
  const universe = 5000;
  const rounds = 150_000;
  const depot = StackDepot.create({ shared: true, maxPools: 512 });
  const reports = await Promise.all(
    Array.from({ length: WORKERS }, (_, i) =>
      run({ buffer: depot.buffer, seed: 0x1234567 * (i + 1), universe, rounds }),
    ),
  );

  for (const { changed, wrong } of reports) expect([changed, wrong]).toEqual([[], 0]);
  const byStack = Array.from(
    { length: universe },
    (_, id) => new Set(reports.map(({ handles }) => handles[id]).filter((handle) => handle !== 0)),
  );
  expect(byStack.every((handles) => handles.size <= 1)).toBe(true);

  const stored = new Set(byStack.flatMap((handles) => [...handles]));
  expect([...depot.handles()].filter((handle) => !stored.has(handle))).toEqual([]);
  const { persistentCount, refcountedAllocations, refcountedFrees, refcountedInUse } = depot.stats();
  expect(persistentCount).toBe(stored.size);
  expect(refcountedInUse).toBe(0);
  expect(refcountedAllocations).toBe(refcountedFrees);
  expect(reports.every(({ counted }) => counted === rounds)).toBe(true);

  let counts = 0;
  for (const handle of stored) counts += depot.countOf(handle!) - 1;
  expect(counts).toBe(WORKERS * rounds);
});
