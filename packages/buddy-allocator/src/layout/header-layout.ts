/**
 * Where everything lies in the one buffer that is an allocator.
 *
 * ```
 *  byte 0   128
 *  +--------+-----------+-----------+-------+-------+---------+------------+-----------+--------+
 *  | header | distances | preferred | zones | spans | per-cpu | pageblocks |   links   | frames |
 *  +--------+-----------+-----------+-------+-------+---------+------------+-----------+--------+
 *             words:      words:      zone-   3 w.    pcp-      2 bytes per  2 words     1 byte
 *             nodes^2     1 per zone  layout  each    layout    512 frames   per frame   per frame
 *
 *  header, words of 32 bits:
 *    0 MAGIC       'BUDY'                          8 KERNEL        601 or 612
 *    1 VERSION     of this layout                  9 FLAGS         mobility grouping, watermarks, plain
 *    2 FRAMES      first pfn that can not exist   10 MIN_FREE_KB   vm.min_free_kbytes
 *    3 NODES                                      11 SCALE         vm.watermark_scale_factor
 *    4 ZONE_TYPES  zones of each node             12 BOOST         vm.watermark_boost_factor
 *    5 CPUS        per-cpu lists, 0 is none       13 .. 17 ZONE_NAMES, one of ZONE_NAME_CODES each
 *    6 SPAN_LIMIT  room in the span table         18 PCP_FRACTION  vm.percpu_pagelist_high_fraction
 *    7 SPANS       spans in use                   24 LOCK          see lock.ts; a cache line of its own with
 *                                                                  nothing hot beside it
 *                                                 25 LOCK_TURN     how often it was taken, modulo 2^32
 *                                                 26 HOOKED        a thread has set hooks, see unhooked.ts
 *                                                 27 UNHOOKED      what threads without hooks did since
 *
 *  distance    of node a from node b, at a x nodes + b
 *  preferred   record of the first zone with memory for a request from node a up to zone type t, at a x types + t
 *  span        start pfn, end pfn (exclusive), zone number; sorted by start
 *  pageblock   bits 0-2 migratetype, bits 8-15 number of the zone that owns all frames of the chunk around it, or
 *              CHUNK_MIXED: search the spans
 *  link        next, prev: see list-heads.ts
 * ```
 *
 * All integers are in the byte order of the machine; MAGIC reads differently on one of the other order.
 */
import type { ZoneName } from '@page-owner/kernel-abi';
import { CHUNK_PAGES, PAGEBLOCK_ORDER } from '../limits.js';
import { LINK_WORDS } from './list-heads.js';
import { PCP_WORDS } from './pcp-layout.js';
import { ZONE_TYPES_LIMIT, ZONE_WORDS } from './zone-layout.js';

/** The bytes `BUDY` on a little-endian machine. */
export const MAGIC = 0x59445542;
/** Raised whenever a buffer written by the package before could be misread. */
export const LAYOUT_VERSION = 3;

export const H_MAGIC = 0;
export const H_VERSION = H_MAGIC + 1;
export const H_FRAMES = H_VERSION + 1;
export const H_NODES = H_FRAMES + 1;
export const H_ZONE_TYPES = H_NODES + 1;
export const H_CPUS = H_ZONE_TYPES + 1;
export const H_SPAN_LIMIT = H_CPUS + 1;
export const H_SPANS = H_SPAN_LIMIT + 1;
export const H_KERNEL = H_SPANS + 1;
export const H_FLAGS = H_KERNEL + 1;
export const H_MIN_FREE_KB = H_FLAGS + 1;
export const H_SCALE = H_MIN_FREE_KB + 1;
export const H_BOOST = H_SCALE + 1;
export const H_ZONE_NAMES = H_BOOST + 1;
export const H_PCP_FRACTION = H_ZONE_NAMES + ZONE_TYPES_LIMIT;
export const H_LOCK = 24;
export const H_LOCK_TURN = H_LOCK + 1;
export const H_HOOKED = H_LOCK_TURN + 1;
export const H_UNHOOKED = H_HOOKED + 1;
export const HEADER_WORDS = 32;

