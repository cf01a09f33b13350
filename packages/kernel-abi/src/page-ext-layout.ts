/**
 * What page_owner keeps for each page frame, era by era, on a 64-bit kernel: one entry of the page_ext array.
 *
 * The newest entry, 72 bytes. The first word is shared by all page_ext clients, the rest is page_owner's. Only these
 * two are counted here; another active client adds its own size.
 *
 * ```
 *       +0      +2      +4              +8
 *    0  +-------------------------------+
 *       | flags                         |  shared
 *    8  +-------+-------+---------------+
 *       | order | reason| gfp_mask      |  reason: last_migrate_reason
 *   16  +-------+-------+---------------+
 *       | handle        | free_handle   |  stacks of allocation and free
 *   24  +---------------+---------------+
 *       | ts_nsec                       |
 *   32  +-------------------------------+
 *       | free_ts_nsec                  |
 *   40  +-------------------------------+
 *       | comm                          |  15 bytes and NUL
 *   48  |                               |
 *       |                               |
 *   56  +---------------+---------------+
 *       | pid           | tgid          |
 *   64  +---------------+---------------+
 *       | free_pid      | free_tgid     |
 *   72  +---------------+---------------+
 * ```
 *
 * Sizes are those a C compiler gave for each kernel's structures; the order of members within the later ones follows
 * the order in which they were added.
 */
import { inEra, type Era, type EraChanges, type Release } from './era.js';
import { memoizeTable } from './kernel-config.js';
import { words } from './words.js';

/** C types of entry members, with their size and alignment in bytes on a 64-bit kernel. */
const TYPE_SIZES = { u16: 2, s16: 2, u32: 4, s32: 4, u64: 8, char: 1 } as const;

/** How to read a member; `u64` stands for pointers and longs, too. */
export type PageExtType = keyof typeof TYPE_SIZES;

/** One member of an entry. */
export interface PageExtField {
  /** As the kernel's struct calls it. */
  readonly name: string;
  /** Type of an element. */
  readonly type: PageExtType;
  /** Number of elements; 1 unless the member is an array. */
  readonly count: number;
  /** Bytes from the start of the entry. */
  readonly offset: number;
  /** Bytes in all. */
  readonly size: number;
}

/** The page_ext entry of one era with page_owner as the only client. */
export interface PageExtLayout {
  /** Whose layout this is. */
  readonly era: Era;
  /** Where the layout comes from, and what about it is unsure. */
  readonly source: string;
  /** The shared word first. */
  readonly fields: readonly PageExtField[];
  /** Bytes of page_owner's part, padding included. */
  readonly ownerSize: number;
  /** Bytes of the whole entry: the shared word and page_owner's part. */
  readonly entrySize: number;
}

interface Members {
  readonly source: string;
  /** `type:name` or `type:name[count]`, in memory order, each aligned to its type. The shared word is not listed. */
  readonly owner: readonly string[];
  /** True before 4.9: members follow the shared word inside one C structure, which is padded as a whole. */
  readonly embedded?: true;
}

