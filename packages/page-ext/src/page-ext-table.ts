/**
 * One table: an entry for each frame of a section (SPARSEMEM) or of a node (FLATMEM).
 *
 * ```
 *   byte 0            entryBytes        2 * entryBytes
 *   +-----------------+-----------------+--
 *   | startPfn        | startPfn + 1    | ...   endPfn - startPfn entries
 *   +-----------------+-----------------+--
 * ```
 *
 * Entries are read and written through the views. An entry is a multiple of 4 bytes, not of 8, long: a 64-bit field is
 * two 32-bit words, low one first.
 */
import type { NodeId, Pfn } from './frame-map.js';

/** The entries of a section's frames, or with flatmem of a node's. */
export class PageExtTable {
  /** Its place in the directory: the section, or the node. */
  readonly slot: number;
  /** First frame that it has an entry for. */
  readonly startPfn: Pfn;
  /** One past the last frame. */
  readonly endPfn: Pfn;
  /** NUMA node that it is of. */
  readonly node: NodeId;
  /** Bytes of an entry, a multiple of 4. */
  readonly entryBytes: number;
  /** All of its entries, in order. */
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  /** View of `buffer`, as are the next four. */
  readonly u8: Uint8Array;
  /** Unsigned 16-bit numbers. */
  readonly u16: Uint16Array;
  /** Signed 16-bit numbers. */
  readonly i16: Int16Array;
  /** Unsigned 32-bit numbers. */
  readonly u32: Uint32Array;
  /** Signed 32-bit numbers, for `Atomics`. */
  readonly i32: Int32Array;

  /** @throws RangeError if `buffer` is too small */
  constructor(
    slot: number,
    { node, startPfn, endPfn }: { node: NodeId; startPfn: Pfn; endPfn: Pfn },
    entryBytes: number,
    buffer: ArrayBuffer | SharedArrayBuffer,
  ) {
    const bytes = (endPfn - startPfn) * entryBytes;
    if (buffer.byteLength < bytes) {
      throw new RangeError(`page_ext table of ${bytes} bytes in a buffer of ${buffer.byteLength}`);
    }
    this.slot = slot;
    this.startPfn = startPfn;
    this.endPfn = endPfn;
    this.node = node;
    this.entryBytes = entryBytes;
    this.buffer = buffer;
    this.u8 = new Uint8Array(buffer, 0, bytes);
    this.u16 = new Uint16Array(buffer, 0, bytes / Uint16Array.BYTES_PER_ELEMENT);
    this.i16 = new Int16Array(buffer, 0, bytes / Int16Array.BYTES_PER_ELEMENT);
    this.u32 = new Uint32Array(buffer, 0, bytes / Uint32Array.BYTES_PER_ELEMENT);
    this.i32 = new Int32Array(buffer, 0, bytes / Int32Array.BYTES_PER_ELEMENT);
  }

  /** Bytes of all entries. */
  get bytes(): number {
    return this.u8.length;
  }

  /** First byte of a frame's entry. Only for `startPfn <= pfn < endPfn`. */
  entryAt(pfn: Pfn): number {
    return (pfn - this.startPfn) * this.entryBytes;
  }
}
