/** Who wants storage beside each page frame. */
import type { PageExt } from './page-ext.js';

/**
 * A client, fixed when the machine is built. `need` decides, once per boot, whether it gets storage; when no client's
 * does, none of them costs a byte.
 *
 * Linux 6.12 has, in this order: page owner, page idle (32-bit kernels), allocation tags, page table check.
 */
export interface PageExtClient {
  readonly name: string;
  /** Bytes per page frame, a multiple of 4; 0 if the shared flags are enough. */
  readonly size: number;
  /** True if it uses the flags word that clients share. */
  readonly needSharedFlags: boolean;
  /** Phase one, before there are tables: is the client switched on? */
  need(): boolean;
  /** Phase two, when all tables exist: runs for every client, also one that is not needed. */
  init?(ext: PageExt): void;
}
