/** What is left of a kmem event's line that was damaged before its payload: cut off, or joined to the line behind it. */
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
  for (let at = start; (at = b.indexOfLiteral(bytes, COMMON, at, end)) >= 0; at += COMMON.length) {
    const before = at === start ? b.SPACE : bytes[at - 1];
    if (!b.isBlank(before) && before !== b.COLON) continue;
    const found = NAMED.find((each) => b.startsWith(bytes, each.bytes, at, end));
    if (found) return found.name;
  }
  return '';
}
