/** The files below /proc that tell of memory. */
import {
  PAGEBLOCK_ORDER,
  type PageAllocator,
  type Stats,
  type ZoneReport,
} from '@page-owner/buddy-allocator';
import type { PageExt } from '@page-owner/page-ext';
import { OwnerRecord, type PageOwner } from '@page-owner/page-owner';
import type { StackDepot } from '@page-owner/stackdepot';
import type { CommandLine } from '../boot/command-line.js';
import type { DirectMap } from '../memory/direct-map.js';
import { KernelText } from '../kernel/kernel-text.js';
import type { MemoryEvents } from '../memory/memory-events.js';
import type { PageNotes } from '../pages/page-notes.js';
import { pageUseOf } from '../pages/page-use.js';
import type { RecordText } from '../pages/record-text.js';
import type { Stacks } from '../running/stacks.js';
import type { MachineFile } from './file-tree.js';
import { meminfoText } from './meminfo-text.js';
import { BUFFERS, countersOf, PERCPU, shown, sumPages, VMALLOC, type CountedBlock } from './page-counters.js';
import { textFile } from './text-file.js';
import { vmstatText } from './vmstat-text.js';

const PAGE_KB = 4;
const PAGE_BYTES = 4096;
/**
 * vm.dirty_ratio and vm.dirty_background_ratio, 20 and 10 %, as bytes of a page: mm/page-writeback.c
 * `domain_dirty_limits()`.
 */
const DIRTY_BYTES = Math.floor((20 * PAGE_BYTES) / 100);
const DIRTY_BACKGROUND_BYTES = Math.floor((10 * PAGE_BYTES) / 100);
/** vm.overcommit_ratio. */
const OVERCOMMIT_PERCENT = 50;
/** 32 TiB with page tables of four levels, 12800 TiB with five. */
const VMALLOC_KB = { 4: 2 ** 35 - 1, 5: 12800 * 2 ** 30 - 1 } as const;
/** A page of struct pages, of 64 bytes each. */
const PAGES_PER_MEMMAP_PAGE = PAGE_BYTES / 64;
const HUGE_PAGE_KB = 2048;
const HUGE_PAGES = HUGE_PAGE_KB / PAGE_KB;

/** Only root may read. */
const ROOT = 0o400;

/** The part of a machine that these files tell of. */
interface ProcSource {
  readonly cmdline: CommandLine;
  readonly allocator: PageAllocator;
  readonly events: MemoryEvents;
  readonly notes: PageNotes;
  readonly depot: StackDepot;
  readonly stacks: Stacks;
  readonly ext: PageExt;
  readonly owner: PageOwner;
  readonly recordText: RecordText;
  readonly directMap: DirectMap;
  readonly pageTableLevels: 4 | 5;
  /** Pages of struct pages: of boot memory, and of what was plugged in. */
  readonly memmapPages: number;
  readonly pluggedMemmapPages: number;
  readonly hugetlbPages: number;
  readonly untouchedPages: number;
  readonly percpuKb: number;
  /** A gfp mask from names. */
  gfp(names: string): number;
}

export function procFiles(machine: ProcSource): MachineFile[] {
  const { allocator, cmdline } = machine;
  return [
    textFile('/proc/cmdline', () => `${cmdline.text}\n`),
    textFile('/proc/buddyinfo', () => allocator.buddyinfo()),
    textFile('/proc/pagetypeinfo', () => pagetypeinfo(machine), { mode: ROOT }),
    textFile('/proc/zoneinfo', () => zoneinfo(machine)),
    textFile('/proc/meminfo', () => meminfo(machine)),
    textFile('/proc/vmstat', () => vmstat(machine)),
  ];
}

function pagetypeinfo({ allocator, owner }: ProcSource): string {
  if (owner.hooks === null) return allocator.pagetypeinfo();
  const populated = allocator.zones().filter(({ present }) => present > 0);
  const indexOf = ({ node, zone }: ZoneReport): number =>
    populated.findIndex((other) => other.node === node && other.zone === zone);
  return allocator.pagetypeinfo((zone) => owner.mixedBlocks(indexOf(zone)) ?? []);
}

