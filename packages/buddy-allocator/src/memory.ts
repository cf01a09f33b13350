/** The views on an allocator's buffer, and what belongs to one thread and not to the buffer. */
import { gfpZoneTable, type ZoneName } from '@page-owner/kernel-abi';
import * as H from './layout/header-layout.js';
import type { PageHooks, PageMover, PageReclaimer, PageTracer } from './hooks.js';
import * as LIMITS from './limits.js';
import { Lock } from './lock.js';
import * as HEADS from './layout/list-heads.js';
import * as TYPES from './layout/migratetypes.js';
import * as PCP from './layout/pcp-layout.js';
import { GFP_THISNODE, requestTable } from './request/gfp-request.js';
import { routeTable } from './request/routes.js';
import * as ZONE from './layout/zone-layout.js';

// V8 folds a file's own constants into code, but reads imported ones from memory at each use: this is a hot path.
const {
  BLOCK_TYPE_MASK,
  BLOCK_ZONE_SHIFT,
  CHUNK_MIXED,
  CHUNK_NONE,
  FLAG_GROUPING,
  FLAG_PLAIN,
  H_FLAGS,
  H_KERNEL,
  H_LOCK,
  H_SPANS,
  H_ZONE_NAMES,
  KERNEL_6_12,
  SPAN_END,
  SPAN_START,
  SPAN_WORDS,
  SPAN_ZONE,
  WORD_BYTES,
  ZONE_NAME_CODES,
} = H;
const { PAGEBLOCK_ORDER } = LIMITS;
const { LINK_WORDS } = HEADS;
const { MERGEABLE_TYPES, MIGRATE_UNMOVABLE } = TYPES;
const { PCP_WORDS, pcpHeadTable } = PCP;
const { Z_NODE, Z_PCP, Z_TYPE, ZONE_WORDS } = ZONE;

/**
 * The allocator of which Linux: they differ in fallback and stealing, per-cpu lists, HighAtomic reserves and bits of the gfp
 * mask.
 */
export type AllocatorKernel = '6.1' | '6.12';

/** Index of the first word of a zone's record. */
export type ZoneBase = number;

/** `observed`: whom to tell about an allocation or a free. */
export const OBSERVED_BY_HOOKS = 1;
export const OBSERVED_BY_TRACER = 2;

/** Masks without the highest bit: V8 keeps them in signed words, which it compares faster. */
const GFP_SIGNED = 0x7fffffff;

export class Memory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  readonly layout: H.Layout;
  /** Everything up to the frames, links included. */
  readonly words: Int32Array;
  readonly blocks: Uint16Array;
  readonly frames: Uint8Array;

  readonly kernel: AllocatorKernel;
  /** 6.12 rather than 6.1. */
  readonly modern: boolean;
  readonly grouping: boolean;
  /** Memory of a program rather than of a machine. */
  readonly plain: boolean;
  /** Zones of a node in index order. */
  readonly zoneNames: readonly ZoneName[];
  /** What a gfp mask asks for, see gfp-request.ts. */
  readonly requests: Int16Array;
  /** For each node the zones to try, in order; and those of them that are its own. */
  readonly zonelists: readonly Int32Array[];
  readonly ownZones: readonly Int32Array[];
  /** From the layout, for the hot paths. */
  readonly nodes: number;
  readonly zoneTypes: number;
  readonly preferred: number;
  readonly zoneRecords: number;
  /** Word of the link of frame 0. */
  readonly links: number;
  /** Which per-cpu list keeps what, see pcp-layout.ts. */
  readonly pcpHeads: Uint8Array;
  /** Both by order and mask, see routes.ts. */
  readonly routes: Int32Array;
  /**
   * A mask has no other bits if the fast path of allocation may serve it. That does not look at nodes, and where there are
   * several the preferred zone may be another node's, so that __GFP_THISNODE has to go the slow way.
   */
  readonly plainGfp: number;
  /** How many cpus have lists; 0 is none. */
  readonly cpus: number;

  /** Null unless the buffer is shared between threads. */
  readonly lock: Lock | null;
  /** Which per-cpu lists this thread uses; and the same as an offset from the first cpu's, for the hot paths. */
  cpu = 0;
  cpuWords = 0;
  /** Where this thread looks first; and its row of `preferred`. */
  node = 0;
  preferredHere: number;
  /** In a shared allocator always a `SharedHooks`, see unhooked.ts. */
  hooks: PageHooks | null = null;
  tracer: PageTracer | null = null;
  mover: PageMover | null = null;
  reclaimer: PageReclaimer | null = null;
  /** 0 while neither hooks nor tracer are set: the one test on the hot paths. */
  observed = 0;
  /** Which way of finding a block worked last in a refill, see fallback-6.12.ts. */
  searchMode = 0;

  constructor(buffer: ArrayBuffer | SharedArrayBuffer, layout: H.Layout) {
    const { frames } = layout;
    this.buffer = buffer;
    this.layout = layout;
    this.words = new Int32Array(buffer, 0, layout.frameBytes / WORD_BYTES);
    this.blocks = new Uint16Array(buffer, layout.blocks * WORD_BYTES, frames >>> PAGEBLOCK_ORDER);
    this.frames = new Uint8Array(buffer, layout.frameBytes, frames);

    const { words } = this;
    this.modern = words[H_KERNEL] === KERNEL_6_12;
    this.kernel = this.modern ? '6.12' : '6.1';
    this.grouping = (words[H_FLAGS]! & FLAG_GROUPING) !== 0;
    this.plain = (words[H_FLAGS]! & FLAG_PLAIN) !== 0;
    this.zoneNames = Array.from(
      words.subarray(H_ZONE_NAMES, H_ZONE_NAMES + layout.zoneTypes),
      (code) => ZONE_NAME_CODES[code] ?? 'Normal',
    );
    this.requests = requestTable(gfpZoneTable(this.zoneNames), this.grouping);
    this.zonelists = Array.from({ length: layout.nodes }, (_, node) => zonelistOf(words, layout, node));
    this.ownZones = this.zonelists.map((zones) => zones.subarray(0, layout.zoneTypes));
    this.nodes = layout.nodes;
    this.zoneTypes = layout.zoneTypes;
    this.preferred = layout.preferred;
    this.zoneRecords = layout.zoneRecords;
    this.links = layout.links;
    this.plainGfp = layout.nodes === 1 ? GFP_SIGNED : GFP_SIGNED & ~GFP_THISNODE;
    this.cpus = layout.cpus;
    this.pcpHeads = pcpHeadTable(this.modern, layout.cpus);
    this.routes = routeTable(this.requests, this.pcpHeads);
    this.preferredHere = layout.preferred;
    const shared = typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer;
    this.lock = shared ? new Lock(words, H_LOCK) : null;
  }
}

