/** /proc/vmstat: names in the order of 6.1.192 and 6.12.117. */
import {
  NODE_STATS,
  NUMA_STATS,
  ZONE_STATS,
  type AllocatorKernel,
  type Stats,
} from '@page-owner/buddy-allocator';

const words = (text: string): string[] => text.trim().split(/\s+/);

const THRESHOLDS = words('nr_dirty_threshold nr_dirty_background_threshold');
const MEMMAP = words('nr_memmap_pages nr_memmap_boot_pages');

/** A word before a colon is the only kernel that has what follows it, up to the bar. */
const EVENTS = `
  pgpgin pgpgout pswpin pswpout pgalloc_dma pgalloc_dma32 pgalloc_normal pgalloc_movable allocstall_dma allocstall_dma32
  allocstall_normal allocstall_movable pgskip_dma pgskip_dma32 pgskip_normal pgskip_movable pgfree pgactivate pgdeactivate
  pglazyfree pgfault pgmajfault pglazyfreed pgrefill pgreuse pgsteal_kswapd pgsteal_direct 6.12:pgsteal_khugepaged
  6.1:pgdemote_kswapd 6.1:pgdemote_direct pgscan_kswapd pgscan_direct 6.12:pgscan_khugepaged pgscan_direct_throttle
  pgscan_anon pgscan_file pgsteal_anon pgsteal_file 6.12:zone_reclaim_success zone_reclaim_failed pginodesteal
  slabs_scanned kswapd_inodesteal kswapd_low_wmark_hit_quickly kswapd_high_wmark_hit_quickly pageoutrun pgrotated
  drop_pagecache drop_slab oom_kill numa_pte_updates numa_huge_pte_updates numa_hint_faults numa_hint_faults_local
  numa_pages_migrated pgmigrate_success pgmigrate_fail thp_migration_success thp_migration_fail thp_migration_split
  compact_migrate_scanned compact_free_scanned compact_isolated compact_stall compact_fail compact_success
  compact_daemon_wake compact_daemon_migrate_scanned compact_daemon_free_scanned htlb_buddy_alloc_success
  htlb_buddy_alloc_fail cma_alloc_success cma_alloc_fail unevictable_pgs_culled unevictable_pgs_scanned
  unevictable_pgs_rescued unevictable_pgs_mlocked unevictable_pgs_munlocked unevictable_pgs_cleared
  unevictable_pgs_stranded thp_fault_alloc thp_fault_fallback thp_fault_fallback_charge thp_collapse_alloc
  thp_collapse_alloc_failed thp_file_alloc thp_file_fallback thp_file_fallback_charge thp_file_mapped thp_split_page
  thp_split_page_failed thp_deferred_split_page 6.12:thp_underused_split_page thp_split_pmd thp_scan_exceed_none_pte
  thp_scan_exceed_swap_pte thp_scan_exceed_share_pte thp_split_pud thp_zero_page_alloc thp_zero_page_alloc_failed
  thp_swpout thp_swpout_fallback swap_ra swap_ra_hit 6.12:swpin_zero 6.12:swpout_zero ksm_swpin_copy cow_ksm
  direct_map_level2_splits direct_map_level3_splits nr_unstable`;

const eventsOf = (kernel: AllocatorKernel): string[] =>
  words(EVENTS)
    .map((word) => word.split(':') as [string, string?])
    .filter(([first, name]) => name === undefined || first === kernel)
    .map(([first, name]) => name ?? first);

/** @param stats by name; what is missing is 0 */
export function vmstatText(kernel: AllocatorKernel, stats: Stats): string {
  const names = [
    'nr_free_pages',
    ...ZONE_STATS,
    'nr_free_cma',
    ...NUMA_STATS,
    ...NODE_STATS[kernel],
    ...THRESHOLDS,
    ...(kernel === '6.12' ? MEMMAP : []),
    ...eventsOf(kernel),
  ];
  return names.map((name) => `${name} ${stats[name] ?? 0}\n`).join('');
}
