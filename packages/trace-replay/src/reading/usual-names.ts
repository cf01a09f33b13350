/** The names of the events that most lines of tracefs are of, told by a few bytes. */
import { GREATER, word } from '../bytes.js';
import * as e from '../tables/trace-event.js';
import type { EventKind } from '../tables/trace-event.js';

/** So many bytes at most are looked at. */
export const LONGEST_TEXT = 32;

/** What stands between time and payload. */
const TEXTS: readonly (readonly [EventKind, string])[] = [
  [e.EVENT_ALLOC, 'mm_page_alloc: '],
  [e.EVENT_FREE, 'mm_page_free: '],
  [e.EVENT_FREE_BATCHED, 'mm_page_free_batched: '],
  [e.EVENT_PCPU_DRAIN, 'mm_page_pcpu_drain: '],
  [e.EVENT_ZONE_LOCKED, 'mm_page_alloc_zone_locked: '],
  [e.EVENT_KERNEL_STACK, '<stack trace>'],
  [e.EVENT_REF_SET, 'page_ref_set: '],
  [e.EVENT_REF_MOD, 'page_ref_mod: '],
  [e.EVENT_REF_TEST, 'page_ref_mod_and_test: '],
];
/** By kind: the bytes of its text. */
export const USUAL_BYTES: readonly number[] = (() => {
  const bytes: number[] = [];
  for (const [kind, text] of TEXTS) bytes[kind] = text.length;
  return bytes;
})();

const MM_P = word('mm_p');
const AGE = word('age_');
const ALLO = word('allo');
const FREE = word('free');
const PCPU = word('pcpu');
const REF = ['page', '_ref'].map(word);
const SET = word('_set');
const MOD = word('_mod');

// Behind these: what is left of each text, and of the payload, that begins with `page=` or `pfn=`, what fills up the last
// four bytes.
const ALLOC = word('c: p');
const LOCKED = ['c_zo', 'ne_l', 'ocke', 'd: p'].map(word);
const FREED = word(': pa');
const BATCHED = ['_bat', 'ched', ': pa'].map(word);
const DRAIN = ['_dra', 'in: '].map(word);
const CHANGED = word(': pf');
const TESTED = ['_and', '_tes', 't: p'].map(word);
const STACK = ['<sta', 'ck t', 'race'].map(word);

/**
 * The kind of the event whose name stands at `at`, LONGEST_TEXT bytes or more before the end; EVENT_OTHER when it is not one
 * of these.
 */
export function usualKind(view: DataView, at: number): EventKind {
  if (view.getInt32(at, true) !== MM_P || view.getInt32(at + 4, true) !== AGE) {
    if (isText(view, at, REF)) return changeOf(view, at + 8);
    return isText(view, at, STACK) && view.getUint8(at + 12) === GREATER
      ? e.EVENT_KERNEL_STACK
      : e.EVENT_OTHER;
  }
  const verb = view.getInt32(at + 8, true);
  const next = view.getInt32(at + 12, true);
  if (verb === ALLO) {
    if (next === ALLOC) return e.EVENT_ALLOC;
    return isText(view, at + 12, LOCKED) ? e.EVENT_ZONE_LOCKED : e.EVENT_OTHER;
  }
  if (verb === FREE) {
    if (next === FREED) return e.EVENT_FREE;
    return isText(view, at + 12, BATCHED) ? e.EVENT_FREE_BATCHED : e.EVENT_OTHER;
  }
  return verb === PCPU && isText(view, at + 12, DRAIN) ? e.EVENT_PCPU_DRAIN : e.EVENT_OTHER;
}

/** The kind of the event of page_ref whose name goes on with what stands at `at`. */
function changeOf(view: DataView, at: number): EventKind {
  const verb = view.getInt32(at, true);
  const next = view.getInt32(at + 4, true);
  if (verb === SET) return next === CHANGED ? e.EVENT_REF_SET : e.EVENT_OTHER;
  if (verb !== MOD) return e.EVENT_OTHER;
  if (next === CHANGED) return e.EVENT_REF_MOD;
  return isText(view, at + 4, TESTED) ? e.EVENT_REF_TEST : e.EVENT_OTHER;
}

function isText(view: DataView, at: number, words: readonly number[]): boolean {
  for (let i = 0; i < words.length; i++) if (view.getInt32(at + 4 * i, true) !== words[i]) return false;
  return true;
}
