/** What is left of a kmem event's line that was damaged before its payload: cut off, or joined to the line behind it. */
import { decodeText } from '@page-owner/dump-format';
import * as b from '../bytes.js';
import { EVENT_NAMES, EVENT_REF_SET, hasPage, isOfPages } from '../tables/trace-event.js';

const NAMED = [...EVENT_NAMES]
  .filter(([, kind]) => hasPage(kind))
  .map(([name, kind]) => ({
    name,
    isOfPages: isOfPages(kind),
    bytes: b.ascii(`${name}:`),
    system: kind >= EVENT_REF_SET ? 'page_ref' : 'kmem',
  }));
/** What perf writes before their names, with a colon between. */
export const SYSTEMS: readonly string[] = [...new Set(NAMED.map(({ system }) => system))];
const SYSTEM_BYTES = SYSTEMS.map((system) => b.ascii(`${system}:`));
/** As tracefs and trace-cmd write them, and as perf does. */
const SPELLINGS = NAMED.filter((each) => each.isOfPages)
  .flatMap(({ name, system }) => [name, `${system}:${name}`])
  .map(b.ascii);
const LONGEST = Math.max(...SPELLINGS.map(({ length }) => length));

/** What several names have in common, and how far its end lies behind a byte that was found: by Horspool. */
class Common {
  readonly length: number;
  readonly #bytes: Uint8Array;
  readonly #steps: Uint8Array;

  constructor(text: string) {
    const bytes = b.ascii(text);
    this.#bytes = bytes;
    this.length = bytes.length;
    const last = bytes.length - 1;
    this.#steps = Uint8Array.from(
      { length: 256 },
      (_, byte) => last - bytes.subarray(0, -1).lastIndexOf(byte),
    );
  }

  /** The first place in bytes[at, end), or -1: looks at one byte in seven of a text that has none of its letters. */
  find(bytes: Uint8Array, at: number, end: number): number {
    const last = this.length - 1;
    const letter = this.#bytes[last];
    for (let i = at + last; i < end; i += this.#steps[bytes[i] as number] as number)
      if (bytes[i] === letter && b.startsWith(bytes, this.#bytes, i - last, end)) return i - last;
    return -1;
  }
}

/** Each name begins with one of these. */
const BEGINNINGS = [new Common('mm_page'), new Common('page_ref')];
/** What it is called when its name is lost. */
const NAMELESS = 'an event of kmem';
/** What their payloads end with, before a value. */
const LAST_KEYS = [' order=', ' gfp_flags=', ' migratetype=', ' percpu_refill=', ' val=', ' ret='].map(
  b.ascii,
);
const LONGEST_TAIL = 1024;
const PAYLOAD =
  /(?:page=\S+ pfn=\S+ order=\d+(?: migratetype=\d+(?: gfp_flags=\S+| percpu_refill=\d+)?)?|pfn=\S+ flags=\S+ count=\S+ .*\bval=-?\d+(?: ret=-?\d+)?)$/;
/** What their payloads begin with. */
const PAGES = ['page=', 'pfn=', 'struct page='].map(b.ascii);

/**
 * Whether a line that ends in bytes[at, end) was cut off within the name of a kmem event, or before it. No function of the
 * kernel, which is what a tracer of functions writes there, has such a name.
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
  for (const beginning of BEGINNINGS) {
    for (let at = start; (at = beginning.find(bytes, at, end)) >= 0; at += beginning.length) {
      const before = at === start ? b.SPACE : bytes[at - 1];
      if (!b.isBlank(before) && before !== b.COLON) continue;
      const name = nameAt(bytes, at, end);
      if (name !== '') return name;
    }
  }
  return '';
}

/**
 * The first kmem event whose line was joined to the text of another one, bytes[start, end); '' when there is none. The name
 * alone does not tell: a task can be called `mm_page_free:`. Before it stands its time or behind it its page, and where
 * people or programs write what they like (`freeText`), only a time counts.
 */
export function joinedKmemEvent(bytes: Uint8Array, start: number, end: number, freeText: boolean): string {
  for (const beginning of BEGINNINGS) {
    for (let at = start; (at = beginning.find(bytes, at, end)) >= 0; at += beginning.length) {
      const name = nameAt(bytes, at, end);
      if (name === '') continue;
      const behind = b.skipBlanks(bytes, at + name.length + 1, end);
      const hasPage = PAGES.some((key) => b.startsWith(bytes, key, behind, end));
      if (hasPage && (!freeText || isBehindTime(bytes, start, at))) return name;
    }
  }
  return !freeText && endsLikeKmem(bytes, start, end) ? NAMELESS : '';
}

/**
 * Whether bytes[start, end) ends like a line of kmem or page_ref, with more than blanks before that: the payload of another
 * event, which begins like that, is no sign.
 */
function endsLikeKmem(bytes: Uint8Array, start: number, end: number): boolean {
  let at = end;
  while (at > start && bytes[at - 1] !== b.EQUALS && bytes[at - 1] !== b.SPACE) at--;
  if (bytes[at - 1] !== b.EQUALS || !LAST_KEYS.some((key) => endsWith(bytes, key, start, at))) return false;
  return payloadAt(bytes, start, end) > 0;
}

/** Whether bytes[start, end) is the payload of an event of kmem or page_ref, which no other event of the kernel has. */
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
  for (const system of SYSTEM_BYTES) if (endsWith(bytes, system, start, at)) at -= system.length;
  const name = at;
  while (at > start && b.isBlank(bytes[at - 1])) at--;
  return at < name && at - 2 >= start && bytes[at - 1] === b.COLON && b.isDigit(bytes[at - 2]);
}
