import { encodeText, formatRecord } from '@page-owner/dump-format';
import type { PageOwnerRecord } from '@page-owner/dump-format';
import fc from 'fast-check';

/** Memory as small as can be: pageblocks of 8 pages, in two zones. */
export const BLOCK_ORDER = 3;
export const BLOCK_PAGES = 2 ** BLOCK_ORDER;

export const TYPES = ['Unmovable', 'Movable', 'Reclaimable', 'HighAtomic', 'CMA', 'Isolate'] as const;

export const STACKS: readonly (readonly string[])[] = [
  ['get_page_from_freelist+0x1/0x9', 'leak_a+0x10/0x20 [mod]', 'write+0x1/0x2'],
  ['get_page_from_freelist+0x1/0x9', 'leak_a+0x18/0x20 [mod]', 'write+0x1/0x2'],
  ['allocate_slab+0x1/0x9', 'kmem_cache_alloc_noprof+0x1/0x2', 'alloc_inode+0x5/0x6', 'read+0x1/0x2'],
  ['__filemap_get_folio+0x3/0x4', 'ext4_write+0x5/0x6', 'write+0x1/0x2'],
  ['do_anonymous_page+0x1/0x2', 'fault+0x2/0x3'],
  [],
];

export interface Memory {
  /** Type of each pageblock, an index of TYPES; neighbours 2n and 2n + 1 have the same. */
  readonly blockTypes: readonly number[];
  /** The first block of zone 1. */
  readonly zoneBorder: number;
  /** In the order of their page frames; no two overlap. */
  readonly records: readonly PageOwnerRecord[];
}

const MASKS = [0xcc0, 0x140cca, 0xcd0];

const piece = fc.record({
  gap: fc.integer({ min: 0, max: 6 }),
  order: fc.constantFrom(0, 0, 0, 1, 2, 3, 4),
  stack: fc.nat(STACKS.length - 1),
  type: fc.nat(2),
  flags: fc.constantFrom('', '', '', 'lru|', 'lru|swapbacked|', 'reserved|', 'head|'),
  task: fc.nat(3),
  ts: fc.integer({ min: 0, max: 20_000 }),
  migrated: fc.boolean(),
  memcg: fc.constantFrom(undefined, 'a', 'b'),
});

/** A machine's memory with its owners. */
export const anyMemory: fc.Arbitrary<Memory> = fc
  .record({
    pairs: fc.array(fc.nat(TYPES.length - 1), { minLength: 1, maxLength: 8 }),
    border: fc.nat(8),
    pieces: fc.array(piece, { maxLength: 60 }),
  })
  .map(({ pairs, border, pieces }) => {
    const blockTypes = pairs.flatMap((type) => [type, type]);
    const zoneBorder = 2 * border;
    const records: PageOwnerRecord[] = [];
    let pfn = 0;
    for (const { gap, order, stack, type, flags, task, ts, migrated, memcg } of pieces) {
      const size = 2 ** order;
      pfn = Math.ceil((pfn + gap) / size) * size;
      if (pfn + size > blockTypes.length * BLOCK_PAGES) break;
      const block = Math.floor(pfn / BLOCK_PAGES);
      records.push({
        order,
        gfpMask: MASKS[type]!,
        gfpNames: 'GFP',
        pid: 100 + task,
        tgid: 100,
        comm: `task-${task}`,
        tsNs: BigInt(ts) * 1_000_000n,
        pfn,
        pfnRadix: 16,
        migratetype: TYPES[type]!,
        block,
        pageblockMigratetype: TYPES[blockTypes[block]!]!,
        flags: BigInt(pfn),
        flagNames: `${flags}node=0|zone=${block < zoneBorder ? 0 : 1}|lastcpupid=0x${pfn.toString(16)}`,
        stack: STACKS[stack]!,
        ...(migrated && { migrateReason: 'compaction' }),
        ...(memcg !== undefined && {
          memcg: { kind: 'charged', name: memcg, viaObjcg: false, offline: memcg === 'b' },
        }),
      });
      pfn += size;
    }
    return { blockTypes, zoneBorder, records };
  });

export function dumpOf(records: readonly PageOwnerRecord[]): Uint8Array {
  return encodeText(records.map((record) => formatRecord(record)).join(''));
}
