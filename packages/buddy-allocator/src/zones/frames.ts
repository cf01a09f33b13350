/** Looking at frames without changing them: what a tracker, a map or a dump needs to know. */
import * as S from '../layout/frame-state.js';
import { headOf } from './block-heads.js';
import { NO_PAGE, type Pfn } from '../limits.js';
import { blockType, nodeOf, zoneBase, zoneNameOf, zoneNumberOf, type Memory } from '../memory.js';

/** What a frame is. `free` frames are in a free area; `per-cpu` ones are freed but not there. */
export type FrameKind = 'absent' | 'reserved' | 'free' | 'per-cpu' | 'allocated';

/** One block, or one frame that is in none. */
export interface Block {
  /** Its first frame. */
  readonly pfn: Pfn;
  /** It has 2^order frames. */
  readonly order: number;
  /** In use, free, on a per-cpu list, reserved, ... */
  readonly kind: FrameKind;
  /** In use by a request with `__GFP_MOVABLE`. */
  readonly movable: boolean;
  /** Its request had `__GFP_COMP`. */
  readonly compound: boolean;
}

const kindOfState = (state: number): FrameKind => {
  if (S.isFree(state)) return 'free';
  if (S.isAllocated(state)) return 'allocated';
  if (S.isPerCpu(state)) return 'per-cpu';
  return S.isReserved(state) ? 'reserved' : 'absent';
};

/** The block that a frame lies in. */
export function blockAt(m: Memory, pfn: Pfn): Block {
  const found = headOf(m, pfn);
  const head = found === NO_PAGE ? pfn : found;
  const state = m.frames[head] ?? S.ABSENT;
  return {
    pfn: head,
    order: S.orderOf(state),
    kind: kindOfState(state),
    movable: S.isMovable(state),
    compound: S.isAllocated(state) && (state & S.COMPOUND) !== 0,
  };
}

/** Every block and every lone frame in use or reserved, from `start` to `end`; holes are left out. */
export function* blocksBetween(m: Memory, start: Pfn, end: Pfn): Generator<Block> {
  const last = Math.min(end, m.layout.frames);
  for (let pfn = start; pfn < last;) {
    const block = blockAt(m, pfn);
    if (block.kind !== 'absent') yield block;
    pfn = block.pfn + (1 << block.order);
  }
}

export const kindAt = (m: Memory, pfn: Pfn): FrameKind => blockAt(m, pfn).kind;

/** Whether this frame is the head of a block in a free area: what Linux marks as Buddy. */
export const isBuddy = (m: Memory, pfn: Pfn): boolean => S.isFree(m.frames[pfn] ?? 0);

/** Order of the block this frame heads, in any state; -1 if it heads none. */
export function orderAt(m: Memory, pfn: Pfn): number {
  const state = m.frames[pfn] ?? 0;
  return S.isHead(state) ? S.orderOf(state) : -1;
}

export const isPresentAt = (m: Memory, pfn: Pfn): boolean => !S.isAbsent(m.frames[pfn] ?? 0);
export const isReservedAt = (m: Memory, pfn: Pfn): boolean => S.isReserved(m.frames[pfn] ?? 0);

/** Place of a frame's zone in the list that `zones()` returns; -1 outside all. Makes no object. */
export function zoneIndexAt(m: Memory, pfn: Pfn): number {
  const zone = zoneNumberOf(m, pfn);
  return zone < m.layout.zones ? zone : -1;
}

/** A frame's zone. */
export interface FrameZone {
  /** NUMA node. */
  readonly node: number;
  /** Name: `DMA32`. */
  readonly zone: string;
  /** Place in the list that `zones()` returns. */
  readonly index: number;
}

/** Which zone a frame belongs to; undefined outside all. */
export function zoneAt(m: Memory, pfn: Pfn): FrameZone | undefined {
  if (m.frames[pfn] === undefined) return undefined;
  const zone = zoneNumberOf(m, pfn);
  if (zone >= m.layout.zones) return undefined;
  const zb = zoneBase(m, zone);
  return { node: nodeOf(m, zb), zone: zoneNameOf(m, zb), index: zone };
}

export const pageblockTypeAt = (m: Memory, pfn: Pfn): number => blockType(m, pfn);
