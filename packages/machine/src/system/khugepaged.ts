/** What khugepaged does as soon as it runs: it has the kernel keep more memory free, so that there are huge pages. */
import { PAGEBLOCK_PAGES } from '@page-owner/buddy-allocator';
import type { Machine } from '../machine.js';

/** With less memory transparent huge pages are off, in pages: 512 MiB. */
const LEAST_PAGES = 2 ** 17;
/** Types of pages that per-cpu lists tell apart: each may need a pageblock in place of each other. */
const PCP_TYPES = 3;
/** At most 5 % of what user pages can have. */
const SHARE = 20;
const PAGE_KB = 4;

/** Source: mm/khugepaged.c `set_recommended_min_free_kbytes()`; /proc/zoneinfo of boots with 512 MiB to 4 GiB. */
export function startKhugepaged({ allocator, cmdline }: Machine): void {
  const zones = allocator.zones().filter(({ zone, present }) => present > 0 && zone !== 'Movable');
  const sum = (pick: (zone: (typeof zones)[number]) => number): number =>
    zones.reduce((pages, zone) => pages + pick(zone), 0);
  if (cmdline.value('transparent_hugepage') === 'never' || sum(({ managed }) => managed) < LEAST_PAGES)
    return;
  const now = sum(({ min }) => min);
  const recommended = PAGEBLOCK_PAGES * zones.length * (2 + PCP_TYPES * PCP_TYPES);
  const usable = sum(({ managed, high }) => Math.max(0, managed - high));
  const pages = Math.min(recommended, Math.floor(usable / SHARE));
  if (pages > now) allocator.setMinFreeKbytes(PAGE_KB * pages);
}
