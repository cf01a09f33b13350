import { decodeText, encodeText, formatRecord } from '@page-owner/dump-format';
import type { PageOwnerRecord } from '@page-owner/dump-format';
import fc from 'fast-check';
import { CULL_KEYS, SORT_KEYS } from '../src/keys.js';
import type { SortOptions } from '../src/plan.js';
import type { SortedDump } from '../src/sort-dump.js';

/** Stack texts of which some begin alike, some are slab, some vmalloc, some of a module. */
export const STACKS: readonly (readonly string[])[] = [
  [],
  ['0xffffffff81000000'],
  ['post_alloc_hook+0x77/0xf0', '__alloc_pages+0x1/0x2', 'pte_alloc_one+0x15/0x50'],
  ['post_alloc_hook+0x77/0xf0', '__alloc_pages+0x1/0x2', 'pte_alloc_one+0x15/0x50', 'do_fault+0x1/0x2'],
  [
    'get_page_from_freelist+0x1/0x2',
    'alloc_slab_page+0x1/0x2',
    'allocate_slab+0x1/0x2',
    'xfs_alloc+0x1/0x2 [xfs]',
  ],
  ['__alloc_pages_noprof+0x1/0x2', '__vmalloc_node_range_noprof+0x1/0x2', 'leaky_write+0x1/0x2 [leaky]'],
];
const NAMES = [
  'init',
  'sshd',
  '',
  'a), ts 5 ns',
  'x\ny',
  '[xfs]',
  'caf\u00e9',
  decodeText(Uint8Array.of(0xff, 0x20)),
];
const TIMES = [0n, 1n, 5n, 0xffff_ffffn, 0x1_0000_0000n, 0xffff_ffff_ffff_ffffn];

const order = fc.constantFrom(0, 0, 1, 9);
const stack = fc.constantFrom(...STACKS);
const id = fc.constantFrom(1, 1, 2, 10, -1, 0x7fff_ffff);
const ts = fc.constantFrom(...TIMES);

const page = (pfnRadix: 10 | 16): fc.Arbitrary<Partial<PageOwnerRecord>> =>
  fc
    .tuple(
      fc.constantFrom('Movable', 'Movable', 'CMA'),
      fc.constantFrom('lru', 'lru', 'slab', 'uptodate|slab|head'),
    )
    .map(([type, flagNames]) => ({
      pfn: 7,
      pfnRadix,
      migratetype: 'Movable',
      block: 0,
      pageblockMigratetype: type,
      flags: 5n,
      flagNames,
    }));

const after = fc.constantFrom<Partial<PageOwnerRecord>>(
  {},
  {},
  {},
  { memcg: { kind: 'slab' } },
  { memcg: { kind: 'charged', name: 'a.service', viaObjcg: false, offline: false } },
);

type Fields = Partial<PageOwnerRecord>;
const merged = (...parts: fc.Arbitrary<Fields>[]): fc.Arbitrary<PageOwnerRecord> =>
  fc.tuple(...parts).map((fields) => Object.assign({}, ...fields) as PageOwnerRecord);

const allocation = fc.record({
  order,
  stack,
  gfpMask: fc.constant(0xcc0),
  gfpNames: fc.constantFrom('GFP_KERNEL', ''),
}) as fc.Arbitrary<Fields>;
const task = fc.record({ pid: id, tgid: id, comm: fc.constantFrom(...NAMES), tsNs: ts });
const migrated = fc.constantFrom<Fields>({}, {}, { migrateReason: 'compaction' });

const v2 = merged(allocation, page(10), migrated);
const v5 = merged(allocation, task, fc.record({ freeTsNs: ts }), page(10), migrated, after);
const v7 = merged(allocation, task, fc.oneof({ weight: 6, arbitrary: page(16) }, fc.constant({})), after);

/** Records of kernels 4.6, 5.18 and 6.7, alike enough to form groups. */
export const someRecords = fc.array(fc.oneof(v2, v5, v5, v7, v7), { maxLength: 40 });

/** A dump of them. */
export function dumpOf(records: readonly PageOwnerRecord[]): Uint8Array {
  return encodeText(records.map((record) => formatRecord(record)).join(''));
}

const someOf = <T>(items: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...items], { minLength: 1 });

/** Any options but `compat`. */
export const someOptions: fc.Arbitrary<SortOptions> = fc
  .record(
    {
      sort: fc.array(fc.record({ key: fc.constantFrom(...SORT_KEYS), descending: fc.boolean() }), {
        maxLength: 3,
      }),
      cull: fc.oneof(fc.constant([]), fc.shuffledSubarray([...CULL_KEYS])),
      pids: someOf([1, 2, -1]),
      tgids: someOf([1, 10, -1]),
      names: someOf(NAMES),
      modules: someOf(['vmlinux', 'xfs', 'leaky', 'nothing']),
      unreleased: fc.boolean(),
      top: fc.nat(5),
    },
    { requiredKeys: [] },
  )
  .map((options) => {
    const { pids, tgids, names, modules, top, ...rest } = options;
    // Each selection leaves a part out; most dumps should have something left.
    return {
      ...rest,
      ...(pids && pids.length > 1 && { pids }),
      ...(tgids && tgids.length > 2 && { tgids }),
      ...(names && names.length > 4 && { names }),
      ...(modules && modules.length > 2 && { modules }),
      ...(top !== undefined && top > 1 && { top }),
    };
  });

export function textOf(sorted: Pick<SortedDump, 'text'>): string {
  return decodeText(Buffer.concat([...sorted.text()]));
}
