/// <reference lib="dom" />
import { describe, expect, test } from '@jest/globals';
import {
  createAllocator,
  NO_PAGE,
  type AllocatorSettings,
  type PageAllocator,
} from '@page-owner/buddy-allocator';
import { parseDump } from '@page-owner/dump-format';
import { trackPages, type TrackedPages } from '@page-owner/tracked-pages';
import fc from 'fast-check';

const MOVABLE = 0x100cca; // GFP_HIGHUSER_MOVABLE
const PAGES = 4096;

/** An allocator whose pages are tracked. */
function tracked(
  options: AllocatorSettings = {},
  task?: () => string | undefined,
  count = PAGES,
): [PageAllocator, TrackedPages] {
  const pages = createAllocator({ pages: count, ...options });
  return [pages, trackPages(pages, { page_owner: 'on', ...(task && { task }) })];
}

/** Of a method its own name: runtimes differ in what they say of the object. */
const functionOf = (frame: string | undefined): string => frame!.split('+')[0]!.split('.').at(-1)!;

describe.each([undefined, '', 'off', '0', 'perhaps'])('page_owner=%s', (page_owner) => {
  test('leaves the allocator as it is', () => {
    const pages = createAllocator({ pages: PAGES });
    const state = new Uint8Array(pages.buffer).slice();
    const owners = trackPages(pages, page_owner === undefined ? {} : { page_owner });
    expect(pages.hooks).toBeNull();
    expect(new Uint8Array(pages.buffer)).toEqual(state);
    const pfn = pages.allocPages(0);
    expect(owners.enabled).toBe(false);
    expect(owners.memoryUsage()).toEqual({ records: 0, stacks: 0 });
    expect([owners.dump(), owners.dumpPage(pfn), owners.byStack(), owners.ownerOf(pfn)]).toEqual([
      '',
      '',
      [],
      undefined,
    ]);
  });
});

