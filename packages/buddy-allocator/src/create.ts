/** Making an allocator: a buffer, its header and zones, and all memory that is not reserved on the free lists. */
import { requireKnownOptions, type Release } from '@page-owner/kernel-abi';
import { RESERVED, TAIL } from './layout/frame-state.js';
import { freeToArea } from './zones/free-area.js';
import * as H from './layout/header-layout.js';
import { PAGEBLOCK_ORDER, PAGEBLOCK_PAGES, type Pfn } from './limits.js';
import { rulesOf } from './kernel-rules.js';
import { LINK_WORDS, LISTS_PER_PCP, LISTS_PER_ZONE } from './layout/list-heads.js';
import {
  checkRange,
  checkZones,
  FRAMES_LIMIT,
  framesOf,
  ONE_ZONE,
  spansOf,
  X86_64_ZONE_LIMITS,
  type FrameRange,
  type NodeOptions,
  type Span,
  type ZoneLimit,
} from './layout/memory-map.js';
import { Memory, pcpBase, setBlockType, zoneBase, zoneBaseOf, zoneNumberOf } from './memory.js';
import { MIGRATE_CMA, MIGRATE_TYPES } from './layout/migratetypes.js';
import { P_LISTS, PCP_WORDS } from './layout/pcp-layout.js';
import { setExtent, spanLimitFor } from './zones/spans.js';
import { MIN_FREE_KBYTES_LIMIT } from './zones/watermarks.js';
import * as Z from './layout/zone-layout.js';
import { addMemory, giveFrames, memoryChanged } from './allocation/zone-memory.js';

/** How much memory an allocator manages: exactly one of the three. */
export type AllocatorSize =
  /** One node with one zone of so many pages; what a user of plain memory wants. */
  | { readonly pages: number; readonly bytes?: undefined; readonly nodes?: undefined }
  /** The same in bytes, rounded down to whole pages. */
  | { readonly bytes: number; readonly pages?: undefined; readonly nodes?: undefined }
  /** A machine. */
  | { readonly nodes: readonly NodeOptions[]; readonly pages?: undefined; readonly bytes?: undefined };

/** What a new allocator is to be like: its size, and what may be left out. */
export type AllocatorOptions = AllocatorSize & AllocatorSettings;

/** What every allocator may be told, however its size is given. */
export interface AllocatorSettings {
  /** Zone types in index order. Default: the ones of x86-64 for `nodes`, else a single Normal. */
  readonly zones?: readonly ZoneLimit[] | undefined;
  /** Frames that are present, but not given to the allocator before `releaseReserved`. */
  readonly reserved?: readonly FrameRange[] | undefined;
  /** Whole pageblocks of type CMA. */
  readonly cma?: readonly FrameRange[] | undefined;
  /** `distances[a][b]` orders the nodes that node `a` falls back to. Default: 10 at home, 20 elsewhere. */
  readonly distances?: readonly (readonly number[])[] | undefined;
  /**
   * Whose manner of falling back, and whose texts: any release, as `6.12.117`. The rules are those of 6.1 for releases
   * before 6.8, and of 6.12 from there on. Default `6.12`.
   */
  readonly kernel?: Release | undefined;
  /** How many cpus have per-cpu lists, 0 to 8192, default 1. With 0 freed pages merge at once. */
  readonly cpus?: number | undefined;
  /** Whether to keep pages back below the watermarks. Default: for `nodes` only. */
  readonly watermarks?: boolean | undefined;
  /** vm.min_free_kbytes, in KiB. Default, or 0: from the amount of memory. */
  readonly minFreeKbytes?: number | undefined;
  /** vm.watermark_scale_factor, from 1 to 3000, default 10. */
  readonly watermarkScaleFactor?: number | undefined;
  /** vm.watermark_boost_factor, in hundredths of a per cent of the high watermark, 0 or more, default 15000. */
  readonly watermarkBoostFactor?: number | undefined;
  /** vm.percpu_pagelist_high_fraction, 0 or from 8 on, default 0. */
  readonly percpuPagelistHighFraction?: number | undefined;
  /** Group pages by mobility. Default: as Linux, if there are enough pages for a pageblock of each type. */
  readonly grouping?: boolean | undefined;
  /** Use a SharedArrayBuffer, so that other threads can attach. Default false. */
  readonly shared?: boolean | undefined;
  /** As in `AttachOptions`. */
  readonly lockTimeout?: number | undefined;
  /** One past the highest pfn that hotplug may ever add. Default: no room. */
  readonly maxPfn?: Pfn | undefined;
}

