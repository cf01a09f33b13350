/**
 * What a kernel takes of memory before it has a page allocator: itself, its initial RAM disk, hash tables, buffers.
 *
 * ```
 *   0        1 MiB         16 MiB                                                              end of memory
 *   +--------+----- ... ---+-------+------+----- ... --+--------------+-----------+-- - --+--------+
 *   |  kept  |             | image | freed|            | struct pages,| CMA, if   |       | initrd |
 *   |        |             |       | later|            | tables, other| asked for |       |        |
 *   +--------+----- ... ---+-------+------+----- ... --+--------------+-----------+-- - --+--------+
 * ```
 *
 * With these the lines "Memory:" (its reserved kilobytes) and MemTotal of boots with 512 MiB to 4 GiB, page_owner on and
 * off, come out to the kilobyte. What is not there are allocations of the boot itself: MemFree is higher by theirs.
 */
import type { FrameRange, NodeOptions, Pfn } from '@page-owner/buddy-allocator';
import { X86_64_DMA32_END_PFN } from '@page-owner/kernel-abi';
import { presentPages, without } from './memory-map.js';

/** Sizes in KiB. */
export interface KernelImage {
  /** As the line "Memory:" has them. */
  readonly code: number;
  readonly rwdata: number;
  readonly rodata: number;
  readonly init: number;
  readonly bss: number;
  /** What lies between sections, by its name in the log; freed like `init` at the end of the boot. */
  readonly gaps: Readonly<Record<string, number>>;
  /** Freed at the end of the boot, too; 0 is none. */
  readonly initrd: number;
  readonly alternatives: number;
  /** Tables of the unwinder and of exceptions: part of the image, and of none of its sections in the log; default none. */
  readonly tables?: number | undefined;
  /** The per-cpu area of each cpu. */
  readonly percpu: number;
  /** How many pages of 2 MiB of the direct map are split when the sections are protected; default none. */
  readonly splits?: number | undefined;
  /** Page tables, the log and whatever else is taken from boot memory. */
  readonly other: number;
}

/**
 * Source: dmesg and /proc/meminfo of boots of 6.1.192 and 6.12.117 with 2 cpus. In 6.12 alternatives are freed before they
 * count.
 */
export const KERNEL_IMAGES: Readonly<Record<'6.1' | '6.12', KernelImage>> = {
  '6.1': {
    ...{ code: 8196, rwdata: 1323, rodata: 2084, init: 868, bss: 1624, initrd: 1504, alternatives: 24 },
    ...{
      gaps: { 'text/rodata': 2040, 'rodata/data': 2012 },
      percpu: 204,
      splits: 7,
      tables: 2340,
      other: 2509 - 2 * 204,
    },
  },
  '6.12': {
    ...{ code: 8192, rwdata: 1443, rodata: 2256, init: 1052, bss: 1108, initrd: 3212, alternatives: 0 },
    ...{ gaps: { 'rodata/data': 1840 }, percpu: 220, splits: 5, tables: 2544, other: 2541 - 2 * 220 },
  },
};

const PAGE_KB = 4;
const FIRST_MIB: FrameRange = { start: 0, end: 0x100 };
/** Where the image is loaded. */
const LOADED_AT: Pfn = 0x1000;

/** A part that is given back at the end of the boot, and the line that says so. */
interface FreedPart extends FrameRange {
  readonly line: string;
}

export interface PlacedImage {
  /** Frames that are never given to the allocator, or only at the end of the boot. */
  readonly reserved: readonly FrameRange[];
  readonly freed: readonly FreedPart[];
  /** What is taken from the top, along with the struct pages. */
  readonly bytes: number;
  readonly lines: readonly string[];
}

const pagesOf = (kb: number): number => Math.ceil(kb / PAGE_KB);