function zoneinfo(machine: ProcSource): string {
  const { allocator, events } = machine;
  const zones = allocator.zones();
  events.settle(zones);
  const blocks = [...countedBlocks(machine)];
  const ofZone = (index: number): CountedBlock[] =>
    blocks.filter(({ pfn }) => allocator.zoneIndexOf(pfn) === index);
  const indexOf = ({ node, zone }: ZoneReport): number =>
    zones.findIndex((other) => other.node === node && other.zone === zone);
  return allocator.zoneinfo({
    nodeStats: (node) => ({
      ...shown(sumPages(blocks.filter(({ pfn }) => allocator.zoneOf(pfn)?.node === node))),
      ...events.ofNode(node),
    }),
    zoneStats: (zone) => ({ ...sumPages(ofZone(indexOf(zone))), ...events.ofZone(indexOf(zone)) }),
  });
}

/** Blocks in use whose pages count as something: those with notes. */
function* countedBlocks(machine: ProcSource): Generator<CountedBlock> {
  const { allocator, notes, owner, recordText, gfp } = machine;
  if (notes.isEmpty) return;
  const record = new OwnerRecord();
  const mobile = gfp('__GFP_RECLAIMABLE');
  const known = new Map<string, readonly string[]>();
  for (const { pfn, order, kind } of allocator.blocks()) {
    const note = kind === 'allocated' ? notes.at(pfn) : 0;
    if (note === 0) continue;
    const owned = owner.recordAt(pfn, record);
    const { use, memcg, reclaimable = owned && (record.gfp & mobile) !== 0 } = notes.noteOf(note);
    const huge = order === PAGEBLOCK_ORDER;
    const handle = owned && use === undefined ? record.handle : 0;
    const key = `${note} ${handle} ${reclaimable} ${huge}`;
    let counters = known.get(key);
    if (counters === undefined) {
      const flags = recordText.flagNames(note);
      const own = use ?? pageUseOf(functionsOf(machine, handle), flags);
      const page = { flags, use: own ?? (memcg?.kind === 'slab' ? 'slab' : undefined), reclaimable, huge };
      counters = countersOf(page, allocator.kernel);
      known.set(key, counters);
    }
    if (counters.length > 0) yield { pfn, order, counters };
  }
}

/** Names of the functions in a stack of the depot. */
function functionsOf({ depot, stacks }: ProcSource, handle: number): string[] {
  if (handle === 0) return [];
  const words = new Uint32Array(2 * depot.maxFrames);
  return Array.from({ length: depot.fetch(handle, words) }, (_, frame) =>
    KernelText.functionOf(stacks.text.symbolize(words[2 * frame]!, words[2 * frame + 1]!)),
  );
}

const sum = (zones: readonly ZoneReport[], pick: (zone: ZoneReport) => number): number =>
  zones.reduce((total, zone) => total + pick(zone), 0);

/** Pages that allocations cannot have: in each zone what is kept from the highest zone, and its high watermark. */
const totalReserve = (zones: readonly ZoneReport[]): number =>
  sum(zones, ({ protection, high, managed }) => Math.min(managed, Math.max(...protection) + high));

/** All counters of vmstat that this machine has, those of pages in pages. */
function stats(machine: ProcSource, zones: readonly ZoneReport[]): Stats {
  const { events } = machine;
  events.settle(zones);
  const pages = sumPages(countedBlocks(machine));
  const free = sum(zones, (zone) => zone.free);
  const dirtyable =
    free - Math.min(free, totalReserve(zones)) + (pages.nr_inactive_file ?? 0) + (pages.nr_active_file ?? 0);
  return {
    ...pages,
    ...events.all(),
    nr_free_pages: free,
    nr_free_cma: sum(zones, (zone) => zone.freeCma),
    nr_dirty_threshold: Math.floor((dirtyable * DIRTY_BYTES) / PAGE_BYTES),
    nr_dirty_background_threshold: Math.floor((dirtyable * DIRTY_BACKGROUND_BYTES) / PAGE_BYTES),
    nr_memmap_pages: machine.ext.memoryUsage().tableBytes / PAGE_BYTES + machine.pluggedMemmapPages,
    nr_memmap_boot_pages: machine.memmapPages,
  };
}

