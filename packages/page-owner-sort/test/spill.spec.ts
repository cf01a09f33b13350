import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MemoryLimits } from '../src/collector.js';
import { createCompatReader } from '../src/compat/reader.js';
import { TemporaryStore } from '../src/node/temporary-store.js';
import { COMPATS, makePlan } from '../src/plan.js';
import type { SortOptions } from '../src/plan.js';
import { MemoryStore } from '../src/run.js';
import type { RunStore } from '../src/run.js';
import { sortDump, sortedDump } from '../src/sort-dump.js';
import { pushInto } from './push-into.js';
import { dumpOf, someOptions, someRecords, textOf } from './dumps.js';
import { inPieces, readDump } from './fixtures.js';

const directory = mkdtempSync(join(tmpdir(), 'spill-'));
afterAll(() => rmSync(directory, { recursive: true }));

const TINY = { groups: 1, textBytes: Infinity };
const SMALL = { groups: 8, textBytes: Infinity };
const NO_TEXT = { groups: Infinity, textBytes: 1 };
const dump = readDump('linux-6.12-t0');

/** A store that counts its runs, and those of them that are still open. */
class CountingStore implements RunStore {
  created = 0;
  open = 0;
  readonly #store: RunStore;

  constructor(store: RunStore = new MemoryStore()) {
    this.#store = store;
  }

  create() {
    this.created++;
    this.open++;
    const sink = this.#store.create();
    return {
      write: (bytes: Uint8Array) => sink.write(bytes),
      done: () => {
        const run = sink.done();
        return {
          length: run.length,
          read: (into: Uint8Array, at: number) => run.read(into, at),
          close: () => {
            this.open--;
            run.close();
          },
        };
      },
    };
  }
}

test.each(COMPATS)('--compat %s keeps no group for a time that is no part of the text', async (compat) => {
  const store = new CountingStore();
  // 6.1 keeps the times in the text, so all of its records are groups; the others have a few hundred.
  const sorted = await sortDump(await dump, { compat, store, limits: { groups: 1000, textBytes: Infinity } });
  expect(store.created > 1).toBe(compat === '6.1');
  sorted.close();
  expect(store.open).toBe(0);
});

test('few runs are open however many there were', async () => {
  const store = new CountingStore();
  let most = 0;
  const watched: RunStore = {
    create() {
      most = Math.max(most, store.open);
      return store.create();
    },
  };
  const sorted = await sortDump(inPieces(await dump, 10_000), {
    sort: [{ key: 'alloc_ts', descending: false }],
    store: watched,
    limits: SMALL,
  });
  expect(store.created).toBeGreaterThan(500);
  expect(most).toBeLessThan(80);
  sorted.close();
});

test('groups are read once', async () => {
  const sorted = await sortDump(await dump, { top: 1 });
  expect([...sorted.groups()]).toHaveLength(1);
  expect(() => sorted.text()).toThrow('the groups of a sorted dump can be read once');
});

const ORDERS: readonly [name: string, options: SortOptions][] = [
  ['default', {}],
  ['-m', { sort: [{ key: 'pages', descending: true }] }],
  ['-a', { sort: [{ key: 'alloc_ts', descending: false }] }],
  ['-n', { sort: [{ key: 'name', descending: false }] }],
  [
    '--sort=-ator,txt',
    {
      sort: [
        { key: 'allocator', descending: true },
        { key: 'txt', descending: false },
      ],
    },
  ],
  ['--cull=st', { cull: ['stacktrace'] }],
  ['--cull=st,ator -a', { cull: ['stacktrace', 'allocator'], sort: [{ key: 'alloc_ts', descending: true }] }],
  ['--cull=name,pid --sort=name', { cull: ['name', 'pid'], sort: [{ key: 'name', descending: false }] }],
  ['--cull=module,free', { cull: ['module', 'free'] }],
  ['--cull=tgid --pid', { cull: ['tgid'], pids: [1, 70] }],
];

