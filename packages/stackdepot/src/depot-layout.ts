/**
 * What differs between the depots of Linux 6.1 and 6.12: handles, records, buckets.
 *
 * Later kernels, up to the development tree of 2026, have the layout of 6.12. In between, 6.3 to 6.7 have the handles of
 * 6.1, and 6.8 had dropped the valid bit but did not yet add one to the pool (releases not certain).
 *
 * A handle, bit 31 on the left:
 *
 * ```
 *          31   27 26 25         16 15                   0
 *         +-------+--+-------------+----------------------+
 *   6.1   | extra | V| unit        | pool                 |   V: valid, always 1
 *         +-------+--+-------------+----------------------+
 *          31   27 26           17 16                    0
 *         +-------+---------------+-----------------------+
 *   6.12  | extra | unit          | pool + 1              |
 *         +-------+---------------+-----------------------+
 * ```
 *
 * A record, both padded to 16 bytes. The kernel's links are pointers; here they are {@link RecordRef}s in the low
 * word, the high one is 0.
 *
 * ```
 *   6.1   +0              +4               6.12  +0              +4
 *     0  +---------------+---------------+    0  +---------------+---------------+
 *        | next          | 0             |       | next          | 0             |  in the bucket
 *     8  +---------------+---------------+    8  +---------------+---------------+
 *        | hash          | size          |       | prev          | 0             |
 *    16  +---------------+---------------+   16  +---------------+---------------+
 *        | handle        | 0             |       | hash          | size          |
 *    24  +---------------+---------------+   24  +---------------+---------------+
 *        | lo            | hi            |       | handle        | count         |
 *        | frames ...    |               |   32  +---------------+---------------+
 *                                                | lo            | hi            |  evicted: next free record
 *                                                | frames ...    |               |
 * ```
 *
 * size: frames stored. count: a `refcount_t`, see ref-count.ts.
 */
import { FRAME_BYTES } from './frames.js';
import { POOL_BYTES, POOLS_CAP, UNIT_BITS, UNIT_BYTES } from './pool.js';

/** Names of the layouts, after the kernel each was read from. */
export type DepotLayoutName = '6.1' | '6.12';

/** A kernel release, `6.12.117` or `v6.9-rc1`, the name of a layout, or `newest` for the development tree. */
export type DepotRelease = DepotLayoutName | (string & Record<never, never>);

/** The release, 6.8, since which handles have no valid bit. */
const LAYOUT_OF_6_12_SINCE = [6, 8] as const;

/** Bits at the top of a handle that belong to the caller; page_owner leaves them 0. */
export const EXTRA_BITS = 5;
const EXTRA_SHIFT = 32 - EXTRA_BITS;
const EXTRA_MASK = (1 << EXTRA_BITS) - 1;

/** One kernel's layout. Offsets are in 32-bit words from the start of a record. */
export interface DepotLayout {
  /** The kernel whose layout it is. */
  readonly name: DepotLayoutName;
  /** Bits of a handle that hold the pool. */
  readonly poolBits: number;
  /** What is added to the pool's number in a handle. */
  readonly poolBias: 0 | 1;
  /** The bit set in every handle, or 0. */
  readonly validBit: number;
  /** Pools a handle can express, or {@link POOLS_CAP} if that is less. */
  readonly maxPools: number;
  /** Bytes before the first frame. */
  readonly headerBytes: number;
  /** Word of the link to the record before this one in its bucket; -1 if there is none. */
  readonly prevWord: number;
  /** Word of the hash of the frames. */
  readonly hashWord: number;
  /** Word of the number of frames. */
  readonly sizeWord: number;
  /** Word of the handle. */
  readonly handleWord: number;
  /** Word of the reference count; -1 if records have none. */
  readonly countWord: number;
  /** First word of the frames. */
  readonly framesWord: number;
  /** Frames a record may hold unless told otherwise: CONFIG_STACKDEPOT_MAX_FRAMES, or all that fit a pool. */
  readonly defaultMaxFrames: number;
  /** The most frames a record may hold. */
  readonly maxMaxFrames: number;
  /** Bytes of a hash bucket in the kernel; here it takes 4. */
  readonly kernelBucketBytes: number;
}

const POINTER_BYTES = 8;
const WORD_BYTES = 4;