const vmstat = (machine: ProcSource): string =>
  vmstatText(machine.allocator.kernel, shown(stats(machine, machine.allocator.zones())));

function meminfo(machine: ProcSource): string {
  const zones = machine.allocator.zones();
  const counters = stats(machine, zones);
  const pages = (name: string): number => counters[name] ?? 0;
  const { directMap, hugetlbPages } = machine;
  const total = sum(zones, ({ managed }) => managed);
  const low = sum(zones, (zone) => zone.low);
  const cache = pages('nr_active_file') + pages('nr_inactive_file');
  const reclaimable = pages('nr_slab_reclaimable');
  const available =
    pages('nr_free_pages') -
    totalReserve(zones) +
    (cache - Math.min(Math.floor(cache / 2), low)) +
    (reclaimable - Math.min(Math.floor(reclaimable / 2), low));
  const rows: Record<string, number> = {
    MemTotal: total,
    MemFree: pages('nr_free_pages'),
    MemAvailable: Math.max(0, available),
    Buffers: pages(BUFFERS),
    Cached: pages('nr_file_pages') - pages(BUFFERS),
    Active: pages('nr_active_anon') + pages('nr_active_file'),
    Inactive: pages('nr_inactive_anon') + pages('nr_inactive_file'),
    'Active(anon)': pages('nr_active_anon'),
    'Inactive(anon)': pages('nr_inactive_anon'),
    'Active(file)': pages('nr_active_file'),
    'Inactive(file)': pages('nr_inactive_file'),
    Unevictable: pages('nr_unevictable'),
    Mlocked: pages('nr_mlock'),
    Dirty: pages('nr_dirty'),
    Writeback: pages('nr_writeback'),
    AnonPages: pages('nr_anon_pages'),
    Mapped: pages('nr_mapped'),
    Shmem: pages('nr_shmem'),
    KReclaimable: reclaimable,
    Slab: reclaimable + pages('nr_slab_unreclaimable'),
    SReclaimable: reclaimable,
    SUnreclaim: pages('nr_slab_unreclaimable'),
    KernelStack: pages('nr_kernel_stack'),
    PageTables: pages('nr_page_table_pages'),
    VmallocUsed: pages(VMALLOC),
    AnonHugePages: pages('nr_anon_transparent_hugepages'),
    ShmemHugePages: pages('nr_shmem_hugepages'),
    CommitLimit: Math.floor(((total - hugetlbPages * HUGE_PAGES) * OVERCOMMIT_PERCENT) / 100),
    Committed_AS: pages('nr_shmem') + pages('nr_anon_pages') + machine.untouchedPages,
    Percpu: pages(PERCPU),
    DirectMap4k: directMap.pages4k,
    DirectMap2M: directMap.pages2m + machine.pluggedMemmapPages * PAGES_PER_MEMMAP_PAGE,
    DirectMap1G: directMap.pages1g,
    CmaTotal: sum(zones, ({ cma }) => cma),
    CmaFree: pages('nr_free_cma'),
  };
  for (const row of Object.keys(rows)) rows[row]! *= PAGE_KB;
  return meminfoText({
    ...rows,
    ...{ VmallocTotal: VMALLOC_KB[machine.pageTableLevels], Percpu: rows['Percpu']! + machine.percpuKb },
    ...{ HugePages_Total: hugetlbPages, HugePages_Free: hugetlbPages },
    ...{ Hugepagesize: HUGE_PAGE_KB, Hugetlb: HUGE_PAGE_KB * hugetlbPages },
  });
}
