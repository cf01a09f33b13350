import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  frameMapOf,
  HEAP_TABLES,
  PAGES_PER_SECTION as S,
  PageExt,
  SHARED_TABLES,
  type PageExtTable,
  type TableSource,
} from '@page-owner/page-ext';
import { client, OWNER, OWNER_OFF } from './clients.js';

const SECTIONS = 8;

/** Two sections at boot, room for eight, memory for `limit` tables at a time. */
function boot(limit = Infinity, clients = [OWNER]) {
  const state = { live: 0, log: [] as string[] };
  const tables: TableSource = {
    shared: false,
    allocate: (bytes, node) =>
      state.live < limit && ++state.live ? HEAP_TABLES.allocate(bytes, node) : null,
    release: () => void state.live--,
  };
  const frames = frameMapOf([{ node: 0, startPfn: 0, endPfn: 2 * S }], SECTIONS * S);
  const ext = new PageExt({ clients, frames, tables, log: (line) => state.log.push(line) });
  ext.boot();
  state.log.length = 0;
  return { ext, state };
}

const has = (ext: PageExt, pfn: number): boolean => {
  const table = ext.get(pfn);
  if (table !== null) ext.put(table);
  return table !== null;
};
const present = (ext: PageExt): number[] =>
  [...Array(SECTIONS).keys()].filter((section) => has(ext, section * S));

describe('going online', () => {
  test('covers every section the frames touch', () => {
    const { ext } = boot();
    expect(ext.goingOnline(3 * S - 1, S + 2, 0)).toBe(true);
    expect(present(ext)).toEqual([0, 1, 2, 3, 4]);
  });

  test('leaves tables alone that are there', () => {
    const { ext, state } = boot();
    const table = ext.get(S)!;
    table.u32[5] = 42;
    ext.put(table);
    expect(ext.goingOnline(S, 2 * S, 0)).toBe(true);
    expect(ext.get(S)).toBe(table);
    expect([table.u32[5], state.live]).toEqual([42, 3]);
  });

  test('without memory: refused, and undone', () => {
    const { ext, state } = boot(3);
    expect(ext.goingOnline(S, 4 * S, 0)).toBe(false);
    expect([present(ext), state.live, state.log]).toEqual([[0, 1], 2, ['page ext allocation failure']]);
  });

  test('a table source that throws: what it throws comes through, and all is undone', () => {
    const frames = frameMapOf([{ node: 0, startPfn: 0, endPfn: 2 * S }], SECTIONS * S);
    let left = 3;
    const released: unknown[] = [];
    const tables: TableSource = {
      shared: false,
      allocate: (bytes, node) => {
        if (left-- === 0) throw new Error('out of order');
        return HEAP_TABLES.allocate(bytes, node);
      },
      release: (table) => released.push(table),
    };
    const ext = new PageExt({ clients: [OWNER], frames, tables });
    ext.boot();
    expect(() => ext.goingOnline(S, 4 * S, 0)).toThrow('out of order');
    expect([present(ext), released.length, ext.memoryUsage().tables]).toEqual([[0, 1], 1, 2]);
  });

  test.each([HEAP_TABLES, SHARED_TABLES])('what the runtime has no memory for is null', (tables) => {
    expect(tables.allocate(2 ** 53 - 1, 0)).toBe(null);
  });

  test('beyond the end of the frame map', () => {
    const { ext } = boot();
    expect(() => ext.goingOnline(7 * S, S + 1)).toThrow(
      new RangeError(`frames ${7 * S} to ${8 * S + 1} do not lie between 0 and ${8 * S}`),
    );
  });

  test('nobody needed: nothing happens', () => {
    const { ext, state } = boot(0, [OWNER_OFF]);
    expect(ext.goingOnline(2 * S, S, 0)).toBe(true);
    expect([ext.offline(0, S), ext.reclaim(), state.live]).toEqual([0, 0, 0]);
  });
});

describe('going offline', () => {
  test('frees at once what nobody reads', () => {
    const { ext, state } = boot();
    expect(ext.offline(0, S)).toBe(0);
    expect([present(ext), state.live]).toEqual([[1], 1]);
    expect(ext.memoryUsage()).toMatchObject({ tables: 1, tableBytes: 72 * S });
  });

  test('a reader that came before keeps the table; one that comes after finds none', () => {
    const { ext, state } = boot();
    const first = ext.get(10)!;
    const second = ext.get(20)!;
    expect(ext.offline(0, S)).toBe(1);
    expect([has(ext, 10), state.live]).toEqual([false, 2]);
    ext.put(first);
    expect(state.live).toBe(2);
    ext.put(second);
    expect([state.live, present(ext)]).toEqual([1, [1]]);
  });

  test('no way back while it is read', () => {
    const { ext, state } = boot();
    const table = ext.get(10)!;
    ext.offline(0, S);
    expect(ext.goingOnline(0, S, 0)).toBe(false);
    expect(state.log).toEqual(['page ext allocation failure']);
    ext.put(table);
    expect(ext.goingOnline(0, S, 0)).toBe(true);
    expect(ext.get(10)).not.toBe(table);
  });

  test('comes back zeroed', () => {
    const { ext } = boot();
    const table = ext.get(10)!;
    table.u8.fill(0xff);
    ext.put(table);
    ext.offline(0, S);
    ext.goingOnline(0, S, 0);
    expect(ext.get(10)!.u8.every((byte) => byte === 0)).toBe(true);
  });
});

test('put without get is refused, and changes nothing', () => {
  const { ext } = boot();
  const table = ext.get(0)!;
  ext.put(table);
  expect(() => ext.put(table)).toThrow(new Error('page_ext put without get: slot 0 has no reader'));
  expect(has(ext, 0)).toBe(true);
});

test('readers and hotplug in any order: no table is freed under a reader, none is kept without', () => {
  const action = fc.record({
    kind: fc.constantFrom('get', 'put', 'online', 'offline'),
    section: fc.nat(SECTIONS - 1),
    pick: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const { ext, state } = boot(Infinity, [client('tiny', 4)]);
      const online = new Set([0, 1]);
      const waiting = new Set<PageExtTable>();
      const readers: PageExtTable[] = [];
      for (const { kind, section, pick } of actions) {
        if (kind === 'get') {
          const table = ext.get(section * S + (pick % S));
          expect(table !== null).toBe(online.has(section));
          if (table !== null) readers.push(table);
        } else if (kind === 'put' && readers.length > 0) {
          const [table] = readers.splice(pick % readers.length, 1);
          ext.put(table!);
          if (!readers.includes(table!)) waiting.delete(table!);
        } else if (kind === 'online') {
          const blocked = [...waiting].some(({ slot }) => slot === section);
          expect(ext.goingOnline(section * S, S, 0)).toBe(!blocked);
          if (!blocked) online.add(section);
        } else if (kind === 'offline') {
          for (const table of readers) if (table.slot === section) waiting.add(table);
          expect(ext.offline(section * S, 1)).toBe(waiting.size);
          online.delete(section);
        }
        expect(state.live).toBe(online.size + waiting.size);
      }
    }),
    { numRuns: 60 },
  );
});