describe('page_owner=on', () => {
  test('a block in use has its owner, each page of it', () => {
    let scene = 'menu';
    const [pages, owners] = tracked({}, () => scene);
    const takeTexture = (): number => pages.allocPages(MOVABLE, 3);
    scene = 'a scene with a long name';
    const pfn = takeTexture();
    scene = 'other';
    const owner = owners.ownerOf(pfn)!;
    expect(owner).toMatchObject({
      ...{ pfn, order: 3, gfpMask: MOVABLE, gfpNames: 'GFP_HIGHUSER_MOVABLE', comm: 'a scene with a ' },
      ...{ pid: 1, tgid: 1, migratetype: 'Movable', pageblockMigratetype: 'Movable', flags: 0n },
    });
    expect(owner.stack[0]).toMatch(/^takeTexture\+0x\d+\/0x\d+ \[test\/tracked-pages\.spec\.ts\]$/);
    expect(Number(owner.tsNs)).toBeLessThan(performance.now() * 1e6);
    for (let page = pfn; page < pfn + 8; page++) expect(owners.ownerOf(page)!.stack).toEqual(owner.stack);
    expect(owners.ownerOf(pfn + 8)).toBeUndefined();

    const dropTexture = (): void => pages.freePages(pfn, 3);
    dropTexture();
    expect(owners.ownerOf(pfn)).toBeUndefined();
    expect(owners.dump()).toBe('');
    const log = owners.dumpPage(pfn);
    expect(log).toContain('page_owner tracks the page as freed\npage last allocated via order 3');
    expect(log).toMatch(/\n takeTexture\+.*page last free pid 2 tgid 2 stack trace:\n dropTexture\+/s);
  });

  test('the dump is one of Linux: it parses to the records, whatever tasks are called', () => {
    const names = ['plain', 'with, commas', '(brackets)', '\u001b[31mred', 'two\nlines', 'ts 5 ns', ''];
    let name = '';
    const [pages, owners] = tracked({}, () => name);
    for (name of names) pages.allocPages(MOVABLE, names.indexOf(name) % 3);
    const { records, garbage, truncatedRecords } = parseDump(owners.dump());
    expect(records).toEqual([...owners.records()]);
    expect([records.length, garbage.length, truncatedRecords]).toEqual([names.length, 0, 0]);
    expect(records.map(({ comm }) => comm).sort()).toEqual([...names].sort());
  });

  test('large dumps come in pieces', () => {
    const [pages, owners] = tracked();
    while (pages.allocPages(0) !== NO_PAGE);
    const chunks = [...owners.chunks()];
    expect(chunks.length).toBeGreaterThan(2);
    expect(parseDump(chunks.join('')).records).toHaveLength(PAGES);
    for (const chunk of chunks) expect(chunk.endsWith('\n\n')).toBe(true);
  });

  test('pages taken before it woke are marked, and freed ones that wait on a list are not', () => {
    const pages = createAllocator({ pages: PAGES });
    const early = pages.allocPages(0, 1);
    pages.freePages(pages.allocPages(0));
    const owners = trackPages(pages, { page_owner: 'on' });
    const records = [...owners.records()];
    expect(records.map(({ pfn, order }) => [pfn, order])).toEqual([
      [early, 0],
      [early + 1, 0],
    ]);
    for (const { stack } of records) expect(stack).toEqual(['register_early_stack+0x0/0x0 [page_owner]']);
    pages.freePages(early, 1);
    expect(owners.dump()).toBe('');
  });

  test('as many frames as one wants', () => {
    for (const depth of [1, 3, 16]) {
      const pages = createAllocator({ pages: PAGES });
      const owners = trackPages(pages, { page_owner: 'on', depth });
      const nested = (level: number): number => (level > 0 ? nested(level - 1) : pages.allocPages(0));
      const { stack } = owners.ownerOf(nested(20))!;
      expect(stack).toHaveLength(depth);
      expect(stack.map(functionOf)).toEqual(stack.map(() => 'nested'));
    }
    const pages = createAllocator({ pages: PAGES });
    for (const depth of [0, 17, 1.5, NaN])
      expect(() => trackPages(pages, { page_owner: 'on', depth })).toThrow(
        new RangeError(`a stack has 1 to 16 frames, got ${depth}`),
      );
  });

  test('hooks that are there are not replaced', () => {
    const [pages] = tracked();
    expect(() => trackPages(pages, { page_owner: 'on' })).toThrow('the allocator has hooks already');
    expect(trackPages(pages).enabled).toBe(false);
    expect(pages.hooks).not.toBeNull();
  });

  test('it takes 72 bytes a page, and stacks by their number', () => {
    const [pages, owners] = tracked();
    const before = owners.memoryUsage();
    expect(before.records).toBe(72 * PAGES);
    for (let i = 0; i < 1000; i++) pages.freePages(pages.allocPages(0));
    expect(owners.memoryUsage()).toEqual(before);
  });

  test('pages that compaction moves keep their owner', () => {
    const [pages, owners] = tracked({ cpus: 0, grouping: true });
    const blocks = Array.from({ length: 2000 }, () => pages.allocPages(MOVABLE));
    const stack = owners.ownerOf(blocks[0]!)!.stack;
    blocks.forEach((pfn, i) => i % 2 && pages.freePages(pfn));
    pages.mover = { move: () => true };
    expect(pages.compact()).toBeGreaterThan(0);
    const records = [...owners.records()];
    expect(records).toHaveLength(1000);
    for (const record of records) expect(record.stack).toEqual(stack);
    expect(records.filter(({ migrateReason }) => migrateReason === 'compaction').length).toBeGreaterThan(0);
  });
});

describe.each([false, true])('a stack begins at the caller (shared: %s)', (shared) => {
  const [pages, owners] = tracked({ shared });
  const into = new Int32Array(4);
  const ways: Record<string, () => number> = {
    allocPages: () => pages.allocPages(0, 2),
    allocPagesBulk: () => (pages.allocPagesBulk(0, into), into[0]!),
    allocPagesExact: () => pages.allocPagesExact(3 * 4096, 0),
    allocAt: () => (pages.allocAt(2048, 0, MOVABLE), 2048),
    allocRange: () => (pages.allocRange(3072, 3100, MOVABLE), 3072),
  };
  test.each(Object.keys(ways))('%s', (way) => {
    const callerOf = { [way]: () => ways[way]!() };
    expect(functionOf(owners.ownerOf(callerOf[way]!())!.stack[0])).toContain(way);
  });

  const frees: Record<string, (pfn: number) => void> = {
    freePages: (pfn) => pages.freePages(pfn, 2),
    freeBatch: (pfn) => pages.freeBatch([pfn]),
  };
  test.each(Object.keys(frees))('%s', (way) => {
    const pfn = pages.allocPages(0, 2);
    frees[way]!(pfn);
    expect(owners.dumpPage(pfn)).toMatch(new RegExp(`stack trace:\n \\S*${way}\\+`));
  });

  test('pieces of a block that was split', () => {
    const pfn = pages.allocPages(0, 2);
    const { stack } = owners.ownerOf(pfn)!;
    pages.splitPage(pfn, 2);
    for (let page = pfn; page < pfn + 4; page++)
      expect(owners.ownerOf(page)).toMatchObject({ pfn: page, order: 0, stack });
  });
});

