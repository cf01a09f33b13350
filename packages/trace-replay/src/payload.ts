import {
  ascii,
  BAR,
  EQUALS,
  isBlank,
  isDigit,
  numberAt,
  skipBlanks,
  SPACE,
  startsWith,
  UNDERSCORE,
} from './bytes.js';
import type { TextTable } from './text-table.js';
import { ABSENT, EVENT_ALLOC, EVENT_EXTFRAG, EVENT_FREE_BATCHED } from './trace-event.js';
import type { TraceEvent } from './trace-event.js';

const PAGE = ascii('page=');
const PFN = ascii('pfn');
const ORDER = ascii('order');
const GFP_FLAGS = ascii('gfp_flags');
const MIGRATETYPE = ascii('migratetype');
const ALLOC_ORDER = ascii('alloc_order');
const ALLOC_MIGRATETYPE = ascii('alloc_migratetype');
const FALLBACK_ORDER = ascii('fallback_order');
const FALLBACK_MIGRATETYPE = ascii('fallback_migratetype');
const PAGEBLOCK_ORDER = ascii('pageblock_order');
const CHANGE_OWNERSHIP = ascii('change_ownership');

/** No page frame number is as large, on any architecture: what is printed for "no page". */
const NO_PFN = 2 ** 52;
/** Above all page orders: 10 on x86-64, 13 with pages of 64 KiB. */
const MOST_ORDER = 30;

/**
 * Reads the payload bytes[at, end) of an event of kmem into `event`, whose `kind` is set: `key=value` in any order, unknown
 * keys passed over. Returns '' or what is wrong with it.
 */
export function readPayload(
  bytes: Uint8Array,
  at: number,
  end: number,
  gfpTexts: TextTable,
  event: TraceEvent,
): string {
  event.pfn = event.order = event.migratetype = ABSENT;
  event.fallbackOrder = event.fallbackMigratetype = event.pageblockOrder = event.changeOwnership = ABSENT;
  let hasPfn = false;
  let hasGfp = false;
  // Most begin with it, and of no use it is: hashed, or made up by tools that cannot know it.
  at = skipBlanks(bytes, at, end);
  if (startsWith(bytes, PAGE, at, end)) while (at < end && bytes[at] !== SPACE) at++;
  for (at = skipBlanks(bytes, at, end); at < end; at = skipBlanks(bytes, at, end)) {
    const key = at;
    while (at < end && bytes[at] !== EQUALS && !isBlank(bytes[at])) at++;
    if (bytes[at] !== EQUALS || at === end) continue;
    const length = at - key;
    const value = ++at;
    while (at < end && !isBlank(bytes[at])) at++;
    switch (length) {
      case PFN.length:
        if (!startsWith(bytes, PFN, key, end)) break;
        event.pfn = numberAt(bytes, value, at);
        if (event.pfn < 0) return 'pfn is no number';
        hasPfn = true;
        break;
      case ORDER.length:
        if (!startsWith(bytes, ORDER, key, end)) break;
        event.order = numberAt(bytes, value, at);
        if (event.order < 0 || event.order > MOST_ORDER) return 'order is no page order';
        break;
      case GFP_FLAGS.length:
        if (!startsWith(bytes, GFP_FLAGS, key, end)) break;
        // It is mostly the one before.
        if (!gfpTexts.is(event.gfp, bytes, value, at)) {
          if (!isGfp(bytes, value, at)) return 'gfp_flags are no names of flags';
          event.gfp = gfpTexts.idOf(bytes, value, at);
        }
        hasGfp = at > value;
        break;
      case MIGRATETYPE.length:
        if (startsWith(bytes, MIGRATETYPE, key, end)) event.migratetype = numberAt(bytes, value, at);
        else if (startsWith(bytes, ALLOC_ORDER, key, end)) event.order = numberAt(bytes, value, at);
        break;
      case FALLBACK_ORDER.length:
        if (startsWith(bytes, FALLBACK_ORDER, key, end)) event.fallbackOrder = numberAt(bytes, value, at);
        break;
      case PAGEBLOCK_ORDER.length:
        if (startsWith(bytes, PAGEBLOCK_ORDER, key, end)) event.pageblockOrder = numberAt(bytes, value, at);
        break;
      case CHANGE_OWNERSHIP.length:
        if (startsWith(bytes, CHANGE_OWNERSHIP, key, end)) event.changeOwnership = numberAt(bytes, value, at);
        break;
      case ALLOC_MIGRATETYPE.length:
        if (startsWith(bytes, ALLOC_MIGRATETYPE, key, end)) event.migratetype = numberAt(bytes, value, at);
        break;
      case FALLBACK_MIGRATETYPE.length:
        if (startsWith(bytes, FALLBACK_MIGRATETYPE, key, end)) {
          event.fallbackMigratetype = numberAt(bytes, value, at);
        }
        break;
    }
  }
  if (!hasPfn) return 'there is no pfn=';
  if (event.kind === EVENT_FREE_BATCHED) event.order = 0;
  if (event.order < 0)
    return event.kind === EVENT_EXTFRAG ? 'there is no alloc_order=' : 'there is no order=';
  if (event.kind === EVENT_ALLOC) {
    if (!hasGfp) return 'there is no gfp_flags=';
    // A failed request has no page, and pfn 0 is never given out.
    if (event.pfn === 0 || event.pfn >= NO_PFN) event.pfn = ABSENT;
  } else if (event.pfn >= NO_PFN) return 'pfn is above 2^52';
  return '';
}

/** Whether [at, end) has only what gfp flags are written with: letters, digits, `_` and `|`. */
function isGfp(bytes: Uint8Array, at: number, end: number): boolean {
  for (; at < end; at++) {
    const byte = bytes[at] as number;
    const letter = (byte | 0x20) - 0x61;
    if (!isDigit(byte) && !(letter >= 0 && letter < 26) && byte !== UNDERSCORE && byte !== BAR) return false;
  }
  return true;
}