const OPTIONS: Readonly<Record<keyof AllocatorOptions, true>> = {
  pages: true,
  bytes: true,
  nodes: true,
  zones: true,
  reserved: true,
  cma: true,
  distances: true,
  kernel: true,
  cpus: true,
  watermarks: true,
  minFreeKbytes: true,
  watermarkScaleFactor: true,
  watermarkBoostFactor: true,
  percpuPagelistHighFraction: true,
  grouping: true,
  shared: true,
  lockTimeout: true,
  maxPfn: true,
};

/** What Linux lets be written to each: source mm/page_alloc.c `page_alloc_sysctl_table[]`. */
const SYSCTLS = {
  minFreeKbytes: [0, MIN_FREE_KBYTES_LIMIT],
  watermarkScaleFactor: [1, 3000],
  watermarkBoostFactor: [0, 2 ** 31 - 1],
  percpuPagelistHighFraction: [0, 2 ** 31 - 1],
} as const;

/** Per-cpu lists hold at most an eighth of a zone (MIN_PERCPU_PAGELIST_HIGH_FRACTION). */
const LEAST_HIGH_FRACTION = 8;

/** CONFIG_NR_CPUS of x86-64 goes no higher. */
const MOST_CPUS = 8192;

const LOCAL_DISTANCE = 10;
const REMOTE_DISTANCE = 20;

export function create(options: AllocatorOptions): Memory {
  requireKnownOptions('createAllocator', options, OPTIONS);
  const machine = options.nodes !== undefined;
  const sizes = [options.pages, options.bytes, options.nodes];
  if (sizes.filter((size) => size !== undefined).length !== 1) {
    throw new TypeError('an allocator needs exactly one of: pages, bytes, nodes');
  }
  const zones = options.zones ?? (machine ? X86_64_ZONE_LIMITS : ONE_ZONE);
  const nodes = options.nodes ?? [{ ranges: [{ start: 0, end: framesOf(options.pages, options.bytes) }] }];
  const cpus = options.cpus ?? 1;
  if (!Number.isInteger(cpus) || cpus < 0 || cpus > MOST_CPUS)
    throw new RangeError(`cpus must be a whole number from 0 to ${MOST_CPUS}, got ${cpus}`);
  checkOptions(options);
  checkZones(zones, nodes.length);
  const spans = spansOf(nodes, zones);
  const top = spans.at(-1)?.end;
  if (top === undefined) throw new RangeError('an allocator needs at least one range of memory');
  const { maxPfn: frames = top } = options;
  if (!Number.isInteger(frames) || frames > FRAMES_LIMIT)
    throw new RangeError(`maxPfn must be a whole number up to ${FRAMES_LIMIT}, got ${frames}`);
  if (frames < top) throw new RangeError(`memory goes up to pfn ${top}, beyond maxPfn ${frames}`);
  const layout = H.layoutOf({
    frames,
    nodes: nodes.length,
    zoneTypes: zones.length,
    cpus,
    spanLimit: spanLimitFor(spans.length, frames),
  });
  const buffer = options.shared
    ? new SharedArrayBuffer(layout.byteLength)
    : new ArrayBuffer(layout.byteLength);
  writeHeader(new Int32Array(buffer, 0, layout.zoneRecords), layout, options, zones, spans);
  const m = new Memory(buffer, layout);
  setUpLists(m);
  for (const span of spans) addMemory(m, span);
  reachToLimits(m, nodes, zones);
  for (const range of options.reserved ?? []) markReserved(m, range);
  for (const range of options.cma ?? []) markCma(m, range);
  for (const span of spans) freeUnreserved(m, span, options.cma ?? []);
  for (const range of options.cma ?? []) giveCma(m, range);
  memoryChanged(m);
  return m;
}