test('against a plain book of who took what', () => {
  const takers = ['red', 'green', 'blue'] as const;
  const step = fc.tuple(fc.constantFrom(...takers), fc.nat(3), fc.nat(1000));
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 200 }), (steps) => {
      const [pages, owners] = tracked({}, undefined, 512);
      const take: Record<string, (order: number) => number> = {
        red: (order) => pages.allocPages(0, order),
        green: (order) => pages.allocPages(MOVABLE, order),
        blue: (order) => pages.allocPages(0xcc0, order),
      };
      const book = new Map<number, [taker: string, order: number]>();
      for (const [taker, order, pick] of steps) {
        if (pick % 3 === 0 && book.size > 0) {
          const [pfn, [, held]] = [...book][pick % book.size]!;
          pages.freePages(pfn, held);
          book.delete(pfn);
          continue;
        }
        const pfn = take[taker]!(order);
        if (pfn !== NO_PAGE) book.set(pfn, [taker, order]);
      }
      const said = [...owners.records()].map(({ pfn, order, stack }) => [pfn, [functionOf(stack[0]), order]]);
      expect(said).toEqual(
        [...book].sort(([a], [b]) => a - b).map(([pfn, [taker, order]]) => [pfn, [taker, order]]),
      );
      const held = new Map<string, number>();
      for (const [taker, order] of book.values()) held.set(taker, (held.get(taker) ?? 0) + 2 ** order);
      const counted = owners.byStack();
      expect(new Map(counted.map(({ pages: count, stack }) => [functionOf(stack[0]), count]))).toEqual(held);
      expect(counted.map(({ pages: count }) => count)).toEqual(
        counted.map(({ pages: count }) => count).sort((a, b) => b - a),
      );
    }),
    { numRuns: 60 },
  );
});

