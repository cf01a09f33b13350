import { describe, expect, test } from '@jest/globals';
import { isPlumbing, type PageOwnerRecord } from '@page-owner/dump-format';
import fc from 'fast-check';
import {
  fragmentation,
  fragmentationIndex,
  functionText,
  mixedCounts,
  parseBuddyinfo,
  parseFrame,
  parsePagetypeinfo,
  ProfileBuilder,
  profileDump,
  unusableIndex,
} from '@page-owner/profile';
import type { Fragmentation, Profile } from '@page-owner/profile';
import { profileOf, readText } from './fixtures.js';
import { anyMemory, BLOCK_ORDER, BLOCK_PAGES, dumpOf, TYPES } from './simulated-dump.js';
import type { Memory } from './simulated-dump.js';

/** Milliseconds: each run makes a scanner. */
const SLOW = 30_000;
const ZONES = ['DMA', 'DMA32', 'Normal'];
const CMA = TYPES.indexOf('CMA');
const MOVABLE = TYPES.indexOf('Movable');

describe('mixed pageblocks', () => {
  test.each(['6.12-t1', '6.12-t2', '6.12-t3', '6.1-t1', '6.1-t2'])(
    '%s: what /proc/pagetypeinfo says',
    async (name) => {
      const { pageblocks } = await profileOf(name);
      const { mixed, pageblockOrder } = parsePagetypeinfo(readText(`${name}.pagetypeinfo`));
      expect(pageblocks!.order).toBe(pageblockOrder);
      const counted = mixedCounts(pageblocks!);
      for (const { node, zone, count } of mixed) {
        const ours = counted.find((row) => row.node === node && ZONES[row.zone] === zone);
        expect(ours?.count ?? [0, 0, 0, 0, 0, 0]).toEqual(Object.values(count));
      }
      expect(mixed.some(({ count }) => Object.values(count).some((blocks) => blocks > 0))).toBe(true);
    },
  );

  test(
    'what the kernel would count, walking its pages',
    async () => {
      await fc.assert(
        fc.asyncProperty(anyMemory, async (memory) => {
          fc.pre(memory.records.some(({ block }) => block! > 0));
          const { pageblocks } = await profileDump(dumpOf(memory.records));
          const counted = new Map(mixedCounts(pageblocks!).map(({ zone, count }) => [zone, count]));
          for (const zone of [0, 1]) {
            expect(counted.get(zone) ?? TYPES.map(() => 0)).toEqual(kernelWalk(memory, zone));
          }
        }),
        { numRuns: 100 },
      );
    },
    SLOW,
  );
});

/** pagetypeinfo_showmixedcount_print() of mm/page_owner.c, on an array with an entry for each page. */
function kernelWalk({ records, blockTypes, zoneBorder }: Memory, zone: number): number[] {
  const pages: (PageOwnerRecord | undefined)[] = Array.from(
    { length: blockTypes.length * BLOCK_PAGES },
    () => undefined,
  );
  for (const record of records) pages.fill(record, record.pfn, record.pfn! + 2 ** record.order);
  const count = TYPES.map(() => 0);
  const border = Math.min(zoneBorder * BLOCK_PAGES, pages.length);
  let pfn = zone === 0 ? 0 : border;
  const endPfn = zone === 0 ? border : pages.length;
  while (pfn < endPfn) {
    const blockEnd = (Math.floor(pfn / BLOCK_PAGES) + 1) * BLOCK_PAGES;
    const blockType = blockTypes[Math.floor(pfn / BLOCK_PAGES)]!;
    for (; pfn < blockEnd; pfn++) {
      const page = pages[pfn];
      if (!page || page.flagNames!.includes('reserved')) continue;
      if (TYPES.indexOf(page.migratetype as never) !== blockType) {
        count[blockType === CMA ? MOVABLE : blockType]!++;
        pfn = blockEnd;
        break;
      }
      pfn += 2 ** page.order - 1;
    }
  }
  return count;
}

const isFixed = ({ migratetype, flagNames }: PageOwnerRecord) =>
  migratetype !== 'Movable' && !flagNames!.includes('lru');

interface Block {
  readonly type: number;
  readonly block: number;
  readonly zone: number;
  /** The record of each page that has one. */
  readonly owned: PageOwnerRecord[];
}

/** Block by block, from an array of pages. */
function blocksOf({ records, blockTypes, zoneBorder }: Memory): Block[] {
  const blocks = blockTypes.map((type, block) => ({
    type,
    block,
    zone: block < zoneBorder ? 0 : 1,
    owned: [] as PageOwnerRecord[],
  }));
  for (const record of records) {
    for (let i = 0; i < 2 ** record.order; i++)
      blocks[Math.floor((record.pfn! + i) / BLOCK_PAGES)]!.owned.push(record);
  }
  return blocks.filter(({ owned }) => owned.length > 0);
}