/** @throws RangeError if there is no room for it */
export function placeImage(nodes: readonly NodeOptions[], image: KernelImage, cpus: number): PlacedImage {
  const { code, rwdata, rodata, bss, init, gaps, initrd, alternatives, tables = 0, other } = image;
  const kept = pagesOf(code + rwdata + rodata + bss + tables + cpus * image.percpu + other);
  const inPlace = Math.min(kept, pagesOf(code + rwdata + rodata + bss + tables));
  const parts: [line: string, kb: number][] = [
    ['Freeing SMP alternatives memory', alternatives],
    ['Freeing unused kernel image (initmem) memory', init],
    ...Object.entries(gaps).map(([name, kb]): [string, number] => [
      `Freeing unused kernel image (${name} gap) memory`,
      kb,
    ]),
  ];
  const pages = inPlace + parts.reduce((sum, [, kb]) => sum + pagesOf(kb), 0);
  const memory = without(
    nodes.flatMap(({ ranges }) => ranges),
    [FIRST_MIB],
  );
  const start = roomFor(memory, pages, LOADED_AT);
  const whole = { start, end: start + pages };
  const freed: FreedPart[] = [];
  let at = start + inPlace;
  for (const [line, kb] of parts) {
    if (kb > 0) freed.push({ start: at, end: at + pagesOf(kb), line: `${line}: ${kb}K` });
    at += pagesOf(kb);
  }
  const reserved = pages > 0 ? [FIRST_MIB, whole] : [FIRST_MIB];
  if (initrd > 0) {
    const disk = below(without(memory, reserved), pagesOf(initrd), X86_64_DMA32_END_PFN);
    reserved.push(disk);
    freed.unshift({ ...disk, line: `Freeing initrd memory: ${initrd}K` });
  }
  const bounce = bounceBuffers(nodes, without(memory, reserved));
  if (bounce !== null) reserved.push(bounce);
  const hashes = hashTables(presentPages(nodes));
  const bytes = (kept - inPlace) * PAGE_KB * 1024 + hashes.reduce((sum, table) => sum + table.bytes, 0);
  return {
    ...{ reserved, freed, lines: hashes.map(({ line }) => line) },
    bytes: bytes + (bounce === null ? 0 : BOUNCE_SLOT_BYTES),
  };
}

/** The first frame of so many in a row from `wanted` on, or else anywhere. */
function roomFor(memory: readonly FrameRange[], pages: number, wanted: Pfn): Pfn {
  const above = memory.map(({ start, end }) => ({ start: Math.max(start, wanted), end }));
  const place = [...above, ...memory].find(({ start, end }) => end - start >= pages);
  if (place === undefined) throw new RangeError(`there is no room for a kernel image of ${pages} pages`);
  return place.start;
}

/** The highest so many frames in a row below a limit. */
function below(memory: readonly FrameRange[], pages: number, limit: Pfn): FrameRange {
  const ends = memory
    .map(({ start, end }) => ({ start, end: Math.min(end, limit) }))
    .filter(({ start, end }) => end - start >= pages)
    .map(({ end }) => end);
  if (ends.length === 0) throw new RangeError(`there is no room for ${pages} pages below frame ${limit}`);
  const end = Math.max(...ends);
  return { start: end - pages, end };
}

/**
 * swiotlb: 64 MiB below 4 GiB, if there is memory that a 32-bit device cannot reach; anywhere 24 bytes for each slot of 2
 * KiB, and two pages.
 */
const BOUNCE_KB = 64 * 1024;
const BOUNCE_SLOT_BYTES = 32768 * 24 + 8192;

function bounceBuffers(nodes: readonly NodeOptions[], memory: readonly FrameRange[]): FrameRange | null {
  const high = nodes.some(({ ranges }) => ranges.some(({ end }) => end > X86_64_DMA32_END_PFN));
  return high ? below(memory, pagesOf(BOUNCE_KB), X86_64_DMA32_END_PFN) : null;
}

interface HashTable {
  readonly bytes: number;
  readonly line: string;
}

const MIB_PAGES = 256;
const BUCKET_BYTES = 8;
/** Beyond 64 GiB tables grow with the square root of memory. */
const ADAPT_FROM_PAGES = 2 ** 24;

/** Of dentries and inodes: a bucket for each 8 and 16 KiB, as alloc_large_system_hash() counts them. */
function hashTables(pages: number): HashTable[] {
  return [
    ['Dentry cache', 13],
    ['Inode-cache', 14],
  ].map(([name, scale]) => {
    let shift = Number(scale) - 12;
    const rounded = Math.ceil(pages / MIB_PAGES) * MIB_PAGES;
    for (let adapt = ADAPT_FROM_PAGES; adapt < rounded; adapt *= 4) shift++;
    const entries = 2 ** Math.ceil(Math.log2(Math.floor(rounded / 2 ** shift)));
    const bytes = Math.max(entries * BUCKET_BYTES, 4096);
    const order = Math.log2(bytes / 4096);
    return {
      bytes,
      line: `${name} hash table entries: ${entries} (order: ${order}, ${bytes} bytes, linear)`,
    };
  });
}
