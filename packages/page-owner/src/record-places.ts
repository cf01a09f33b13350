/**
 * Where in a page_ext entry the owner's fields are. kernel-abi knows the layouts; this turns one into indexes.
 *
 * ```
 *      6.8 and later, 72 bytes          3.19 to 4.7                        since   field
 *      +0              +4               +0              +4
 *   0 +-------------------------------+-------------------------------+    3.19    flags (shared), order, gfp_mask
 *     | flags                         | flags                         |    3.19    frames, until 4.7
 *   8 +-------+-------+---------------+---------------+---------------+    4.6     last_migrate_reason
 *     | order | reason| gfp_mask      | order         | gfp_mask      |    4.8     handle
 *  16 +-------+-------+---------------+---------------+---------------+    5.4     free_handle
 *     | handle        | free_handle   | nr_entries    | reason (4.6)  |    5.11    ts_nsec, pid
 *  24 +---------------+---------------+---------------+---------------+    5.13    free_ts_nsec
 *     | ts_nsec   lo  | hi            | frame 0   lo  | hi            |    5.18    comm, tgid
 *  32 +---------------+---------------+---------------+---------------+    6.8     free_pid, free_tgid
 *     | free_ts   lo  | hi            | frame 1   lo  | hi            |
 *  40 +---------------+---------------+---------------+---------------+
 *     | comm, 16 bytes                |  ...  frame 7                 |    3.19 has 16 bytes more before the frames:
 *     |                               |                               |    room for four members of a descriptor, of
 *  56 +---------------+---------------+                               |    which only nr_entries matters
 *     | pid           | tgid          |                               |
 *  64 +---------------+---------------+                               |
 *     | free_pid      | free_tgid     |                               |
 *  72 +---------------+---------------+-------------------------------+
 * ```
 */
import { pageExtLayout, type Era } from '@page-owner/kernel-abi';
import { FLAGS_BYTES, PAGE_EXT_OWNER, PAGE_EXT_OWNER_ALLOCATED } from '@page-owner/page-ext';

/** Masks for the flags word, which is the first word of an entry. */
export const OWNER = 1 << PAGE_EXT_OWNER;
export const ALLOCATED = 1 << PAGE_EXT_OWNER_ALLOCATED;

/** "No such field in this kernel". */
export const NONE = -1;

/** Indexes from the start of an entry: of 16-bit halves, where the name says so, and else of 32-bit words. */
export interface RecordPlaces {
  /** Order and reason are 16 bits wide since 4.9; before, 32: then `order` and `reason` are set instead. */
  readonly orderHalf: number;
  readonly reasonHalf: number;
  readonly order: number;
  readonly reason: number;
  readonly gfp: number;
  readonly handle: number;
  readonly freeHandle: number;
  readonly ts: number;
  readonly freeTs: number;
  readonly comm: number;
  readonly pid: number;
  readonly tgid: number;
  readonly freePid: number;
  readonly freeTgid: number;
  /** Number of frames, and the first frame, where there are no handles. */
  readonly depth: number;
  readonly frames: number;
}

/** Bytes of the owner's part of an entry. */
export const ownerBytes = (era: Era): number => pageExtLayout(era).ownerSize;

/**
 * The fields of an era.
 *
 * @param offset where page_ext has put the owner's part in an entry
 */
export function recordPlaces(era: Era, offset: number): RecordPlaces {
  const fields = new Map(pageExtLayout(era).fields.map((field) => [field.name, field]));
  const index = (name: string, bytes: number, type?: string): number => {
    const field = fields.get(name);
    if (field === undefined || (type !== undefined && field.type !== type)) return NONE;
    return (offset + field.offset - FLAGS_BYTES) / bytes;
  };
  const half = (name: string, type: string): number => index(name, Uint16Array.BYTES_PER_ELEMENT, type);
  const word = (name: string, type?: string): number => index(name, Uint32Array.BYTES_PER_ELEMENT, type);
  return {
    orderHalf: half('order', 'u16'),
    reasonHalf: half('last_migrate_reason', 's16'),
    order: word('order', 'u32'),
    reason: word('last_migrate_reason', 's32'),
    gfp: word('gfp_mask'),
    handle: word('handle'),
    freeHandle: word('free_handle'),
    ts: word('ts_nsec'),
    freeTs: word('free_ts_nsec'),
    comm: word('comm'),
    pid: word('pid'),
    tgid: word('tgid'),
    freePid: word('free_pid'),
    freeTgid: word('free_tgid'),
    depth: Math.max(word('nr_entries'), word('trace.nr_entries')),
    frames: word('trace_entries'),
  };
}
