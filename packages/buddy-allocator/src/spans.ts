/** The table of spans: which frames belong to which zone, where a chunk cannot say. Sorted by start. */
import {
  CHUNK_MIXED,
  CHUNK_NONE,
  H_SPANS,
  SPAN_END,
  SPAN_START,
  SPAN_WORDS,
  SPAN_ZONE,
} from './header-layout.js';
import { CHUNK_SHIFT, type Pfn } from './limits.js';
import { zoneBase, type Memory } from './memory.js';
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

/** Enters a range of frames that no span holds yet. */
export function addToSpans(m: Memory, start: Pfn, end: Pfn, zone: number): void {
  insertSpan(m, start, end, zone);
  for (let chunk = start >>> CHUNK_SHIFT; chunk <= (end - 1) >>> CHUNK_SHIFT; chunk++) {
    const other = m.chunks[chunk]!;
    m.chunks[chunk] = other === CHUNK_NONE || other === zone ? zone : CHUNK_MIXED;
  }
  setExtent(m, zone);
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
  m.chunks.fill(CHUNK_NONE, start >>> CHUNK_SHIFT, end >>> CHUNK_SHIFT);
  setExtent(m, zone);
}

/** A zone reaches from the start of its first span to the end of its last. */
function setExtent(m: Memory, zone: number): void {
  const { words, layout } = m;
  const zb = zoneBase(m, zone);
  let start = 0;
  let end = 0;
  for (let at = layout.spans; at < layout.spans + words[H_SPANS]! * SPAN_WORDS; at += SPAN_WORDS) {
    if (words[at + SPAN_ZONE] !== zone) continue;
    if (end === 0) start = words[at + SPAN_START]!;
    end = words[at + SPAN_END]!;
  }
  words[zb + Z_START] = start;
  words[zb + Z_SPANNED] = end - start;
}