function describe(
  name: DepotLayoutName,
  links: 1 | 2,
  counted: boolean,
  handle: { valid: 0 | 1; poolBias: 0 | 1 },
  frames?: { default: number; max: number },
): DepotLayout {
  const poolBits = 32 - EXTRA_BITS - UNIT_BITS - handle.valid;
  const hashWord = (links * POINTER_BYTES) / WORD_BYTES;
  const sizeWord = hashWord + 1;
  const handleWord = sizeWord + 1;
  const countWord = handleWord + 1; // padding where there is no count
  const framesWord = countWord + 1;
  const headerBytes = framesWord * WORD_BYTES;
  const fitting = Math.floor((POOL_BYTES - headerBytes) / FRAME_BYTES);
  return {
    name,
    poolBits,
    poolBias: handle.poolBias,
    validBit: handle.valid ? 1 << (poolBits + UNIT_BITS) : 0,
    maxPools: Math.min((1 << poolBits) - handle.poolBias, POOLS_CAP),
    headerBytes,
    prevWord: links === 2 ? POINTER_BYTES / WORD_BYTES : -1,
    hashWord,
    sizeWord,
    handleWord,
    countWord: counted ? countWord : -1,
    framesWord,
    defaultMaxFrames: frames?.default ?? fitting,
    maxMaxFrames: frames?.max ?? fitting,
    kernelBucketBytes: links * POINTER_BYTES,
  };
}

const LAYOUTS: Readonly<Record<DepotLayoutName, DepotLayout>> = {
  '6.1': describe('6.1', 1, false, { valid: 1, poolBias: 0 }),
  '6.12': describe('6.12', 2, true, { valid: 0, poolBias: 1 }, { default: 64, max: 256 }),
};

/**
 * The layout of a release: before 6.8 the one of 6.1, from there on the one of 6.12.
 *
 * @throws TypeError if it is no release
 */
export function depotLayout(release: DepotRelease): DepotLayout {
  const known: DepotLayout | undefined = Object.hasOwn(LAYOUTS, release)
    ? LAYOUTS[release as DepotLayoutName]
    : undefined;
  return known ?? LAYOUTS[release === 'newest' ? '6.12' : layoutSince(release)];
}

function layoutSince(release: string): DepotLayoutName {
  const [, major, minor] = /^v?(\d{1,3})\.(\d{1,3})(?!\d)/.exec(release) ?? [];
  if (major === undefined) throw new TypeError(`not a kernel release: "${release}"`);
  const [sinceMajor, sinceMinor] = LAYOUT_OF_6_12_SINCE;
  const modern = Number(major) > sinceMajor || (Number(major) === sinceMajor && Number(minor) >= sinceMinor);
  return modern ? '6.12' : '6.1';
}

/** Bytes a stack of `depth` frames takes: header and frames, rounded up to a unit. */
export const recordBytes = (layout: DepotLayout, depth: number): number =>
  Math.ceil((layout.headerBytes + depth * FRAME_BYTES) / UNIT_BYTES) * UNIT_BYTES;

/** A stack's name: 32 bits, never 0 for a stored stack. Only the depot that gave it can read it. */
export type StackHandle = number;

/** What `save` returns when it could not save. */
export const NO_STACK: StackHandle = 0;

/** The handle of the record at `unit` of `pool`, extra bits 0. Both must lie within a depot's limits. */
export const packHandle = (layout: DepotLayout, pool: number, unit: number): StackHandle =>
  ((pool + layout.poolBias) | (unit << layout.poolBits) | layout.validBit) >>> 0;

/** The pool a handle points into; -1 if, in 6.12, the handle holds none. */
export const handlePool = (layout: DepotLayout, handle: StackHandle): number =>
  (handle & ((1 << layout.poolBits) - 1)) - layout.poolBias;

/** The unit of its pool a handle points to. */
export const handleUnit = (layout: DepotLayout, handle: StackHandle): number =>
  (handle >>> layout.poolBits) & ((1 << UNIT_BITS) - 1);

/** The caller's bits of a handle. */
export const extraBits = (handle: StackHandle): number => handle >>> EXTRA_SHIFT;

/**
 * The same stack's handle with the caller's bits replaced; 0 stays 0.
 *
 * @throws RangeError if `extra` has more than {@link EXTRA_BITS} bits
 */
export function withExtraBits(handle: StackHandle, extra: number): StackHandle {
  if ((extra & EXTRA_MASK) !== extra) {
    throw new RangeError(`a handle has ${EXTRA_BITS} extra bits, got ${extra}`);
  }
  return handle === NO_STACK ? NO_STACK : (withoutExtraBits(handle) | (extra << EXTRA_SHIFT)) >>> 0;
}

/** The handle as the depot stores it. */
export const withoutExtraBits = (handle: StackHandle): StackHandle => handle & ((1 << EXTRA_SHIFT) - 1);
