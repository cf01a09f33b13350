/**
 * The table of spans: which frames belong to which zone, where a chunk cannot say. Sorted by start; spans of one zone do not
 * touch.
 */
import {
  BLOCK_ZONE_MASK,
  BLOCK_ZONE_SHIFT,
  CHUNK_MIXED,
  CHUNK_NONE,
  H_SPANS,
  SPAN_END,
  SPAN_START,
  SPAN_WORDS,
  SPAN_ZONE,
} from '../layout/header-layout.js';
import { CHUNK_PAGES, PAGEBLOCK_ORDER, SECTION_PAGES, type Pfn } from '../limits.js';
import { zoneBase, type Memory, type ZoneBase } from '../memory.js';
import { Z_SPANNED, Z_START } from '../layout/zone-layout.js';

/** The word behind the last row. */
const tableEnd = ({ words, layout }: Memory): number => layout.spans + words[H_SPANS]! * SPAN_WORDS;

/** The first row whose span reaches beyond `pfn`. */
function rowBeyond(m: Memory, pfn: Pfn): number {
  let at = m.layout.spans;
  while (at < tableEnd(m) && m.words[at + SPAN_END]! <= pfn) at += SPAN_WORDS;
  return at;
}

/** Whether a range is memory of one zone from end to end: spans of one zone do not touch, so it is one that holds it. */
export function isInOneSpan(m: Memory, start: Pfn, end: Pfn): boolean {
  const at = rowBeyond(m, start);
  return at < tableEnd(m) && m.words[at + SPAN_START]! <= start && m.words[at + SPAN_END]! >= end;
}

/** Whether some memory of a range is another zone's. */
export function holdsOther(m: Memory, start: Pfn, end: Pfn, zone: number): boolean {
  const { words } = m;
  for (let at = rowBeyond(m, start); at < tableEnd(m) && words[at + SPAN_START]! < end; at += SPAN_WORDS) {
    if (words[at + SPAN_ZONE] !== zone) return true;
  }
  return false;
}

/** A buffer of this version has room for whatever may come, see `spanLimitFor`; older ones had less. */
function requireRoom({ words, layout }: Memory): void {
  if (words[H_SPANS]! < layout.spanLimit) return;
  throw new RangeError(
    `no room for a further range of memory: the buffer has a table of ${layout.spanLimit}, all in use`,
  );
}

function insertRow(m: Memory, at: number, start: Pfn, end: Pfn, zone: number): void {
  const { words } = m;
  requireRoom(m);
  words.copyWithin(at + SPAN_WORDS, at, tableEnd(m));
  words[at + SPAN_START] = start;
  words[at + SPAN_END] = end;
  words[at + SPAN_ZONE] = zone;
  words[H_SPANS]!++;
}

function deleteRow(m: Memory, at: number): void {
  m.words.copyWithin(at, at + SPAN_WORDS, tableEnd(m));
  m.words[H_SPANS]!--;
}

/** Enters a span, as part of those of the same zone that it touches. */
function insertSpan(m: Memory, start: Pfn, end: Pfn, zone: number): void {
  const { words, layout } = m;
  const next = rowBeyond(m, start);
  const last = next - SPAN_WORDS;
  const joinsLast =
    next > layout.spans && words[last + SPAN_END] === start && words[last + SPAN_ZONE] === zone;
  const joinsNext =
    next < tableEnd(m) && words[next + SPAN_START] === end && words[next + SPAN_ZONE] === zone;
  if (joinsLast) words[last + SPAN_END] = joinsNext ? words[next + SPAN_END]! : end;
  else if (joinsNext) words[next + SPAN_START] = start;
  else insertRow(m, next, start, end, zone);
  if (joinsLast && joinsNext) deleteRow(m, next);
}

/**
 * How many spans there may be at once. Memory comes and goes by whole sections, each of one zone: cut at their boundaries,
 * the spans there are at boot become at most one more for each section, and what is plugged in later is one in each. The
 * last chunk counts whole.
 */
export const spanLimitFor = (spans: number, frames: number): number =>
  spans + Math.floor((frames + CHUNK_PAGES - 1) / SECTION_PAGES);

/** @throws RangeError if there is no room for what is left when a range is taken out */
export function requireRoomWithout(m: Memory, start: Pfn, end: Pfn): void {
  const at = rowBeyond(m, start);
  if (at < tableEnd(m) && m.words[at + SPAN_START]! < start && m.words[at + SPAN_END]! > end) requireRoom(m);
}

/** Writes who owns a chunk into its pageblocks. */
function setChunkZone({ blocks }: Memory, chunk: Pfn, zone: number): void {
  for (let at = chunk >>> PAGEBLOCK_ORDER; at < (chunk + CHUNK_PAGES) >>> PAGEBLOCK_ORDER; at++)
    blocks[at] = (blocks[at]! & ~BLOCK_ZONE_MASK) | (zone << BLOCK_ZONE_SHIFT);
}

/** Enters a range of frames that no span holds yet. */
export function addToSpans(m: Memory, start: Pfn, end: Pfn, zone: number): void {
  insertSpan(m, start, end, zone);
  for (let chunk = start - (start % CHUNK_PAGES); chunk < end; chunk += CHUNK_PAGES) {
    const other = m.blocks[chunk >>> PAGEBLOCK_ORDER]! >> BLOCK_ZONE_SHIFT;
    setChunkZone(m, chunk, other === CHUNK_NONE || other === zone ? zone : CHUNK_MIXED);
  }
  const zb = zoneBase(m, zone);
  const [from, pages] = [m.words[zb + Z_START]!, m.words[zb + Z_SPANNED]!];
  if (pages === 0) setExtent(m, zb, start, end);
  else setExtent(m, zb, Math.min(from, start), Math.max(from + pages, end));
}

/** Takes a range of whole chunks out of the spans of its zone. */
export function removeFromSpans(m: Memory, start: Pfn, end: Pfn, zone: number): void {
  const { words } = m;
  for (let at = rowBeyond(m, start); at < tableEnd(m) && words[at + SPAN_START]! < end;) {
    const from = words[at + SPAN_START]!;
    const to = words[at + SPAN_END]!;
    if (from >= start && to <= end) {
      deleteRow(m, at);
      continue;
    }
    if (from < start && to > end) insertRow(m, at + SPAN_WORDS, end, to, zone);
    if (from < start) words[at + SPAN_END] = start;
    else words[at + SPAN_START] = end;
    at += SPAN_WORDS;
  }
  for (let chunk = start; chunk < end; chunk += CHUNK_PAGES) setChunkZone(m, chunk, CHUNK_NONE);
  shrink(m, zone, start, end);
}

/** From where to where a zone reaches: over its spans, and at boot over holes beside them. */
export function setExtent({ words }: Memory, zb: ZoneBase, start: Pfn, end: Pfn): void {
  words[zb + Z_START] = start;
  words[zb + Z_SPANNED] = end - start;
}

/** What was taken out at the start or the end of a zone is part of it no longer: it ends at its first and last span. */
function shrink(m: Memory, zone: number, from: Pfn, to: Pfn): void {
  const { words, layout } = m;
  const zb = zoneBase(m, zone);
  if (from > words[zb + Z_START]! && to < words[zb + Z_START]! + words[zb + Z_SPANNED]!) return;
  let start = 0;
  let end = 0;
  for (let at = layout.spans; at < tableEnd(m); at += SPAN_WORDS) {
    if (words[at + SPAN_ZONE] !== zone) continue;
    if (end === 0) start = words[at + SPAN_START]!;
    end = words[at + SPAN_END]!;
  }
  setExtent(m, zb, start, end);
}