const stackName = ({ stack }: PageOwnerRecord) => stack.join();
const ownerName = ({ stack }: PageOwnerRecord) => {
  const names = stack.map((frame) => parseFrame(frame)!.name);
  return names.find((name) => !isPlumbing(name)) ?? names.at(-1) ?? '?';
};

/** What a row has to say. */
interface Expected {
  blocks: number;
  movableBlocks: number;
  pages: number;
  soleBlocks: number;
  solePages: number;
  soleDeniedPages: number;
  /** Denied pages in parts of 840, which 1 to 8 divide. */
  parts: number;
}

const PARTS = 840;

/** Who denies what, page by page. */
function expectedBlockers(blocks: readonly Block[], nameOf: (record: PageOwnerRecord) => string) {
  const rows = new Map<string, Expected>();
  const sums = { all: [0, 0, 0], sole: [0, 0, 0], shared: [0, 0, 0] };
  for (const { type, owned } of blocks) {
    const fixed = owned.filter(isFixed).map(nameOf);
    const denied = BLOCK_PAGES - fixed.length;
    const names = new Set(fixed);
    if (!fixed.length) continue;
    for (const sum of [sums.all, names.size > 1 ? sums.shared : sums.sole])
      [1, fixed.length, denied].forEach((count, i) => (sum[i]! += count));
    for (const name of names) {
      const row = rows.get(name) ?? {
        blocks: 0,
        movableBlocks: 0,
        pages: 0,
        soleBlocks: 0,
        solePages: 0,
        soleDeniedPages: 0,
        parts: 0,
      };
      rows.set(name, row);
      const own = fixed.filter((other) => other === name).length;
      row.blocks++;
      if (type === MOVABLE || type === CMA) row.movableBlocks++;
      row.pages += own;
      row.parts += (own * denied * PARTS) / fixed.length;
      if (names.size > 1) continue;
      row.soleBlocks++;
      row.solePages += own;
      row.soleDeniedPages += denied;
    }
  }
  return { rows, sums };
}

/** The frames of a stack as the dump has them. */
function stackOf({ stacks, frames, functions, modules }: Profile, stack: number): string {
  const texts: string[] = [];
  for (let at = stack; at > 0; at = stacks.prefix[at]!) {
    const frame = stacks.frame[at]!;
    const fn = frames.function[frame]!;
    const module = functions.module[fn]! ? ` [${modules.name[functions.module[fn]!]}]` : '';
    const hex = (value: number) => `0x${value.toString(16)}`;
    texts.push(`${functions.name[fn]}+${hex(frames.offset[frame]!)}/${hex(frames.size[frame]!)}${module}`);
  }
  return texts.join();
}

const counted = ({ all, sole, shared }: Fragmentation) =>
  Object.fromEntries(
    Object.entries({ all, sole, shared }).map(([name, { blocks, pages, deniedPages }]) => [
      name,
      [blocks, pages, deniedPages],
    ]),
  );

describe('the pageblock map', () => {
  test(
    'is as a walk over all pages finds it',
    async () => {
      await fc.assert(
        fc.asyncProperty(anyMemory, async (memory) => {
          // Only a block above 0 tells how large blocks are.
          fc.pre(memory.records.some(({ block }) => block! > 0));
          const profile = await profileDump(dumpOf(memory.records));
          const blocks = profile.pageblocks!;
          const sharesOf = (row: number) => {
            const [from, to] = [blocks.fixed.start[row]!, blocks.fixed.start[row + 1]!];
            const stacks = [...blocks.fixed.stack.slice(from, to)].map((stack) => stackOf(profile, stack));
            return stacks.map((stack, i) => [stack, blocks.fixed.pages[from + i]!]).sort();
          };
          const found = Array.from({ length: blocks.length }, (_, row) => ({
            block: blocks.block[row],
            type: blocks.type[row],
            zone: blocks.zone[row],
            pages: [blocks.unmovablePages[row], blocks.movablePages[row], blocks.reclaimablePages[row]],
            fixedPages: blocks.fixedPages[row],
            fixed: sharesOf(row),
          }));
          const expected = blocksOf(memory).map(({ block, type, zone, owned }) => {
            const fixed = new Map<string, number>();
            for (const record of owned.filter(isFixed))
              fixed.set(stackName(record), (fixed.get(stackName(record)) ?? 0) + 1);
            return {
              block,
              type,
              zone,
              pages: ['Unmovable', 'Movable', 'Reclaimable'].map(
                (name) => owned.filter(({ migratetype }) => migratetype === name).length,
              ),
              fixedPages: owned.filter(isFixed).length,
              fixed: [...fixed].sort(),
            };
          });
          expect(blocks.order).toBe(BLOCK_ORDER);
          expect(found.sort((a, b) => a.block! - b.block!)).toEqual(expected);
          expect(blocks.fixed.start.length).toBe(blocks.length + 1);
        }),
        { numRuns: 100 },
      );
    },
    SLOW,
  );
});

