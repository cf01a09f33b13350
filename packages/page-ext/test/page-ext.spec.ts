import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  clearFlag,
  frameMapOf,
  HEAP_TABLES,
  PAGE_EXT_OWNER,
  PAGE_EXT_OWNER_ALLOCATED,
  PAGES_PER_SECTION,
  PageExt,
  setFlag,
  testFlag,
  type FrameMap,
  type MemoryModel,
  type PageExtClient,
  type TableSource,
} from '@page-owner/page-ext';
import { client, OWNER, OWNER_OFF, plainMemory } from './clients.js';

const MODELS: readonly MemoryModel[] = ['sparsemem', 'flatmem'];

/** A heap that counts, and runs dry after `limit` tables. */
function countingTables(limit = Infinity): TableSource & { live: number; bytes: number; nodes: number[] } {
  return {
    shared: false,
    live: 0,
    bytes: 0,
    nodes: [],
    allocate(bytes, node) {
      if (this.live === limit) return null;
      this.live++;
      this.bytes += bytes;
      this.nodes.push(node);
      return HEAP_TABLES.allocate(bytes, node);
    },
    release(_, bytes) {
      this.live--;
      this.bytes -= bytes;
    },
  };
}

const has = (ext: PageExt, pfn: number): boolean => {
  const table = ext.get(pfn);
  if (table !== null) ext.put(table);
  return table !== null;
};

describe('boot', () => {
  test.each(MODELS)('%s, nobody needed: no table, no bytes, no directory, no entry', (model) => {
    const tables = countingTables();
    const log: string[] = [];
    const clients = [OWNER_OFF, client('other', 8, { need: () => false })];
    const ext = new PageExt({
      clients,
      frames: plainMemory(512),
      tables,
      model,
      log: (line) => log.push(line),
    });
    ext.boot();
    expect([tables.live, tables.nodes, log]).toEqual([0, [], []]);
    expect(ext.memoryUsage()).toEqual({ tables: 0, tableBytes: 0, directoryBytes: 0 });
    expect([ext.entryBytes, ext.lookup, ext.get(5)]).toEqual([0, null, null]);
    expect(() => ext.offsetOf(OWNER)).toThrow(new RangeError('page_ext has no room for client "page_owner"'));
  });

  test('nobody needed: init runs in FLATMEM, not in SPARSEMEM', () => {
    const ran = (model: MemoryModel): number => {
      let runs = 0;
      const clients = [client('off', 8, { need: () => false, init: () => void runs++ })];
      new PageExt({ clients, frames: plainMemory(128), model }).boot();
      return runs;
    };
    expect(MODELS.map(ran)).toEqual([0, 1]);
  });

  test.each(MODELS)('%s, one needed: every init runs, in order, when all tables exist', (model) => {
    const seen: unknown[] = [];
    const noting = (name: string, needed: boolean): PageExtClient =>
      client(name, 8, {
        need: () => needed,
        init: (ext) => seen.push([name, ext.memoryUsage().tableBytes, has(ext, 0), has(ext, 65535)]),
      });
    const clients = [noting('a', false), noting('b', true), noting('c', false)];
    new PageExt({ clients, frames: plainMemory(256), model }).boot();
    expect(seen).toEqual(['a', 'b', 'c'].map((name) => [name, 8 * 65536, true, true]));
  });

  test('the phases apart: tables first, clients later', () => {
    const seen: string[] = [];
    const ext = new PageExt({
      clients: [{ ...OWNER, init: () => seen.push('init') }],
      frames: plainMemory(128),
      model: 'flatmem',
    });
    expect(ext.allocate()).toBe(true);
    expect([has(ext, 0), seen]).toEqual([true, []]);
    ext.initClients();
    expect(seen).toEqual(['init']);
    expect(() => ext.allocate()).toThrow(new Error('page_ext is allocated once, at boot'));
  });

  test.each([
    ['sparsemem', 'page ext allocation failure', 'Out of memory: no page_ext table for section 2'],
    ['flatmem', 'allocation of page_ext failed.', 'Out of memory: no page_ext table for node 0'],
  ] as const)('%s without memory panics', (model, line, message) => {
    const log: string[] = [];
    const tables = countingTables(model === 'sparsemem' ? 2 : 0);
    const ext = new PageExt({
      clients: [OWNER],
      frames: plainMemory(512),
      tables,
      model,
      log: (text) => log.push(text),
    });
    expect(() => ext.boot()).toThrow(new Error(message));
    expect(log).toEqual([line]);
  });

  test('a source must give what was asked for', () => {
    const tables: TableSource = { ...HEAP_TABLES, allocate: () => new ArrayBuffer(100) };
    expect(() => new PageExt({ clients: [OWNER], frames: plainMemory(128), tables }).boot()).toThrow(
      new RangeError('page_ext table of 2359296 bytes in a buffer of 100'),
    );
  });

  test('frame numbers have a limit', () => {
    const frames: FrameMap = { ...plainMemory(128), endPfn: 2 ** 32 };
    expect(() => new PageExt({ clients: [OWNER], frames })).toThrow(
      new RangeError('frame numbers end between 0 and 4294934528, got 4294967296'),
    );
  });
});

