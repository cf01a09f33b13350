/** /proc/meminfo: rows in the order of 6.1.192 and 6.12.117, which are alike. */

const words = (text: string): string[] => text.trim().split(/\s+/);

const ROWS = words(`
  MemTotal MemFree MemAvailable Buffers Cached SwapCached Active Inactive Active(anon) Inactive(anon) Active(file)
  Inactive(file) Unevictable Mlocked SwapTotal SwapFree Dirty Writeback AnonPages Mapped Shmem KReclaimable Slab
  SReclaimable SUnreclaim KernelStack PageTables SecPageTables NFS_Unstable Bounce WritebackTmp CommitLimit Committed_AS
  VmallocTotal VmallocUsed VmallocChunk Percpu AnonHugePages ShmemHugePages ShmemPmdMapped FileHugePages FilePmdMapped
  CmaTotal CmaFree HugePages_Total HugePages_Free HugePages_Rsvd HugePages_Surp Hugepagesize Hugetlb DirectMap4k
  DirectMap2M DirectMap1G`);

/** Rows of huge pages, not of kilobytes. */
const COUNTS = /^HugePages_/;

/** @param values kB by row, except HugePages_; what is missing is 0 */
export const meminfoText = (values: Readonly<Record<string, number>>): string =>
  ROWS.map((row) => {
    const value = String(values[row] ?? 0).padStart(8);
    return `${`${row}:`.padEnd(16)}${value}${COUNTS.test(row) ? '' : ' kB'}\n`;
  }).join('');
