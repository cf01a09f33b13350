/** From the description of a machine to nodes, zones and spans. */
import { X86_64_DMA32_END_PFN, X86_64_DMA_END_PFN, type ZoneName } from '@page-owner/kernel-abi';
import { ZONE_NAME_CODES, ZONES_LIMIT } from './header-layout.js';
import { PAGE_SIZE, type Pfn } from '../limits.js';

/** Frames from `start` to `end`, exclusive. */
export interface FrameRange {
  /** First frame. */
  readonly start: Pfn;
  /** One past the last frame. */
  readonly end: Pfn;
}

/** A zone type: frames below `end` belong to it unless they belong to an earlier one. */
export interface ZoneLimit {
  /** What the zone is called. */
  readonly name: ZoneName;
  /** One past its highest frame. */
  readonly end: Pfn;
}

/** Where a node has memory, and of what kind it is. */
export interface NodeOptions {
  /** Where this node has memory. What lies between the ranges is holes. */
  readonly ranges: readonly FrameRange[];
  /** Frames from here on belong to zone Movable, as `movablecore=` and `kernelcore=` arrange. Default: none do. */
  readonly movableFrom?: Pfn | undefined;
}

/** A range of memory in one zone. */
export interface Span extends FrameRange {
  readonly zone: number;
}

/** DMA, DMA32 and Normal with the limits of x86-64; Movable begins where a node says. */
export const X86_64_ZONE_LIMITS: readonly ZoneLimit[] = [
  { name: 'DMA', end: X86_64_DMA_END_PFN },
  { name: 'DMA32', end: X86_64_DMA32_END_PFN },
  { name: 'Normal', end: Infinity },
  { name: 'Movable', end: Infinity },
];

/** The frames an ordinary ArrayBuffer of the caller's is divided into: one node, one zone. */
export const ONE_ZONE: readonly ZoneLimit[] = [{ name: 'Normal', end: Infinity }];

/** Frames end here at the latest, at 2 TiB: links count words in 32 bits, two for each frame. */
export const FRAMES_LIMIT = 2 ** 29;

export function checkRange(range: FrameRange, what: string): void {
  const { start, end } = range;
  if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end <= start || end > FRAMES_LIMIT) {
    throw new RangeError(`${what} must be frames between 0 and ${FRAMES_LIMIT}, got ${start} to ${end}`);
  }
}

/** How many whole frames `pages` or `bytes` are. */
export function framesOf(pages: number | undefined, bytes: number | undefined): number {
  const frames = pages ?? Math.floor((bytes ?? 0) / PAGE_SIZE);
  if (!Number.isInteger(frames) || frames < 1 || frames > FRAMES_LIMIT) {
    throw new RangeError(
      `an allocator has from 1 to ${FRAMES_LIMIT} pages, got ${pages ?? `${bytes} bytes`}`,
    );
  }
  return frames;
}

export function checkZones(zones: readonly ZoneLimit[], nodes: number): void {
  if (zones.length === 0 || zones.length * nodes > ZONES_LIMIT) {
    throw new RangeError(
      `an allocator has from 1 to ${ZONES_LIMIT} zones, got ${nodes} nodes of ${zones.length}`,
    );
  }
  let last = 0;
  for (const { name } of zones) {
    const code = ZONE_NAME_CODES.indexOf(name);
    if (code <= last) throw new RangeError(`zone "${name}" is unknown or out of order`);
    last = code;
  }
}

/** Cuts every node's ranges at the zone limits; sorted by start. */
export function spansOf(nodes: readonly NodeOptions[], zones: readonly ZoneLimit[]): Span[] {
  const movable = zones.findIndex(({ name }) => name === 'Movable');
  const spans: Span[] = [];
  for (const [node, { ranges, movableFrom = Infinity }] of nodes.entries()) {
    for (const range of ranges) {
      checkRange(range, `a range of node ${node}`);
      for (let start = range.start; start < range.end;) {
        const inMovable = movable >= 0 && start >= movableFrom;
        const type = inMovable ? movable : zones.findIndex(({ end }) => start < end);
        if (type < 0) throw new RangeError(`pfn ${start} lies above every zone`);
        const limit = inMovable
          ? range.end
          : Math.min(zones[type]!.end, movable >= 0 ? movableFrom : Infinity);
        const end = Math.min(range.end, limit);
        spans.push({ start, end, zone: node * zones.length + type });
        start = end;
      }
    }
  }
  spans.sort((a, b) => a.start - b.start);
  for (const [i, span] of spans.entries()) {
    const next = spans[i + 1];
    if (next !== undefined && next.start < span.end) {
      throw new RangeError(`memory ranges overlap at pfn ${next.start}`);
    }
  }
  return spans;
}