function checkOptions(options: AllocatorOptions): void {
  for (const [name, [least, most]] of Object.entries(SYSCTLS)) {
    const value = options[name as keyof typeof SYSCTLS];
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most))
      throw new RangeError(`${name} must be a whole number from ${least} to ${most}, got ${value}`);
  }
  const { percpuPagelistHighFraction: fraction = 0 } = options;
  if (fraction > 0 && fraction < LEAST_HIGH_FRACTION)
    throw new RangeError(
      `percpuPagelistHighFraction must be 0 or from ${LEAST_HIGH_FRACTION} on, got ${fraction}`,
    );
}

function writeHeader(
  words: Int32Array,
  layout: H.Layout,
  options: AllocatorOptions,
  zones: readonly ZoneLimit[],
  spans: readonly Span[],
): void {
  const pages = spans.reduce((sum, { start, end }) => sum + end - start, 0);
  const grouping = options.grouping ?? pages >= PAGEBLOCK_PAGES * MIGRATE_TYPES;
  const watermarks = options.watermarks ?? options.nodes !== undefined;
  words[H.H_MAGIC] = H.MAGIC;
  words[H.H_VERSION] = H.LAYOUT_VERSION;
  words[H.H_FRAMES] = layout.frames;
  words[H.H_NODES] = layout.nodes;
  words[H.H_ZONE_TYPES] = layout.zoneTypes;
  words[H.H_CPUS] = layout.cpus;
  words[H.H_SPAN_LIMIT] = layout.spanLimit;
  words[H.H_KERNEL] = rulesOf(options.kernel ?? '6.12') === '6.1' ? H.KERNEL_6_1 : H.KERNEL_6_12;
  words[H.H_FLAGS] =
    (grouping ? H.FLAG_GROUPING : 0) |
    (watermarks ? H.FLAG_WATERMARKS : 0) |
    (options.nodes === undefined ? H.FLAG_PLAIN : 0);
  words[H.H_MIN_FREE_KB] = options.minFreeKbytes ?? 0;
  words[H.H_SCALE] = options.watermarkScaleFactor ?? 10;
  words[H.H_BOOST] = options.watermarkBoostFactor ?? 15000;
  words[H.H_PCP_FRACTION] = options.percpuPagelistHighFraction ?? 0;
  for (const [type, { name }] of zones.entries())
    words[H.H_ZONE_NAMES + type] = H.ZONE_NAME_CODES.indexOf(name);
  for (let from = 0; from < layout.nodes; from++) {
    for (let to = 0; to < layout.nodes; to++) {
      const usual = from === to ? LOCAL_DISTANCE : REMOTE_DISTANCE;
      words[layout.distances + from * layout.nodes + to] = options.distances?.[from]?.[to] ?? usual;
    }
  }
}

/** Empty lists, zones without frames. */
function setUpLists(m: Memory): void {
  const { words, layout } = m;
  m.blocks.fill(H.CHUNK_NONE << H.BLOCK_ZONE_SHIFT);
  for (let zone = 0; zone < layout.zones; zone++) {
    const zb = zoneBase(m, zone);
    words[zb + Z.Z_NUMBER] = zone;
    words[zb + Z.Z_NODE] = Math.floor(zone / layout.zoneTypes);
    words[zb + Z.Z_TYPE] = zone % layout.zoneTypes;
    words[zb + Z.Z_PCP] = layout.perCpu + zone * layout.cpus * PCP_WORDS;
    emptyLists(words, zb + Z.Z_LISTS, LISTS_PER_ZONE);
    for (let cpu = 0; cpu < layout.cpus; cpu++)
      emptyLists(words, pcpBase(m, zb, cpu) + P_LISTS, LISTS_PER_PCP);
  }
}

