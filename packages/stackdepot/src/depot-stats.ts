/** The depot's counters, and the text Linux 6.8 and later show in debugfs as `stackdepot/stats`. */

export interface DepotStats {
  /** Pools in use, 16 KiB each; a spare one is not counted. */
  readonly pools: number;
  /** Stacks stored with a reference count so far. */
  readonly refcountedAllocations: number;
  /** Of those, evicted. */
  readonly refcountedFrees: number;
  /** Of those, still there. */
  readonly refcountedInUse: number;
  /** Evicted records that await reuse. */
  readonly freelistSize: number;
  /** Stacks stored for good. */
  readonly persistentCount: number;
  /** Bytes of their records, padding included. */
  readonly persistentBytes: number;
}

/** The file's text. There is no such file before 6.8, nor when the depot is disabled. */
export const formatStats = (stats: DepotStats): string =>
  `pools: ${stats.pools}\n` +
  `refcounted_allocations: ${stats.refcountedAllocations}\n` +
  `refcounted_frees: ${stats.refcountedFrees}\n` +
  `refcounted_in_use: ${stats.refcountedInUse}\n` +
  `freelist_size: ${stats.freelistSize}\n` +
  `persistent_count: ${stats.persistentCount}\n` +
  `persistent_bytes: ${stats.persistentBytes}\n`;