describe('groups that do not fit in memory', () => {
  test.each(ORDERS)('%s', async (_, options) => {
    const wanted = textOf(await sortDump(await dump, options));
    // Limits are looked at after each piece.
    for (const limits of [TINY, SMALL, NO_TEXT]) {
      const store = new CountingStore();
      const sorted = await sortDump(inPieces(await dump, 32 << 10), { ...options, store, limits });
      expect(textOf(sorted) === wanted).toBe(true);
      // More than are merged at once: 64.
      if (limits !== SMALL && !options.pids) expect(store.created).toBeGreaterThan(64);
      expect(store.open).toBe(0);
    }
  });

  test('any dump with any options', async () => {
    await fc.assert(
      fc.asyncProperty(
        someRecords,
        someOptions,
        fc.integer({ min: 50, max: 2000 }),
        async (records, options, size) => {
          const bytes = dumpOf(records);
          const store = new CountingStore();
          const spilled = await sortDump(inPieces(bytes, size), { ...options, store, limits: TINY });
          expect(textOf(spilled)).toBe(textOf(await sortDump(bytes, options)));
          expect(store.open).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('runs are closed when only the first groups are wanted', async () => {
    for (const [, options] of ORDERS) {
      const store = new CountingStore();
      const sorted = await sortDump(inPieces(await dump, 64 << 10), {
        ...options,
        top: 3,
        store,
        limits: TINY,
      });
      expect([...sorted.groups()]).toHaveLength(options.cull?.[0] === 'module' ? 1 : options.pids ? 2 : 3);
      expect(store.open).toBe(0);
    }
  });

  test.each(COMPATS)('the same as the C tool of %s', async (compat) => {
    const bytes = await readDump(compat === '6.1' ? 'linux-6.1-t0' : 'linux-6.12-t0');
    for (const options of [{}, { cull: ['name'] as const }]) {
      const run = async (limits?: MemoryLimits) => {
        const plan = makePlan({ ...options, compat });
        const store = new CountingStore();
        const reader = await createCompatReader({ plan, store, ...(limits && { limits }) });
        for (const piece of inPieces(bytes, 64 << 10)) pushInto(reader, piece);
        const { runs, report, selected } = reader.finish();
        const text = textOf(sortedDump(plan, runs, store, report, selected));
        return { created: store.created, open: store.open, text, loaded: reader.outcome.loaded };
      };
      const [whole, spilled] = [await run(), await run(TINY)];
      expect(whole.created).toBeLessThan(4);
      expect(spilled.created).toBeGreaterThan(64);
      expect([spilled.loaded, spilled.open]).toEqual([whole.loaded, 0]);
      expect(spilled.text === whole.text).toBe(true);
    }
  });
});

describe('TemporaryStore', () => {
  const byTime: SortOptions = { sort: [{ key: 'alloc_ts', descending: false }] };

  test('leaves nothing in its directory, not even while its files are in use', async () => {
    const store = new TemporaryStore(directory);
    const sorted = await sortDump(await dump, { ...byTime, store });
    const chunks: Uint8Array[] = [];
    for (const chunk of sorted.text()) {
      chunks.push(chunk);
      if (chunks.length === 1) expect(readdirSync(directory)).toEqual([]);
    }
    // More than a run may have to stay in memory.
    expect(chunks.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(4e6);
    expect(
      Buffer.concat(chunks).equals(Buffer.concat([...(await sortDump(await dump, byTime)).text()])),
    ).toBe(true);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('many small runs', async () => {
    const store = new CountingStore(new TemporaryStore(directory));
    const sorted = await sortDump(inPieces(await dump, 32 << 10), { ...byTime, store, limits: TINY });
    expect(textOf(sorted) === textOf(await sortDump(await dump, byTime))).toBe(true);
    expect(store.created).toBeGreaterThan(64);
    expect(store.open).toBe(0);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('a directory that is not there', async () => {
    const store = new TemporaryStore(join(directory, 'missing'));
    await expect(sortDump(await dump, { ...byTime, store })).rejects.toThrow(
      /^cannot keep temporary files in .*missing: there is no such directory$/,
    );
  });
});