describe('who stops huge pages from forming', () => {
  test.each(['stack', 'owner'] as const)(
    'by %s, as a walk over all pages finds it',
    async (by) => {
      const nameOf = by === 'stack' ? stackName : ownerName;
      await fc.assert(
        fc.asyncProperty(anyMemory, fc.boolean(), async (memory, halves) => {
          fc.pre(memory.records.some(({ block }) => block! > 0));
          // In two dumps, every other record in each: they come to the same blocks again.
          const parts = halves ? [0, 1].map((half) => memory.records.filter((_, i) => i % 2 === half)) : [];
          const builder = new ProfileBuilder();
          for (const part of halves ? parts : [memory.records])
            if (part.length) await builder.addDump(dumpOf(part));
          const profile = builder.finish();
          const found = fragmentation(profile, { by });
          const { rows, sums } = expectedBlockers(blocksOf(memory), nameOf);
          expect(counted(found)).toEqual(sums);
          expect(found.blockers).toHaveLength(rows.size);
          for (const { stack, owner, deniedPages, ...row } of found.blockers) {
            const name =
              by === 'stack' ? stackOf(profile, stack) : owner < 0 ? '?' : profile.functions.name[owner]!;
            const { parts, ...expected } = rows.get(name)!;
            expect(row).toEqual(expected);
            expect(Math.abs(deniedPages - parts / PARTS)).toBeLessThan(1);
            expect(Number.isInteger(deniedPages)).toBe(true);
          }
          const denied = found.blockers.map(({ deniedPages }) => deniedPages);
          expect(denied).toEqual([...denied].sort((a, b) => b - a));
          expect(denied.reduce((a, b) => a + b, 0)).toBe(found.all.deniedPages);
        }),
        { numRuns: 60 },
      );
    },
    SLOW,
  );

  const page = (pfn: number, ...stack: string[]): PageOwnerRecord => ({
    order: 0,
    gfpMask: 0,
    gfpNames: '',
    pfn,
    pfnRadix: 16,
    migratetype: 'Unmovable',
    block: pfn >> 9,
    pageblockMigratetype: 'Movable',
    flags: 0n,
    flagNames: 'node=0|zone=1',
    stack,
  });
  const LEAK = ['kmalloc+0x1/0x2', 'leak+0x1/0x9', 'a+0x1/0x2'];
  const LEAK_TOO = ['leak+0x5/0x9', 'b+0x1/0x2'];
  const OTHER = ['other+0x5/0x9'];

  test('two stacks of one owner deny as one, and as each other by stack', async () => {
    const profile = await profileDump(
      dumpOf([page(600, ...LEAK), page(601, ...LEAK_TOO), page(602, ...LEAK_TOO)]),
    );
    const { sole, shared, blockers } = fragmentation(profile);
    expect([sole.deniedPages, shared.deniedPages]).toEqual([509, 0]);
    expect(blockers).toMatchObject([{ blocks: 1, soleBlocks: 1, movableBlocks: 1, pages: 3 }]);
    expect(profile.functions.name[blockers[0]!.owner]).toBe('leak');
    expect(stackOf(profile, blockers[0]!.stack)).toBe(LEAK_TOO.join());
    const byStack = fragmentation(profile, { by: 'stack' });
    expect([byStack.sole.deniedPages, byStack.shared.deniedPages]).toEqual([0, 509]);
    expect(byStack.blockers.map(({ deniedPages }) => deniedPages)).toEqual([339, 170]);
  });

  test('a block is shared out by pages, and a block that is full is not denied', async () => {
    const full = Array.from({ length: 512 }, (_, i) => page(1024 + i, ...OTHER));
    const profile = await profileDump(
      dumpOf([page(600, ...LEAK), page(601, ...OTHER), page(602, ...OTHER), page(603, ...OTHER), ...full]),
    );
    const { all, blockers } = fragmentation(profile);
    expect(all).toEqual({ blocks: 2, pages: 516, deniedPages: 508 });
    expect(blockers).toMatchObject([
      { blocks: 2, soleBlocks: 1, deniedPages: 381, solePages: 512, soleDeniedPages: 0 },
      { blocks: 1, soleBlocks: 0, deniedPages: 127 },
    ]);
  });

  test('rows can be chosen, and what others have still counts', async () => {
    const profile = await profileOf('6.12-t3');
    const whole = fragmentation(profile);
    const isLeaky = (stack: number) =>
      functionText(profile, profile.stacks.owner[stack]!).endsWith('[leaky]');
    const leaky = fragmentation(profile, { select: isLeaky });
    expect(leaky.blockers).toEqual(whole.blockers.filter(({ stack }) => isLeaky(stack)));
    expect(leaky.blockers.length).toBeGreaterThan(3);
    expect(leaky.all).toEqual(whole.all);
  });

  test.each(['6.12-t1', '6.12-t2', '6.12-t3', '6.1-t1', '6.1-t2'])('%s: the sums are exact', async (name) => {
    const profile = await profileOf(name);
    for (const by of ['stack', 'owner'] as const) {
      const { all, sole, shared, blockers } = fragmentation(profile, { by });
      const sum = (key: 'deniedPages' | 'pages' | 'soleDeniedPages' | 'soleBlocks') =>
        blockers.reduce((total, row) => total + row[key], 0);
      expect([sum('deniedPages'), sum('pages')]).toEqual([all.deniedPages, all.pages]);
      expect([sum('soleDeniedPages'), sum('soleBlocks')]).toEqual([sole.deniedPages, sole.blocks]);
      expect([sole.blocks + shared.blocks, sole.deniedPages + shared.deniedPages]).toEqual([
        all.blocks,
        all.deniedPages,
      ]);
      expect(all.deniedPages).toBeGreaterThan(0);
    }
  });

  test('the pages that a CMA area lent stand in a movable block, alone', async () => {
    const profile = await profileOf('6.12-t2');
    const polluters = fragmentation(profile).blockers.filter(({ movableBlocks }) => movableBlocks > 0);
    expect(polluters.map(({ owner, solePages }) => [profile.functions.name[owner], solePages])).toEqual([
      ['cma_alloc_write', 77],
    ]);
  });

  test('needs pageblocks', async () => {
    const profile = await profileDump(dumpOf([page(600, ...LEAK)]), { pageblocks: false });
    expect(() => fragmentation(profile)).toThrow('fragmentation needs pageblocks, and the profile has none');
  });
});