/** Zones of the node itself first, then of the nearest one; within a node from the highest zone down. */
function zonelistOf(words: Int32Array, layout: H.Layout, node: number): Int32Array {
  const distance = (other: number): number =>
    other === node ? -Infinity : words[layout.distances + node * layout.nodes + other]!;
  const nodes = Array.from({ length: layout.nodes }, (_, other) => other);
  nodes.sort((a, b) => distance(a) - distance(b) || a - b);
  const highestFirst = Array.from({ length: layout.zoneTypes }, (_, type) => layout.zoneTypes - 1 - type);
  return Int32Array.from(
    nodes.flatMap((other) =>
      highestFirst.map((type) => layout.zoneRecords + (other * layout.zoneTypes + type) * ZONE_WORDS),
    ),
  );
}

/** The zones that a request for a node may use, in order. */
export const zonesFor = (m: Memory, gfp: number, node: number): Int32Array =>
  ((gfp & GFP_THISNODE) !== 0 ? m.ownZones : m.zonelists)[node]!;

/** Number of the zone that owns this frame; CHUNK_NONE if none does. */
export function zoneNumberOf(m: Memory, pfn: number): number {
  const block = m.blocks[pfn >>> PAGEBLOCK_ORDER];
  const zone = block === undefined ? CHUNK_NONE : block >> BLOCK_ZONE_SHIFT;
  return zone === CHUNK_MIXED ? searchSpans(m, pfn) : zone;
}

function searchSpans({ words, layout: { spans } }: Memory, pfn: number): number {
  const end = spans + words[H_SPANS]! * SPAN_WORDS;
  for (let span = spans; span < end; span += SPAN_WORDS) {
    if (pfn >= words[span + SPAN_START]! && pfn < words[span + SPAN_END]!) return words[span + SPAN_ZONE]!;
  }
  return CHUNK_NONE;
}

export const zoneBase = (m: Memory, zone: number): ZoneBase => m.zoneRecords + zone * ZONE_WORDS;

/** Record of the zone that owns this frame, which must have one. */
export const zoneBaseOf = (m: Memory, pfn: number): ZoneBase => zoneBase(m, zoneNumberOf(m, pfn));

/** Record of a cpu's lists in a zone. */
export const pcpBase = (m: Memory, zb: ZoneBase, cpu: number): number =>
  m.words[zb + Z_PCP]! + cpu * PCP_WORDS;

/** Word of a frame's link. */
export const linkOf = (m: Memory, pfn: number): number => m.links + pfn * LINK_WORDS;

/** The frame whose link is at this word. */
export const linkedPfn = (m: Memory, at: number): number => (at - m.links) / LINK_WORDS;

export const zoneNameOf = (m: Memory, zb: ZoneBase): ZoneName =>
  m.zoneNames[m.words[zb + Z_TYPE]!] ?? 'Normal';
export const nodeOf = (m: Memory, zb: ZoneBase): number => m.words[zb + Z_NODE]!;

export const blockType = (m: Memory, pfn: number): number =>
  m.blocks[pfn >>> PAGEBLOCK_ORDER]! & BLOCK_TYPE_MASK;

/** Gives a pageblock its type. With grouping off, all types that could be grouped are Unmovable. */
export function setBlockType(m: Memory, pfn: number, type: number): void {
  const wanted = m.grouping || type >= MERGEABLE_TYPES ? type : MIGRATE_UNMOVABLE;
  m.blocks[pfn >>> PAGEBLOCK_ORDER] = (m.blocks[pfn >>> PAGEBLOCK_ORDER]! & ~BLOCK_TYPE_MASK) | wanted;
}