/** Values of KERNEL: whose manner. */
export const KERNEL_6_1 = 601;
export const KERNEL_6_12 = 612;

/** Bits of FLAGS. */
export const FLAG_GROUPING = 1;
export const FLAG_WATERMARKS = 2;
/** Memory of a program, made with `pages` or `bytes`, not a machine. */
export const FLAG_PLAIN = 4;

/** A chunk whose frames belong to more than one zone. */
export const CHUNK_MIXED = 255;
/** A chunk without a zone. */
export const CHUNK_NONE = CHUNK_MIXED - 1;
/** Zone numbers run from 0 to ZONES_LIMIT-1. */
export const ZONES_LIMIT = CHUNK_NONE;

export const SPAN_START = 0;
export const SPAN_END = SPAN_START + 1;
export const SPAN_ZONE = SPAN_END + 1;
export const SPAN_WORDS = SPAN_ZONE + 1;

export const BLOCK_TYPE_MASK = 7;
export const BLOCK_ZONE_SHIFT = 8;
export const BLOCK_ZONE_MASK = 0xff << BLOCK_ZONE_SHIFT;
const BLOCK_BYTES = 2;

export const WORD_BYTES = 4;

/** How ZONE_NAMES writes a name; 0 is an unused entry. */
export const ZONE_NAME_CODES: readonly (ZoneName | undefined)[] = [
  undefined,
  'DMA',
  'DMA32',
  'Normal',
  'HighMem',
  'Movable',
];

/** The counts from which every offset follows. */
export interface Shape {
  /** One past the highest frame that there can be. */
  readonly frames: number;
  /** NUMA nodes. */
  readonly nodes: number;
  /** Types of zones; each node has a zone of each, with memory or without. */
  readonly zoneTypes: number;
  /** Cpus with lists of their own; 0 is none. */
  readonly cpus: number;
  /** Spans of frames that there is room for. */
  readonly spanLimit: number;
}

/** Offsets: of tables of words in words, of tables of bytes in bytes. */
export interface Layout extends Shape {
  /** Zones, with memory or without: `nodes` times `zoneTypes`. */
  readonly zones: number;
  /** Word of the distances between nodes, `nodes` squared. */
  readonly distances: number;
  /** Word of the zones to begin at, one for each node and zone type. */
  readonly preferred: number;
  /** Word of the records of zones, see zone-layout.ts. */
  readonly zoneRecords: number;
  /** Word of the spans, three words each. */
  readonly spans: number;
  /** Word of the per-cpu lists, see pcp-layout.ts. */
  readonly perCpu: number;
  /** Word of the pageblocks, two bytes each. */
  readonly blocks: number;
  /** Word of the links, two words for each frame. */
  readonly links: number;
  /** Byte of the states of frames, a byte each. */
  readonly frameBytes: number;
  /** Bytes of the whole buffer. */
  readonly byteLength: number;
}

const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;

/** Places the tables of the drawing one after the other. */
export function layoutOf(shape: Shape): Layout {
  const frames = roundUp(shape.frames, CHUNK_PAGES);
  const zones = shape.nodes * shape.zoneTypes;

  const distances = HEADER_WORDS;
  const preferred = distances + shape.nodes * shape.nodes;
  const zoneRecords = preferred + zones;
  const spans = zoneRecords + zones * ZONE_WORDS;
  const perCpu = spans + shape.spanLimit * SPAN_WORDS;
  const blocks = perCpu + zones * shape.cpus * PCP_WORDS;
  const links = Math.ceil(blocks + ((frames >>> PAGEBLOCK_ORDER) * BLOCK_BYTES) / WORD_BYTES);
  const frameBytes = (links + frames * LINK_WORDS) * WORD_BYTES;
  const byteLength = roundUp(frameBytes + frames, WORD_BYTES);

  return {
    ...shape,
    ...{
      frames,
      zones,
      distances,
      preferred,
      zoneRecords,
      spans,
      perCpu,
      blocks,
      links,
      frameBytes,
    },
    byteLength,
  };
}
