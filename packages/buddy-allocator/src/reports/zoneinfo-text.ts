/** /proc/zoneinfo. The allocator knows its own counters; those of reclaim and the page cache come from outside or are 0. */
import type { AllocatorKernel } from '../memory.js';
import { PAGE_SHIFT } from '../limits.js';
import type { ZoneReport } from './zone-report.js';

const words = (text: string): string[] => text.trim().split(/\s+/);

const NODE_STATS_6_1 = words(`
  nr_inactive_anon nr_active_anon nr_inactive_file nr_active_file nr_unevictable nr_slab_reclaimable
  nr_slab_unreclaimable nr_isolated_anon nr_isolated_file workingset_nodes workingset_refault_anon
  workingset_refault_file workingset_activate_anon workingset_activate_file workingset_restore_anon
  workingset_restore_file workingset_nodereclaim nr_anon_pages nr_mapped nr_file_pages nr_dirty nr_writeback
  nr_writeback_temp nr_shmem nr_shmem_hugepages nr_shmem_pmdmapped nr_file_hugepages nr_file_pmdmapped
  nr_anon_transparent_hugepages nr_vmscan_write nr_vmscan_immediate_reclaim nr_dirtied nr_written
  nr_throttled_written nr_kernel_misc_reclaimable nr_foll_pin_acquired nr_foll_pin_released nr_kernel_stack
  nr_page_table_pages nr_sec_page_table_pages nr_swapcached pgpromote_success pgpromote_candidate`);

/** Per-node counters, in the order of zoneinfo and vmstat. Source: /proc/zoneinfo of 6.1.192 and 6.12.117. */
export const NODE_STATS: Readonly<Record<AllocatorKernel, readonly string[]>> = {
  '6.1': NODE_STATS_6_1,
  '6.12': [...NODE_STATS_6_1, 'pgdemote_kswapd', 'pgdemote_direct', 'pgdemote_khugepaged'],
};

/** Per-zone counters between nr_free_pages and nr_free_cma, and after it. */
export const ZONE_STATS = words(`
  nr_zone_inactive_anon nr_zone_active_anon nr_zone_inactive_file nr_zone_active_file nr_zone_unevictable
  nr_zone_write_pending nr_mlock nr_bounce nr_zspages`);
/** Per-zone counters after that. */
export const NUMA_STATS = words('numa_hit numa_miss numa_foreign numa_interleave numa_local numa_other');

/** Counters by name; a missing one is 0. */
export type Stats = Readonly<Record<string, number>>;

/** What the allocator does not count itself. */
export interface ZoneinfoOptions {
  /** Counters of a node, for the block `per-node stats` and the line `node_unreclaimable`. */
  readonly nodeStats?: ((node: number) => Stats) | undefined;
  /** Counters of a zone. */
  readonly zoneStats?: ((zone: ZoneReport) => Stats) | undefined;
}

/** The text of /proc/zoneinfo, with all rows of that kernel; counters that nobody gives are 0. */
export function zoneinfoText(
  zones: readonly ZoneReport[],
  kernel: AllocatorKernel,
  options: ZoneinfoOptions = {},
): string {
  let lastNode = -1;
  let text = '';
  for (const zone of zones) {
    const first = zone.present > 0 && zone.node !== lastNode;
    if (first) lastNode = zone.node;
    const nodeStats = options.nodeStats?.(zone.node) ?? {};
    text += `Node ${zone.node}, zone ${zone.zone.padStart(8)}\n`;
    if (first) text += `  per-node stats\n${statLines(NODE_STATS[kernel], nodeStats)}`;
    text += pagesText(zone, kernel);
    if (zone.present > 0) text += countersText(zone, nodeStats, options.zoneStats?.(zone) ?? {});
  }
  return text;
}

const statLines = (names: readonly string[], stats: Stats): string =>
  names.map((name) => statLine(name, stats[name] ?? 0)).join('');
const statLine = (name: string, value: number): string => `      ${name.padEnd(12)} ${value}\n`;

function pagesText(zone: ZoneReport, kernel: AllocatorKernel): string {
  const rows: [string, number][] = [
    ['boost', zone.boost],
    ['min', zone.min],
    ['low', zone.low],
    ['high', zone.high],
    ...(kernel === '6.12' ? [['promo', zone.promo] as [string, number]] : []),
    ['spanned', zone.spanned],
    ['present', zone.present],
    ['managed', zone.managed],
    ['cma', zone.cma],
  ];
  const lines = rows.map(([name, value]) => `        ${name.padEnd(8)} ${value}\n`).join('');
  return `  pages free     ${zone.free}\n${lines}        protection: (${zone.protection.join(', ')})\n`;
}

function countersText(zone: ZoneReport, nodeStats: Stats, zoneStats: Stats): string {
  let text = statLine('nr_free_pages', zone.free) + statLines(ZONE_STATS, zoneStats);
  text += statLine('nr_free_cma', zone.freeCma) + statLines(NUMA_STATS, zoneStats);
  text += '  pagesets\n';
  const threshold = statThreshold(zone.managed, Math.max(zone.pagesets.length, 1));
  for (const [cpu, { count, high, batch }] of zone.pagesets.entries()) {
    text += `    cpu: ${cpu}\n              count: ${count}\n              high:  ${high}\n`;
    text += `              batch: ${batch}\n  vm stats threshold: ${threshold}\n`;
  }
  text += `  node_unreclaimable:  ${nodeStats.node_unreclaimable ?? 0}\n`;
  return `${text}  start_pfn:           ${zone.startPfn}\n`;
}

const bitLength = (value: number): number => 32 - Math.clz32(value);

/** How far a cpu's counters may drift: grows with the logarithm of cpus and of memory in units of 128 MiB, up to 125. */
function statThreshold(managed: number, cpus: number): number {
  return Math.min(2 * bitLength(cpus) * (1 + bitLength(managed >> (27 - PAGE_SHIFT))), 125);
}
