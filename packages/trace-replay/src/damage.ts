/** What is left of a kmem event's line that was damaged before its payload: cut off, or joined to the line behind it. */
import { decodeText } from '@page-owner/dump-format';
import * as b from './bytes.js';
import { EVENT_ALLOC, EVENT_EXTFRAG, EVENT_NAMES } from './trace-event.js';

const KMEM_NAMES = [...EVENT_NAMES]
  .filter(([, kind]) => kind >= EVENT_ALLOC && kind <= EVENT_EXTFRAG)
  .map(([name]) => name);
/** As tracefs and trace-cmd write them, and as perf does. */
const SPELLINGS = KMEM_NAMES.flatMap((name) => [name, `kmem:${name}`]).map(b.ascii);
const LONGEST = Math.max(...SPELLINGS.map(({ length }) => length));
/** What all of them have. */
const COMMON = b.ascii('mm_page');
const LAST = COMMON[COMMON.length - 1];
/** How far the end of COMMON lies behind a byte that was found: by Horspool. */
const STEPS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const at = COMMON.subarray(0, -1).lastIndexOf(byte);
  return COMMON.length - 1 - at;
});
const SYSTEM = b.ascii('kmem:');
/** What it is called when its name is lost. */
const NAMELESS = 'an event of kmem';
const ORDER = b.ascii(' order=');
const GFP_FLAGS = b.ascii(' gfp_flags=');
const LETTER_R = 0x72;
const LETTER_S = 0x73;
const LONGEST_TAIL = 1024;
const PAYLOAD = /page=\S+ pfn=\S+ order=\d+(?: migratetype=\d+ gfp_flags=\S+)?$/;
/** What their payloads begin with. */
const PAGES = ['page=', 'pfn=', 'struct page='].map(b.ascii);
const NAMED = KMEM_NAMES.map((name) => ({ name, bytes: b.ascii(`${name}:`) }));

/**
 * Whether a line that ends in bytes[at, end) was cut off within the name of a kmem event, or before it. No function of the kernel,
 * which is what a tracer of functions writes there, has such a name.
 */
export function isCutName(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at > LONGEST) return false;
  return SPELLINGS.some((name) => {
    for (let i = at; i < end; i++) if (bytes[i] !== name[i - at]) return false;
    return true;
  });
}

/** The first name of a kmem event that stands in bytes[start, end) with its colon; '' when none does. */
export function kmemEventIn(bytes: Uint8Array, start: number, end: number): string {
  for (let at = start; (at = indexOfCommon(bytes, at, end)) >= 0; at += COMMON.length) {
    const before = at === start ? b.SPACE : bytes[at - 1];
    if (!b.isBlank(before) && before !== b.COLON) continue;
    const name = nameAt(bytes, at, end);
    if (name !== '') return name;
  }
  return '';
}

/**
 * The first kmem event whose line was joined to the text of another one, bytes[start, end); '' when there is none. The name alone does
 * not tell: a task can be called `mm_page_free:`. Before it stands its time or behind it its page, and where people or programs write
 * what they like (`freeText`), only a time counts.
 */
export function joinedKmemEvent(bytes: Uint8Array, start: number, end: number, freeText: boolean): string {
  for (let at = start; (at = indexOfCommon(bytes, at, end)) >= 0; at += COMMON.length) {
    const name = nameAt(bytes, at, end);
    if (name === '') continue;
    const behind = b.skipBlanks(bytes, at + name.length + 1, end);
    const hasPage = PAGES.some((key) => b.startsWith(bytes, key, behind, end));
    if (hasPage && (!freeText || isBehindTime(bytes, start, at))) return name;
  }
  return !freeText && endsLikeKmem(bytes, start, end) ? NAMELESS : '';
}

/**
 * Whether bytes[start, end) ends like a line of mm_page_alloc or mm_page_free, with more than blanks before that: the payload of
 * another event, which begins like that, is no sign.
 */
function endsLikeKmem(bytes: Uint8Array, start: number, end: number): boolean {
  let at = end;
  while (at > start && bytes[at - 1] !== b.EQUALS && bytes[at - 1] !== b.SPACE) at--;
  const letter = bytes[at - 2];
  if (letter !== LETTER_R && letter !== LETTER_S) return false;
  if (!endsWith(bytes, ORDER, start, at) && !endsWith(bytes, GFP_FLAGS, start, at)) return false;
  return payloadAt(bytes, start, end) > 0;
}

/** Whether bytes[start, end) is the payload of mm_page_alloc or mm_page_free, which no other event of the kernel has. */
export function isKmemPayload(bytes: Uint8Array, start: number, end: number): boolean {
  return payloadAt(bytes, start, end) === 0;
}

/** Where the payload of a kmem event begins that bytes[start, end) ends with, blanks before it not counted; or -1. */
function payloadAt(bytes: Uint8Array, start: number, end: number): number {
  const text = decodeText(bytes.subarray(Math.max(start, end - LONGEST_TAIL), end));
  return text.trimStart().search(PAYLOAD);
}

function endsWith(bytes: Uint8Array, literal: Uint8Array, start: number, end: number): boolean {
  return end - literal.length >= start && b.startsWith(bytes, literal, end - literal.length, end);
}

function nameAt(bytes: Uint8Array, at: number, end: number): string {
  return NAMED.find((each) => b.startsWith(bytes, each.bytes, at, end))?.name ?? '';
}

/** Whether `12.869333: `, perhaps with `kmem:` behind, ends at `at`. */
function isBehindTime(bytes: Uint8Array, start: number, at: number): boolean {
  if (at - SYSTEM.length >= start && b.startsWith(bytes, SYSTEM, at - SYSTEM.length, at)) at -= SYSTEM.length;
  const name = at;
  while (at > start && b.isBlank(bytes[at - 1])) at--;
  return at < name && at - 2 >= start && bytes[at - 1] === b.COLON && b.isDigit(bytes[at - 2]);
}

/** The first COMMON that lies in [at, end), or -1: looks at one byte in seven of a text that has none of its letters. */
function indexOfCommon(bytes: Uint8Array, at: number, end: number): number {
  const last = COMMON.length - 1;
  for (let i = at + last; i < end; i += STEPS[bytes[i] as number] as number)
    if (bytes[i] === LAST && b.startsWith(bytes, COMMON, i - last, end)) return i - last;
  return -1;
}