describe('SPARSEMEM', () => {
  const S = PAGES_PER_SECTION;

  test('a section without frames has no table', () => {
    const frames = frameMapOf([
      { node: 0, startPfn: 0, endPfn: S },
      { node: 0, startPfn: 2 * S, endPfn: 3 * S },
    ]);
    const ext = new PageExt({ clients: [OWNER], frames });
    ext.boot();
    expect([0, S - 1, S, 2 * S - 1, 2 * S, 3 * S - 1, 3 * S].map((pfn) => has(ext, pfn))).toEqual([
      true,
      true,
      false,
      false,
      true,
      true,
      false,
    ]);
    expect([-1, 0.5 - 1, Number.NaN, 2 ** 32, 2 ** 53].map((pfn) => has(ext, pfn))).toEqual(
      Array(5).fill(false),
    );
  });

  test('a section is probed at one frame only', () => {
    const frames = frameMapOf([
      { node: 0, startPfn: 100, endPfn: 200 }, // probed at 100: found
      { node: 0, startPfn: S + 1, endPfn: S + 100 }, // probed at S: a hole, passed over
      { node: 0, startPfn: 2 * S, endPfn: 2 * S + 1 },
    ]);
    const ext = new PageExt({ clients: [OWNER], frames });
    ext.boot();
    expect([150, S + 50, 2 * S].map((pfn) => has(ext, pfn))).toEqual([true, false, true]);
  });

  test('each table comes from the node of its probed frame', () => {
    const frames = frameMapOf([
      { node: 0, startPfn: 0, endPfn: S + 50 },
      { node: 1, startPfn: S + 50, endPfn: 3 * S },
      { node: 0, startPfn: 3 * S, endPfn: 4 * S },
    ]);
    const tables = countingTables();
    new PageExt({ clients: [OWNER], frames, tables }).boot();
    // Node 0 takes its three sections first; node 1 finds section 1 taken.
    expect(tables.nodes).toEqual([0, 0, 0, 1]);
  });

  test('equals a walk over every frame', () => {
    const pieces = fc.array(
      fc.record({ gap: fc.nat(3 * S), length: fc.integer({ min: 1, max: 3 * S }), node: fc.nat(2) }),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(pieces, (list) => {
        let at = 0;
        const frames = frameMapOf(
          list.map(({ gap, length, node }) => {
            const range = { node, startPfn: at + gap, endPfn: at + gap + length };
            at = range.endPfn;
            return range;
          }),
        );
        const expected = new Set<number>();
        for (const { node, startPfn, endPfn } of frames.nodes) {
          for (let pfn = startPfn; pfn < endPfn; pfn++) {
            const probed = pfn === startPfn || pfn % S === 0;
            if (probed && frames.isValid(pfn) && frames.nodeOf(pfn) === node)
              expected.add(Math.floor(pfn / S));
          }
        }
        const ext = new PageExt({ clients: [client('tiny', 4)], frames });
        ext.boot();
        const found = Array.from({ length: Math.ceil(frames.endPfn / S) }, (_, section) => section).filter(
          (section) => has(ext, section * S),
        );
        expect(new Set(found)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
});

describe('FLATMEM', () => {
  test('a table per node, with 1024 entries more if an end is not aligned', () => {
    const frames = frameMapOf([
      { node: 0, startPfn: 1, endPfn: 5000 },
      { node: 1, startPfn: 6144, endPfn: 8192 },
    ]);
    const ext = new PageExt({ clients: [OWNER], frames, model: 'flatmem' });
    ext.boot();
    expect(ext.memoryUsage()).toMatchObject({ tables: 2, tableBytes: 72 * (4999 + 1024 + 2048) });
    const node0 = ext.get(700)!;
    expect([node0.startPfn, node0.endPfn, node0.entryAt(700)]).toEqual([0, 6023, 700 * 72]);
    const node1 = ext.get(7000)!;
    expect([node1.startPfn, node1.endPfn, node1.entryAt(7000)]).toEqual([6144, 8192, 856 * 72]);
    expect([has(ext, 5500), has(ext, 8192)]).toEqual([false, false]);
  });

  test('a frame where two tables overlap is found in its own node’s', () => {
    const frames = frameMapOf([
      { node: 0, startPfn: 0, endPfn: 1500 },
      { node: 1, startPfn: 1500, endPfn: 4096 },
    ]);
    const ext = new PageExt({ clients: [OWNER], frames, model: 'flatmem' });
    ext.boot();
    expect([1499, 1500].map((pfn) => ext.get(pfn)!.node)).toEqual([0, 1]);
  });

  test('has no hotplug', () => {
    const ext = new PageExt({ clients: [OWNER], frames: plainMemory(128), model: 'flatmem' });
    ext.boot();
    expect(() => ext.offline(0, 1)).toThrow(new Error('FLATMEM has no memory hotplug'));
  });
});

describe('entries', () => {
  test('of all frames and clients are apart', () => {
    const owner = client('page_owner', 12, { needSharedFlags: true });
    const check = client('page_table_check', 8);
    const ext = new PageExt({ clients: [owner, check], frames: plainMemory(256) });
    ext.boot();
    const pfns = [0, 1, 2, 32766, 32767, 32768, 32769, 65535];
    const each = (visit: (words: Uint32Array, first: number, value: number) => void): void =>
      pfns.forEach((pfn, i) => {
        const table = ext.get(pfn)!;
        const at = table.entryAt(pfn);
        for (const { name, size } of [owner, check]) {
          const first = (at + ext.offsetOf({ name })) / 4;
          for (let word = 0; word < size / 4; word++) visit(table.u32, first + word, 1000 * i + first + word);
        }
        setFlag(table, at, PAGE_EXT_OWNER);
        ext.put(table);
      });
    each((words, at, value) => (words[at] = value));
    each((words, at, value) => expect(words[at]).toBe(value));
  });

  test('flags', () => {
    const ext = new PageExt({ clients: [OWNER], frames: plainMemory(128) });
    ext.boot();
    const table = ext.get(77)!;
    const at = table.entryAt(77);
    const flags = (): boolean[] =>
      [PAGE_EXT_OWNER, PAGE_EXT_OWNER_ALLOCATED].map((bit) => testFlag(table, at, bit));
    expect(flags()).toEqual([false, false]);
    setFlag(table, at, PAGE_EXT_OWNER);
    setFlag(table, at, PAGE_EXT_OWNER_ALLOCATED);
    expect([flags(), table.u32[at / 4]]).toEqual([[true, true], 3]);
    clearFlag(table, at, PAGE_EXT_OWNER_ALLOCATED);
    expect(flags()).toEqual([true, false]);
    setFlag(table, at, 31);
    expect(testFlag(table, at, 31)).toBe(true);
  });
});