describe('what belongs to the program', () => {
  test('its limit of stack frames stays as it was', () => {
    const [pages, owners] = tracked();
    const limit = Error.stackTraceLimit;
    try {
      for (const own of [0, 3, 100]) {
        Error.stackTraceLimit = own;
        const pfn = pages.allocPages(0);
        expect(Error.stackTraceLimit).toBe(own);
        expect(owners.ownerOf(pfn)!.stack.length).toBeGreaterThan(3);
        expect(owners.ownerOf(pfn)!.stack.length).toBeLessThanOrEqual(16);
      }
    } finally {
      Error.stackTraceLimit = limit;
    }
  });

  const broken = (): never => {
    throw new Error('broken');
  };
  const noTasks: Record<string, () => string | undefined> = {
    'has none to name': () => undefined,
    throws: broken,
  };
  test.each(Object.keys(noTasks))('a task function that %s', (what) => {
    const [pages, owners] = tracked({}, noTasks[what]);
    const pfn = pages.allocPages(0);
    expect(owners.ownerOf(pfn)!.comm).toBe('main');
    pages.freePages(pfn);
    expect([pages.freePageCount, pages.check()]).toEqual([PAGES, []]);
  });

  test('a task function that takes pages', () => {
    const [pages, owners]: [PageAllocator, TrackedPages] = tracked({}, () => {
      pages.allocPages(0);
      return 'taker';
    });
    const pfn = pages.allocPages(0, 1);
    expect(owners.ownerOf(pfn)!.comm).toBe('taker');
    expect([...owners.records()].map(({ comm }) => comm).sort()).toEqual(['main', 'taker']);
  });

  type Sites = readonly { toString(): string }[];
  const formatters: Record<string, (error: unknown, sites: Sites) => unknown> = {
    throws: broken,
    'returns nothing': () => undefined,
    'returns call sites': (_, sites) => sites,
    'returns a list nobody knows': (_, sites) => `${sites.map((site) => `${site} @here`).join('\n')}`,
  };
  test.each(Object.keys(formatters))('an Error.prepareStackTrace that %s', (what) => {
    const [pages, owners] = tracked();
    const { prepareStackTrace } = Error;
    const takeOne = (): number => pages.allocPages(0);
    let pfn: number;
    try {
      Error.prepareStackTrace = formatters[what]!;
      pfn = takeOne();
      expect(Error.prepareStackTrace === formatters[what]).toBe(true);
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
    }
    expect(functionOf(owners.ownerOf(pfn)!.stack[0])).toBe('takeOne');
  });

  test('an Error.prepareStackTrace that follows source maps is listened to', () => {
    const [pages, owners] = tracked();
    const { prepareStackTrace } = Error;
    try {
      Error.prepareStackTrace = () => 'Error\n    at Atlas.grow (src/atlas.ts:42:7)';
      const pfn = pages.allocPages(0);
      expect(owners.ownerOf(pfn)!.stack).toEqual(['Atlas.grow+0x42/0x7 [src/atlas.ts]']);
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
    }
  });

  test.each(['stackTraceLimit', 'prepareStackTrace'] as const)('Error.%s is frozen', (property) => {
    const [pages, owners] = tracked();
    const before = Object.getOwnPropertyDescriptor(Error, property);
    const takeOne = (): number => pages.allocPages(0);
    try {
      Object.defineProperty(Error, property, {
        value: Error[property],
        writable: false,
        configurable: true,
      });
      expect(owners.ownerOf(takeOne())!.stack.map(functionOf)).toContain('takeOne');
    } finally {
      if (before === undefined) delete Error[property];
      else Object.defineProperty(Error, property, before);
    }
  });

  test('a runtime whose stacks of one frame have no end of line, as Safari', () => {
    const { captureStackTrace } = Error;
    const [pages, owners] = tracked();
    try {
      Error.captureStackTrace = (holder) =>
        Object.assign(holder, { stack: 'grow@http://localhost/src/atlas.js:42:7' });
      const pfn = pages.allocPages(0);
      expect(owners.ownerOf(pfn)!.stack).toEqual(['grow+0x42/0x7 [src/atlas.js]']);
    } finally {
      Error.captureStackTrace = captureStackTrace;
    }
  });

  test('the end of its call stack is not the end of a page', () => {
    const [pages, owners] = tracked({ cpus: 0 });
    const held: number[] = [];
    const nested = (): void => {
      const pfn = pages.allocPages(0);
      if (held.length < 100) held.push(pfn);
      else pages.freePages(pfn);
      nested();
    };
    expect(nested).toThrow(RangeError);
    for (const pfn of held) pages.freePages(pfn);
    const takeOne = (): number => pages.allocPages(0);
    const pfn = takeOne();
    expect(functionOf(owners.ownerOf(pfn)!.stack[0])).toBe('takeOne');
    pages.freePages(pfn);
    expect(pages.check()).toEqual([]);
  });

  test('an Error.captureStackTrace that fails', () => {
    const { captureStackTrace } = Error;
    for (const other of [broken, () => undefined]) {
      const [pages, owners] = tracked();
      try {
        Error.captureStackTrace = other;
        expect(owners.ownerOf(pages.allocPages(0))!.stack.length).toBeGreaterThan(0);
      } finally {
        Error.captureStackTrace = captureStackTrace;
      }
    }
  });

  test('a runtime without Error.captureStackTrace keeps what lies inside of the allocator', () => {
    const { captureStackTrace } = Error;
    const [pages, owners] = tracked();
    const takeOne = (): number => pages.allocPages(0);
    try {
      Object.assign(Error, { captureStackTrace: undefined });
      const { stack } = owners.ownerOf(takeOne())!;
      expect(stack.map(functionOf)).toContain('takeOne');
    } finally {
      Object.assign(Error, { captureStackTrace });
    }
  });

  test('WebAssembly that calls the allocator', () => {
    const [pages, owners] = tracked();
    // (module (import "m" "a" (func (result i32))) (func (export "f") (result i32) call 0))
    const module = new WebAssembly.Module(
      Uint8Array.of(
        ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 2, 7, 1, 1, 109, 1, 97, 0, 0],
        ...[3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 1, 10, 6, 1, 4, 0, 16, 0, 11],
      ),
    );
    const allocate = (): number => pages.allocPages(0);
    const { exports } = new WebAssembly.Instance(module, { m: { a: allocate } });
    const pfn = (exports['f'] as () => number)();
    const { stack } = owners.ownerOf(pfn)!;
    expect(functionOf(stack[0])).toBe('allocate');
    expect(stack[1]).toMatch(/^\S+\+0x[0-9a-f]+\/0x\d+ \[wasm\/[0-9a-f]+\]$/);
    expect(parseDump(owners.dump()).records[0]!.stack).toEqual(stack);
  });
});
