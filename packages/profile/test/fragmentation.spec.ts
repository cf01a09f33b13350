import { describe, expect, test } from '@jest/globals';
import type { PageOwnerRecord } from '@page-owner/dump-format';
import fc from 'fast-check';
import {
  blockers,
  fragmentationIndex,
  functionText,
  mixedCounts,
  NOBODY,
  ownerBlockers,
  parseBuddyinfo,
  parseFrames,
  parsePagetypeinfo,
  profileDump,
  SEVERAL,
  stackId,
  unusableIndex,
} from '@page-owner/profile';
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

describe('the pageblock map and who blocks', () => {
  /** Block by block, from an array of pages. */
  function expectedBlocks({ records, blockTypes, zoneBorder }: Memory) {
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
  const isFixed = ({ migratetype, flagNames }: PageOwnerRecord) =>
    migratetype !== 'Movable' && !flagNames!.includes('lru');
  const idOf = ({ stack }: PageOwnerRecord) =>
    stackId(parseFrames(stack)) + BigInt(stack.join().includes('0x18/') ? 1 : 0);
  const sole = (ids: bigint[]) => (new Set(ids).size > 1 ? 'several' : (ids[0] ?? 'nobody'));

  test(
    'are as a walk over all pages finds them',
    async () => {
      await fc.assert(
        fc.asyncProperty(anyMemory, async (memory) => {
          // Only a block above 0 tells how large blocks are.
          fc.pre(memory.records.some(({ block }) => block! > 0));
          const profile = await profileDump(dumpOf(memory.records));
          const blocks = profile.pageblocks!;
          const { exactId } = profile.stacks;
          const leakB = new Set<number>();
          for (let i = 0; i < exactId.length; i++) {
            const frame =
              profile.stacks.prefix[i]! > 0
                ? profile.frames.offset[profile.stacks.frame[profile.stacks.prefix[i]!]!]
                : 0;
            const own = profile.frames.offset[profile.stacks.frame[i]!];
            if (own === 0x18 || frame === 0x18) leakB.add(i);
          }
          const who = (stack: number) =>
            stack === NOBODY
              ? 'nobody'
              : stack === SEVERAL
                ? 'several'
                : profile.stacks.id[stack]! + BigInt(leakB.has(stack) ? 1 : 0);
          const found = Array.from({ length: blocks.length }, (_, row) => ({
            block: blocks.block[row],
            type: blocks.type[row],
            zone: blocks.zone[row],
            pages: [blocks.unmovablePages[row], blocks.movablePages[row], blocks.reclaimablePages[row]],
            fixedPages: blocks.fixedPages[row],
            sole: who(blocks.soleStack[row]!),
            soleFixed: who(blocks.soleFixedStack[row]!),
          }));
          const expected = expectedBlocks(memory).map(({ block, type, zone, owned }) => ({
            block,
            type,
            zone,
            pages: ['Unmovable', 'Movable', 'Reclaimable'].map(
              (name) => owned.filter(({ migratetype }) => migratetype === name).length,
            ),
            fixedPages: owned.filter(isFixed).length,
            sole: sole(owned.map(idOf)),
            soleFixed: sole(owned.filter(isFixed).map(idOf)),
          }));
          expect(blocks.order).toBe(BLOCK_ORDER);
          expect(found.sort((a, b) => a.block! - b.block!)).toEqual(expected);

          const ranking = blockers(blocks);
          for (const row of ranking) {
            const id = who(row.stack);
            const held = expected.filter(({ soleFixed }) => soleFixed === id);
            expect(row).toEqual({
              stack: row.stack,
              soleBlocks: held.length,
              movableBlocks: held.filter(({ type }) => type === MOVABLE || type === CMA).length,
              solePages: held.reduce((sum, { fixedPages }) => sum + fixedPages, 0),
              deniedPages: held.reduce((sum, { fixedPages }) => sum + BLOCK_PAGES - fixedPages, 0),
              freedBlocks: expected.filter((block) => block.sole === id).length,
              fixedBlocks: expectedBlocks(memory).filter(({ owned }) =>
                owned.some((r) => isFixed(r) && idOf(r) === id),
              ).length,
            });
          }
          const denied = ranking.map(({ deniedPages }) => deniedPages);
          expect(denied).toEqual([...denied].sort((a, b) => b - a));
          expect(ranking.reduce((sum, { soleBlocks }) => sum + soleBlocks, 0)).toBe(
            expected.filter(({ soleFixed }) => typeof soleFixed === 'bigint').length,
          );
        }),
        { numRuns: 100 },
      );
    },
    SLOW,
  );

  test('two stacks of one owner block as one', async () => {
    const page = (pfn: number, stack: string[]) => ({
      order: 0,
      gfpMask: 0,
      gfpNames: '',
      pfn,
      pfnRadix: 16 as const,
      migratetype: 'Unmovable',
      block: pfn >> 9,
      pageblockMigratetype: 'Movable',
      flags: 0n,
      flagNames: 'node=0|zone=1',
      stack,
    });
    const profile = await profileDump(
      dumpOf([
        page(600, ['kmalloc+0x1/0x2', 'leak+0x1/0x9', 'a+0x1/0x2']),
        page(601, ['leak+0x5/0x9', 'b+0x1/0x2']),
      ]),
    );
    expect(blockers(profile.pageblocks!)).toEqual([]);
    const [first] = ownerBlockers(profile.pageblocks!);
    expect(first).toMatchObject({ soleBlocks: 1, movableBlocks: 1, solePages: 2, deniedPages: 510 });
    expect(profile.functions.name[first!.owner]).toBe('leak');
  });

  test('of a real dump: the pages that a CMA area lent are first among the movable blocks', async () => {
    const profile = await profileOf('6.12-t2');
    const polluters = blockers(profile.pageblocks!).filter(({ movableBlocks }) => movableBlocks > 0);
    expect(
      polluters.map(({ stack, solePages }) => [
        functionText(profile, profile.stacks.owner[stack]!),
        solePages,
      ]),
    ).toEqual([['cma_alloc_write', 77]]);
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