function emptyLists(words: Int32Array, first: number, lists: number): void {
  for (let head = first; head < first + lists * LINK_WORDS; head += LINK_WORDS)
    words.fill(head, head, head + 2);
}

/**
 * At boot a zone with memory reaches to its limits as far as its node does: source mm/mm_init.c
 * `zone_spanned_pages_in_node()`.
 */
function reachToLimits(m: Memory, nodes: readonly NodeOptions[], zones: readonly ZoneLimit[]): void {
  for (const [node, { ranges, movableFrom = Infinity }] of nodes.entries()) {
    const top = Math.max(...ranges.map(({ end }) => end));
    const movable = zones.some(({ name }) => name === 'Movable') ? movableFrom : Infinity;
    let start = Math.min(...ranges.map((range) => range.start));
    for (const [type, { name, end }] of zones.entries()) {
      const zb = zoneBase(m, node * zones.length + type);
      if (name !== 'Movable' && m.words[zb + Z.Z_PRESENT]! > 0) {
        setExtent(m, zb, start, Math.min(end, top, movable));
      }
      start = Math.max(start, end);
    }
  }
}

/** Marks what is present in a range; holes stay holes. */
function markReserved(m: Memory, range: FrameRange): void {
  checkRange(range, 'a reserved range');
  for (let pfn = range.start; pfn < Math.min(range.end, m.layout.frames); pfn++) {
    if (m.frames[pfn] === TAIL) m.frames[pfn] = RESERVED;
  }
}

function markCma(m: Memory, range: FrameRange): void {
  checkRange(range, 'a CMA range');
  if (range.start % PAGEBLOCK_PAGES !== 0 || range.end % PAGEBLOCK_PAGES !== 0) {
    throw new RangeError(`a CMA range is made of whole pageblocks, got ${range.start} to ${range.end}`);
  }
  const zone = zoneNumberOf(m, range.start);
  for (let pfn = range.start; pfn < range.end; pfn++) {
    if (m.frames[pfn] === TAIL && zoneNumberOf(m, pfn) === zone) continue;
    throw new RangeError(
      `a CMA range is free memory of one zone, not so pfn ${pfn} of ${range.start} to ${range.end}`,
    );
  }
  for (let block = range.start; block < range.end; block += PAGEBLOCK_PAGES)
    setBlockType(m, block, MIGRATE_CMA);
}

/** Gives the allocator what is neither reserved nor CMA, in the largest pieces, each to the end of its list. */
function freeUnreserved(m: Memory, span: Span, cma: readonly FrameRange[]): void {
  const { frames } = m;
  for (let start = span.start; start < span.end;) {
    const area = cma.find((range) => range.start <= start && start < range.end);
    if (area !== undefined) {
      start = area.end;
      continue;
    }
    if (frames[start] !== TAIL) {
      start++;
      continue;
    }
    const nextCma = cma.reduce(
      (next, range) => (range.start > start ? Math.min(next, range.start) : next),
      span.end,
    );
    let end = start + 1;
    while (end < nextCma && frames[end] === TAIL) end++;
    giveFrames(m, start, end);
    start = end;
  }
}

function giveCma(m: Memory, { start, end }: FrameRange): void {
  const zb = zoneBaseOf(m, start);
  m.words[zb + Z.Z_MANAGED]! += end - start;
  m.words[zb + Z.Z_CMA_PAGES]! += end - start;
  for (let block = start; block < end; block += PAGEBLOCK_PAGES) freeToArea(m, zb, block, PAGEBLOCK_ORDER, 0);
}
