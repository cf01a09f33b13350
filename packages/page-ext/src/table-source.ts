/** Where tables come from, and to whom they are charged. */
import type { NodeId } from './frame-map.js';

/** Where tables come from, and go back to. */
export interface TableSource {
  /** True if tables are SharedArrayBuffers, which worker threads can use. */
  readonly shared: boolean;
  /**
   * A zeroed buffer of at least `bytes` bytes, or null if memory is short.
   *
   * The kernel takes physically contiguous pages of that node, or else vmalloc memory; a machine that takes them from
   * its own page allocator sees them again as pages allocated early.
   */
  allocate(bytes: number, node: NodeId): ArrayBuffer | SharedArrayBuffer | null;
  /** Takes back what `allocate` gave. */
  release(table: ArrayBuffer | SharedArrayBuffer, bytes: number): void;
}

/** Tables on the JavaScript heap. */
export const HEAP_TABLES: TableSource = {
  shared: false,
  allocate: (bytes) => unlessShort(() => new ArrayBuffer(bytes)),
  release: () => {},
};

/** Tables that worker threads can use. */
export const SHARED_TABLES: TableSource = {
  shared: true,
  allocate: (bytes) => unlessShort(() => new SharedArrayBuffer(bytes)),
  release: () => {},
};

/** A buffer that the runtime has no memory for is a RangeError there. */
function unlessShort<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}
