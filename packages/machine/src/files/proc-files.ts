/** The files below /proc that tell of memory. */
import type { Stats, ZoneReport } from '@page-owner/buddy-allocator';
import { OwnerRecord } from '@page-owner/page-owner';
import type { Machine } from '../machine.js';
import type { MachineFile } from './file-tree.js';
import { meminfoText } from './meminfo-text.js';
import { countersOf, sumPages, type CountedBlock } from './page-counters.js';
import { textFile } from './text-file.js';
import { vmstatText } from './vmstat-text.js';

const PAGE_KB = 4;
const PAGE_BYTES = 4096;
/** vm.dirty_ratio, vm.dirty_background_ratio, vm.overcommit_ratio. */
const DIRTY_PERCENT = 20;
const DIRTY_BACKGROUND_PERCENT = 10;
const OVERCOMMIT_PERCENT = 50;
/** With page tables of four levels. */
const VMALLOC_KB = 2 ** 35 - 1;
const HUGE_PAGE_KB = 2048;

/** Only root may read. */
const ROOT = 0o400;

export function procFiles(machine: Machine): MachineFile[] {
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

function pagetypeinfo({ allocator, owner }: Machine): string {
  if (owner.hooks === null) return allocator.pagetypeinfo();
  const populated = allocator.zones().filter(({ present }) => present > 0);
  const indexOf = ({ node, zone }: ZoneReport): number =>
    populated.findIndex((other) => other.node === node && other.zone === zone);
  return allocator.pagetypeinfo((zone) => owner.mixedBlocks(indexOf(zone)) ?? []);
}

function zoneinfo(machine: Machine): string {
  const blocks = [...countedBlocks(machine)];
  const { allocator } = machine;
  const zoneOf = ({ pfn }: CountedBlock): { node: number; zone: string } | undefined => allocator.zoneOf(pfn);
  return allocator.zoneinfo({
    nodeStats: (node) => sumPages(blocks.filter((block) => zoneOf(block)?.node === node)),
    zoneStats: ({ node, zone }) =>
      sumPages(
        blocks.filter((block) => {
          const own = zoneOf(block);
          return own?.node === node && own.zone === zone;
        }),
      ),
  });
}

/** Blocks in use whose pages count as something. */
function* countedBlocks({ allocator, notes, owner, recordText, gfp }: Machine): Generator<CountedBlock> {
  if (notes.isEmpty) return;
  const record = new OwnerRecord();
  const reclaimable = gfp('__GFP_RECLAIMABLE');
  const known = new Map<number, readonly string[]>();
  for (const { pfn, order, kind } of allocator.blocks()) {
    const note = kind === 'allocated' ? notes.at(pfn) : 0;
    if (note === 0) continue;
    const mobile = owner.recordAt(pfn, record) && (record.gfp & reclaimable) !== 0;
    const key = 2 * note + Number(mobile);
    let counters = known.get(key);
    if (counters === undefined) {
      counters = countersOf(recordText.flagNames(note), notes.noteOf(note).memcg, mobile);
      known.set(key, counters);
    }
    if (counters.length > 0) yield { pfn, order, counters };
  }
}

const sum = (zones: readonly ZoneReport[], pick: (zone: ZoneReport) => number): number =>
  zones.reduce((total, zone) => total + pick(zone), 0);

/** Pages that allocations cannot have: in each zone what is kept from the highest zone, and its high watermark. */
const totalReserve = (zones: readonly ZoneReport[]): number =>
  sum(zones, ({ protection, high, managed }) => Math.min(managed, Math.max(...protection) + high));

/** All counters of vmstat that this machine has. */
function stats(machine: Machine, zones: readonly ZoneReport[]): Stats {
  const pages = sumPages(countedBlocks(machine));
  const free = sum(zones, (zone) => zone.free);
  const dirtyable =
    free - Math.min(free, totalReserve(zones)) + (pages.nr_inactive_file ?? 0) + (pages.nr_active_file ?? 0);
  return {
    ...pages,
    nr_free_pages: free,
    nr_free_cma: sum(zones, (zone) => zone.freeCma),
    nr_dirty_threshold: Math.floor((dirtyable * DIRTY_PERCENT) / 100),
    nr_dirty_background_threshold: Math.floor((dirtyable * DIRTY_BACKGROUND_PERCENT) / 100),
    nr_memmap_pages: machine.ext.memoryUsage().tableBytes / PAGE_BYTES,
    nr_memmap_boot_pages: machine.memmapPages,
  };
}

const vmstat = (machine: Machine): string =>
  vmstatText(machine.allocator.kernel, stats(machine, machine.allocator.zones()));

function meminfo(machine: Machine): string {
  const zones = machine.allocator.zones();
  const counters = stats(machine, zones);
  const pages = (name: string): number => counters[name] ?? 0;
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
    Cached: pages('nr_file_pages'),
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
    KReclaimable: reclaimable,
    Slab: reclaimable + pages('nr_slab_unreclaimable'),
    SReclaimable: reclaimable,
    SUnreclaim: pages('nr_slab_unreclaimable'),
    CommitLimit: Math.floor((total * OVERCOMMIT_PERCENT) / 100),
    CmaTotal: sum(zones, ({ cma }) => cma),
    CmaFree: pages('nr_free_cma'),
  };
  for (const row of Object.keys(rows)) rows[row]! *= PAGE_KB;
  return meminfoText({ ...rows, VmallocTotal: VMALLOC_KB, Hugepagesize: HUGE_PAGE_KB });
}