describe('free areas', () => {
  test('buddyinfo and pagetypeinfo', () => {
    const areas = parseBuddyinfo(readText('6.12-t2.buddyinfo'));
    expect(areas[1]).toEqual({ node: 0, zone: 'DMA32', free: [15, 10, 8, 8, 4, 3, 7, 9, 5, 6, 299] });
    const info = parsePagetypeinfo(readText('6.12-t2.pagetypeinfo'));
    expect(info).toMatchObject({ pageblockOrder: 9, capped: false });
    expect(info.areas.map(({ node, zone }) => [node, zone])).toEqual([
      [0, 'DMA'],
      [0, 'DMA32'],
    ]);
    expect(info.areas[1]!.free).toEqual([15, 10, 8, 8, 4, 3, 7, 9, 5, 6, 299]);
    expect(info.blocks[1]).toEqual({
      node: 0,
      zone: 'DMA32',
      count: { Unmovable: 48, Movable: 946, Reclaimable: 14, HighAtomic: 0, CMA: 8, Isolate: 0 },
    });
    const capped = parsePagetypeinfo(
      'Page block order: 9\nNode    0, zone   Normal, type      Movable >100000      2 \n',
    );
    expect(capped).toMatchObject({ capped: true, areas: [{ free: [100000, 2] }] });
  });

  test.each([
    [
      [8, 4],
      [0, 0.5, 1, 1],
      [-1, -1, 0.584, 0.75, 0.834, 0.875, 0.896, 0.907, 0.912, 0.915, 0.916],
    ],
    [[1], [0, 1, 1, 1], [-1, -0.5, -0.25, -0.125, -0.062, -0.031, -0.015, -0.007, -0.003, -0.001, 0]],
    [
      [0, 0],
      [1, 1, 1, 1],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
  ])('indices of %j', (free, unusable, extfrag) => {
    expect(unusable.map((_, order) => unusableIndex(free, order))).toEqual(unusable);
    expect(extfrag.map((_, order) => fragmentationIndex(free, order))).toEqual(extfrag);
  });

  test('bad input', () => {
    expect(() => parseBuddyinfo('')).toThrow('buddyinfo is empty');
    expect(() => parseBuddyinfo('MemTotal: 1 kB')).toThrow('not a line of buddyinfo: "MemTotal: 1 kB"');
    expect(() => parsePagetypeinfo('x')).toThrow('not a pagetypeinfo');
    expect(() => unusableIndex([1], -1)).toThrow('an order of -1 is not an integer from 0');
  });
});