const MEMBERS: EraChanges<Members> = {
  '3.19': {
    source: 'Linux 3.19 include/linux/page_ext.h',
    embedded: true,
    owner: words(`
      u32:order u32:gfp_mask
      u32:trace.nr_entries u32:trace.max_entries u64:trace.entries s32:trace.skip
      u64:trace_entries[8]`),
  },
  '4.0': {
    source: 'the patch that removed the stack descriptor (first release unsure)',
    embedded: true,
    owner: words('u32:order u32:gfp_mask u32:nr_entries u64:trace_entries[8]'),
  },
  '4.6': {
    source: 'the patch series of 4.6',
    embedded: true,
    owner: words('u32:order u32:gfp_mask u32:nr_entries s32:last_migrate_reason u64:trace_entries[8]'),
  },
  '4.8': {
    source: 'the patch series of 4.8 (first release unsure)',
    embedded: true,
    owner: words('u32:order u32:gfp_mask s32:last_migrate_reason u32:handle'),
  },
  '4.9': {
    source: 'Linux 4.14 mm/page_owner.c (first release unsure)',
    owner: words('u16:order s16:last_migrate_reason u32:gfp_mask u32:handle'),
  },
  '5.4': {
    source: 'Linux 5.10 mm/page_owner.c',
    owner: words('u16:order s16:last_migrate_reason u32:gfp_mask u32:handle u32:free_handle'),
  },
  '5.11': {
    source: 'Linux 5.15 mm/page_owner.c without free_ts_nsec (first release unsure)',
    owner: words(`
      u16:order s16:last_migrate_reason u32:gfp_mask u32:handle u32:free_handle
      u64:ts_nsec s32:pid`),
  },
  '5.13': {
    source: 'Linux 5.15 mm/page_owner.c',
    owner: words(`
      u16:order s16:last_migrate_reason u32:gfp_mask u32:handle u32:free_handle
      u64:ts_nsec u64:free_ts_nsec s32:pid`),
  },
  '5.18': {
    source: 'Linux 6.1 mm/page_owner.c',
    owner: words(`
      u16:order s16:last_migrate_reason u32:gfp_mask u32:handle u32:free_handle
      u64:ts_nsec u64:free_ts_nsec char:comm[16] s32:pid s32:tgid`),
  },
  '6.8': {
    source: 'Linux 6.12 mm/page_owner.c',
    owner: words(`
      u16:order s16:last_migrate_reason u32:gfp_mask u32:handle u32:free_handle
      u64:ts_nsec u64:free_ts_nsec char:comm[16] s32:pid s32:tgid s32:free_pid s32:free_tgid`),
  },
};

const MEMBER = /^(\w+):([\w.]+)(?:\[(\d+)\])?$/;

const roundUp = (value: number, alignment: number): number => Math.ceil(value / alignment) * alignment;

const SHARED_WORD: PageExtField = { name: 'flags', type: 'u64', count: 1, offset: 0, size: TYPE_SIZES.u64 };

/**
 * The page_ext entry of a release, for a 64-bit kernel with page_owner as the only client.
 *
 * @throws TypeError if it is no release; RangeError if it is older than 3.19
 */
export const pageExtLayout: (release: Release) => PageExtLayout = memoizeTable((era: Era): PageExtLayout => {
  const { source, owner, embedded } = inEra(MEMBERS, era, 'page_ext entry');
  const fields: PageExtField[] = [SHARED_WORD];
  let end = SHARED_WORD.size;
  let alignment: number = embedded ? TYPE_SIZES[SHARED_WORD.type] : 1;
  for (const member of owner) {
    const [, type, name, count] = MEMBER.exec(member) as unknown as [string, PageExtType, string, string?];
    const elements = Number(count ?? 1);
    const offset = roundUp(end, TYPE_SIZES[type]);
    const size = elements * TYPE_SIZES[type];
    fields.push({ name, type, count: elements, offset, size });
    alignment = Math.max(alignment, TYPE_SIZES[type]);
    end = offset + size;
  }
  const entrySize = roundUp(end, alignment);
  return { era, source, fields, ownerSize: entrySize - SHARED_WORD.size, entrySize };
});

const PAGE_SIZE = 4096;

/**
 * Pages of 4 KiB that page_ext takes for so much memory, when page_owner is its only client: 13312 for 2 GiB under
 * Linux 3.19, 9216 under 6.8 and later. With SPARSEMEM a section of 128 MiB that has holes still counts in full.
 *
 * @param ramBytes memory the tables describe, in bytes
 * @throws RangeError if `ramBytes` is not a whole number of pages; as {@link pageExtLayout} for `release`
 */
export function pageExtPages(ramBytes: number, release: Release): number {
  if (!Number.isSafeInteger(ramBytes) || ramBytes < 0 || ramBytes % PAGE_SIZE !== 0) {
    throw new RangeError(`memory comes in pages of ${PAGE_SIZE} bytes, got ${ramBytes}`);
  }
  return Math.ceil(((ramBytes / PAGE_SIZE) * pageExtLayout(release).entrySize) / PAGE_SIZE);
}
