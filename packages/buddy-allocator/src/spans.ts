/** The table of spans: which frames belong to which zone, where a chunk cannot say. Sorted by start. */
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
} from './header-layout.js';
import { CHUNK_PAGES, PAGEBLOCK_ORDER, type Pfn } from './limits.js';
import { zoneBase, type Memory, type ZoneBase } from './memory.js';
import { Z_SPANNED, Z_START } from './zone-layout.js';

function insertSpan({ words, layout }: Memory, start: Pfn, end: Pfn, zone: number): void {
  const count = words[H_SPANS]!;
  if (count >= layout.spanLimit) {
    throw new RangeError(`no room for a further range of memory (${count} so far): raise maxPfn at creation`);
  }
  let at = layout.spans + count * SPAN_WORDS;
  for (; at > layout.spans && words[at - SPAN_WORDS + SPAN_START]! > start; at -= SPAN_WORDS) {
    words.copyWithin(at, at - SPAN_WORDS, at);
  }
  words[at + SPAN_START] = start;
  words[at + SPAN_END] = end;
  words[at + SPAN_ZONE] = zone;
  words[H_SPANS] = count + 1;
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

/** Takes a range of whole chunks out of the one span that holds it. */
export function removeFromSpans(m: Memory, start: Pfn, end: Pfn, zone: number): void {
  const { words, layout } = m;
  for (let at = layout.spans; at < layout.spans + words[H_SPANS]! * SPAN_WORDS; at += SPAN_WORDS) {
    const from = words[at + SPAN_START]!;
    const to = words[at + SPAN_END]!;
    if (from > start || to < end) continue;
    words.copyWithin(at, at + SPAN_WORDS, layout.spans + words[H_SPANS]! * SPAN_WORDS);
    words[H_SPANS]!--;
    if (from < start) insertSpan(m, from, start, zone);
    if (end < to) insertSpan(m, end, to, zone);
    break;
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
  for (let at = layout.spans; at < layout.spans + words[H_SPANS]! * SPAN_WORDS; at += SPAN_WORDS) {
    if (words[at + SPAN_ZONE] !== zone) continue;
    if (end === 0) start = words[at + SPAN_START]!;
    end = words[at + SPAN_END]!;
  }
  setExtent(m, zb, start, end);
}
