import { describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import {
  frameMapOf,
  PAGES_PER_SECTION as S,
  PageExt,
  PageExtLookup,
  SHARED_TABLES,
  type PageExtImage,
  type TableSource,
} from '@page-owner/page-ext';
import { client, OWNER, plainMemory } from './clients.js';

const SECTIONS = 4;
const COUNTER = client('counter', 4);

test('four threads write entries while sections go offline: no write is lost, none comes after the end', async () => {
  const released: { table: ArrayBufferLike; sum: number }[] = [];
  const sumOf = (table: ArrayBufferLike): number =>
    new Uint32Array(table).reduce((sum, word) => sum + word, 0);
  const tables: TableSource = {
    ...SHARED_TABLES,
    release: (table) => void released.push({ table, sum: sumOf(table) }),
  };
  const frames = frameMapOf([{ node: 0, startPfn: 0, endPfn: SECTIONS * S }]);
  const ext = new PageExt({ clients: [COUNTER], frames, tables });
  ext.boot();
  const image = ext.lookup!.image();

  const workers = Array.from(
    { length: 4 },
    (_, i) =>
      new Worker(new URL('./read-worker.mjs', import.meta.url), {
        workerData: { image, seed: 0x1234567 * (i + 1), sections: SECTIONS },
        execArgv: [],
      }),
  );
  const said = (worker: Worker): Promise<unknown> =>
    new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  await Promise.all(workers.map(said));
  const reports = Promise.all(workers.map(said)) as Promise<number[][]>;
  for (let section = 0; section < SECTIONS; section++) {
    await sleep(50);
    for (let waiting = ext.offline(section * S, S); waiting > 0; waiting = ext.reclaim()) await sleep(1);
    expect(released).toHaveLength(section + 1);
    expect(ext.get(section * S)).toBeNull();
  }

  const added = await reports;
  released.forEach(({ table, sum }, section) => {
    expect(sumOf(table)).toBe(sum);
    expect(added.reduce((total, bySection) => total + bySection[section]!, 0)).toBe(sum);
    expect(sum).toBeGreaterThan(0);
  });
  expect(ext.memoryUsage().tableBytes).toBe(0);
});

describe('an image', () => {
  const boot = (): PageExtImage => {
    const ext = new PageExt({ clients: [OWNER], frames: plainMemory(256) });
    ext.boot();
    const table = ext.get(40000)!;
    table.u32[table.entryAt(40000) / 4 + 2] = 0xabcdef;
    ext.put(table);
    return ext.lookup!.image();
  };

  test('survives being copied and attached', () => {
    const lookup = PageExtLookup.attach(structuredClone(boot()));
    const table = lookup.get(40000)!;
    expect([lookup.entryBytes, lookup.offsetOf('page_owner'), table.startPfn, table.endPfn]).toEqual([
      72,
      8,
      S,
      2 * S,
    ]);
    expect(table.u32[table.entryAt(40000) / 4 + 2]).toBe(0xabcdef);
    expect(lookup.put(table)).toBe(false);
    expect(lookup.get(2 * S)).toBeNull();
    expect(() => lookup.offsetOf('page_idle')).toThrow(
      new RangeError('page_ext has no room for client "page_idle"'),
    );
  });

  test('of FLATMEM needs to know the nodes', () => {
    const frames = frameMapOf([
      { node: 0, startPfn: 0, endPfn: 2048 },
      { node: 1, startPfn: 2048, endPfn: 4096 },
    ]);
    const ext = new PageExt({ clients: [OWNER], frames, model: 'flatmem' });
    ext.boot();
    const image = structuredClone(ext.lookup!.image());
    expect(PageExtLookup.attach(image, frames.nodeOf).get(3000)?.node).toBe(1);
    expect(PageExtLookup.attach(image).get(1000)?.node).toBe(0);
  });

  test('of another version, or no image, is refused', () => {
    const image = boot();
    const words = new Uint32Array(image.directory);
    words[1] = 9;
    expect(() => PageExtLookup.attach(image)).toThrow(
      new RangeError('page_ext directory has format version 9, this code reads version 1'),
    );
    words[0] = 0x1234;
    expect(() => PageExtLookup.attach(image)).toThrow(
      new TypeError('not a page_ext directory: 48 bytes that begin with 0x1234'),
    );
  });
});

test('frame maps keep their ranges in order', () => {
  const range = (startPfn: number, endPfn: number) => ({ node: 0, startPfn, endPfn });
  expect(() => frameMapOf([range(0, 10), range(5, 20)])).toThrow(
    new RangeError('frames 5 to 20 do not lie in order between 10 and 20'),
  );
  expect(() => frameMapOf([range(5, 5)])).toThrow(RangeError);
  expect(() => frameMapOf([range(0, 10)], 9)).toThrow(RangeError);
  const { isValid, nodeOf, nodes } = frameMapOf([range(1, 3), range(6, 9)]);
  expect([0, 1, 2, 3, 6, 8, 9].map(isValid)).toEqual([false, true, true, false, true, true, false]);
  expect([0, 4, 8, 9].map(nodeOf)).toEqual([-1, 0, 0, -1]);
  expect(nodes).toEqual([{ node: 0, startPfn: 1, endPfn: 9 }]);
});
