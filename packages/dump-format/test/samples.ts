import type { PageOwnerRecord } from '../src/record.js';
import type { Variant } from '../src/variant.js';

/** One record of each variant in the text of its kernels, and what it says. */
export const SAMPLES: readonly { variant: Variant; text: string; record: PageOwnerRecord }[] = [
  {
    variant: 'V0',
    text: `Page allocated via order 0, mask 0x50
[0xc01441b5] __alloc_pages+181
[0xc0144a02] find_or_create_page+114

`,
    record: {
      order: 0,
      gfpMask: 0x50,
      stack: ['[0xc01441b5] __alloc_pages+181', '[0xc0144a02] find_or_create_page+114'],
    },
  },
  { variant: 'V0', text: 'Page allocated via order 3\n\n', record: { order: 3, stack: [] } },
  {
    variant: 'V1',
    text: `Page allocated via order 0, mask 0x280da
PFN 30625 Block 59 type 2          Flags    U LA     ${''}
 [<ffffffff8116147e>] __alloc_pages_nodemask+0x1de/0xb00
 [<ffffffffffffffff>] 0xffffffffffffffff

`,
    record: {
      order: 0,
      gfpMask: 0x280da,
      pfn: 30625,
      pfnRadix: 10,
      block: 59,
      letters: { pageblockType: 2, fallback: false, flags: '   U LA     ' },
      stack: [
        '[<ffffffff8116147e>] __alloc_pages_nodemask+0x1de/0xb00',
        '[<ffffffffffffffff>] 0xffffffffffffffff',
      ],
    },
  },
  {
    variant: 'V1',
    text: `Page allocated via order 10, mask 0x0
PFN 1024 Block 2 type 0 Fallback Flags K          M

`,
    record: {
      order: 10,
      gfpMask: 0,
      pfn: 1024,
      pfnRadix: 10,
      block: 2,
      letters: { pageblockType: 0, fallback: true, flags: 'K          M' },
      stack: [],
    },
  },
  {
    variant: 'V2',
    text: `Page allocated via order 0, mask 0x24213ca(GFP_HIGHUSER_MOVABLE|__GFP_COLD|__GFP_NOWARN|__GFP_NORETRY)
PFN 674308 type Movable Block 1317 type Movable Flags 0x1fffff80010068(uptodate|lru|active|mappedtodisk)
 [<ffffffff81164e9a>] __alloc_pages_nodemask+0x15a/0xa30
Page has been migrated, last migrate reason: compaction

`,
    record: {
      order: 0,
      gfpMask: 0x24213ca,
      gfpNames: 'GFP_HIGHUSER_MOVABLE|__GFP_COLD|__GFP_NOWARN|__GFP_NORETRY',
      pfn: 674308,
      pfnRadix: 10,
      migratetype: 'Movable',
      block: 1317,
      pageblockMigratetype: 'Movable',
      flags: 0x1fffff80010068n,
      flagNames: 'uptodate|lru|active|mappedtodisk',
      stack: ['[<ffffffff81164e9a>] __alloc_pages_nodemask+0x15a/0xa30'],
      migrateReason: 'compaction',
    },
  },
  {
    variant: 'V3',
    text: `Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 321, ts 5123456789 ns
PFN 4660 type Unmovable Block 9 type Unmovable Flags 0xfffffc0000000()
 prep_new_page+0xac/0xe0

`,
    record: {
      order: 0,
      gfpMask: 0xcc0,
      gfpNames: 'GFP_KERNEL',
      pid: 321,
      tsNs: 5123456789n,
      pfn: 4660,
      pfnRadix: 10,
      migratetype: 'Unmovable',
      block: 9,
      pageblockMigratetype: 'Unmovable',
      flags: 0xfffffc0000000n,
      flagNames: '',
      stack: ['prep_new_page+0xac/0xe0'],
    },
  },
  {
    variant: 'V4',
    text: `Page allocated via order 0, mask 0x0(), pid 1, ts 460209702 ns, free_ts 0 ns
PFN 16 type Unmovable Block 0 type Unmovable Flags 0x0()
 register_early_stack+0x2d/0x5e

`,
    record: {
      order: 0,
      gfpMask: 0,
      gfpNames: '',
      pid: 1,
      tsNs: 460209702n,
      freeTsNs: 0n,
      pfn: 16,
      pfnRadix: 10,
      migratetype: 'Unmovable',
      block: 0,
      pageblockMigratetype: 'Unmovable',
      flags: 0n,
      flagNames: '',
      stack: ['register_early_stack+0x2d/0x5e'],
    },
  },
  {
    variant: 'V5',
    text: `Page allocated via order 0, mask 0x400dc0(GFP_KERNEL_ACCOUNT|__GFP_ZERO), pid 737, tgid 737 (NetworkManager), ts 3964670439 ns, free_ts 3961489285 ns
PFN 11172 type Unmovable Block 21 type Unmovable Flags 0xfffffc0000000(node=0|zone=1|lastcpupid=0x1fffff)
 pte_alloc_one+0x15/0x50
Charged (via objcg) to memcg NetworkManager.service

`,
    record: {
      order: 0,
      gfpMask: 0x400dc0,
      gfpNames: 'GFP_KERNEL_ACCOUNT|__GFP_ZERO',
      pid: 737,
      tgid: 737,
      comm: 'NetworkManager',
      tsNs: 3964670439n,
      freeTsNs: 3961489285n,
      pfn: 11172,
      pfnRadix: 10,
      migratetype: 'Unmovable',
      block: 21,
      pageblockMigratetype: 'Unmovable',
      flags: 0xfffffc0000000n,
      flagNames: 'node=0|zone=1|lastcpupid=0x1fffff',
      stack: ['pte_alloc_one+0x15/0x50'],
      memcg: { kind: 'charged', name: 'NetworkManager.service', viaObjcg: true, offline: false },
    },
  },
  {
    variant: 'V6',
    text: `Page allocated via order 3, mask 0x152cc0(GFP_USER|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP), pid 90, tgid 88 (kworker/u8:1-fl), ts 100200300400 ns, free_ts 99000000000 ns
PFN 0x5be88 type Unmovable Block 735 type Movable Flags 0x17ffffc0010000(head|node=0|zone=2|lastcpupid=0x1fffff)
 post_alloc_hook+0x77/0xf0

`,
    record: {
      order: 3,
      gfpMask: 0x152cc0,
      gfpNames: 'GFP_USER|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP',
      pid: 90,
      tgid: 88,
      comm: 'kworker/u8:1-fl',
      tsNs: 100200300400n,
      freeTsNs: 99000000000n,
      pfn: 0x5be88,
      pfnRadix: 16,
      migratetype: 'Unmovable',
      block: 735,
      pageblockMigratetype: 'Movable',
      flags: 0x17ffffc0010000n,
      flagNames: 'head|node=0|zone=2|lastcpupid=0x1fffff',
      stack: ['post_alloc_hook+0x77/0xf0'],
    },
  },
  {
    variant: 'V7',
    text: `Page allocated via order 0, mask 0x152c4a(GFP_NOFS|__GFP_HIGHMEM), pid 98, tgid 98 (a.out), ts 18446744073709551615 ns
PFN 0x5be8e type Movable Block 735 type Movable Flags 0x1fffc0000020028(uptodate|lru|mappedtodisk|node=0|zone=1|lastcpupid=0x3fff)
 xfs_file_buffered_read+0xe6/0x1d0 [xfs]
 0xffffffffa0001234
Page has been migrated, last migrate reason: numa_misplaced
Charged to offline memcg user.slice

`,
    record: {
      order: 0,
      gfpMask: 0x152c4a,
      gfpNames: 'GFP_NOFS|__GFP_HIGHMEM',
      pid: 98,
      tgid: 98,
      comm: 'a.out',
      tsNs: 18446744073709551615n,
      pfn: 0x5be8e,
      pfnRadix: 16,
      migratetype: 'Movable',
      block: 735,
      pageblockMigratetype: 'Movable',
      flags: 0x1fffc0000020028n,
      flagNames: 'uptodate|lru|mappedtodisk|node=0|zone=1|lastcpupid=0x3fff',
      stack: ['xfs_file_buffered_read+0xe6/0x1d0 [xfs]', '0xffffffffa0001234'],
      migrateReason: 'numa_misplaced',
      memcg: { kind: 'charged', name: 'user.slice', viaObjcg: false, offline: true },
    },
  },
  {
    variant: 'V8',
    text: `Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 5, tgid 5 (x), ts 1 ns
PFN 0x1000 type Unmovable Block 8 type Unmovable Flags 0x17ffffc0000000(node=0|zone=2|lastcpupid=0x1fffff)
handle: 1310721
Slab cache page

`,
    record: {
      order: 0,
      gfpMask: 0xcc0,
      gfpNames: 'GFP_KERNEL',
      pid: 5,
      tgid: 5,
      comm: 'x',
      tsNs: 1n,
      pfn: 0x1000,
      pfnRadix: 16,
      migratetype: 'Unmovable',
      block: 8,
      pageblockMigratetype: 'Unmovable',
      flags: 0x17ffffc0000000n,
      flagNames: 'node=0|zone=2|lastcpupid=0x1fffff',
      stack: [],
      handle: 1310721,
      memcg: { kind: 'slab' },
    },
  },
];
