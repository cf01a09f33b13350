/** The sentences about input that cannot be replayed. Each is one Error that says what was found and what is needed. */
import { decodeText, HEADER_START } from '@page-owner/dump-format';
import { ascii, startsWith } from '../bytes.js';
import type { OtherEvents } from './event-names.js';

const NEEDED = 'the text of tracing/trace or trace_pipe, of `trace-cmd report` or of `perf script`';
/** Columns of a line that are quoted, escapes as they are written. */
const MOST_SHOWN = 60;
/** Of a damaged event: its payload, up to a mask of a few flags. */
const MOST_DAMAGED = 120;
/** Of what is no line of a trace. */
const MOST_STRANGE = 40;

/** What people give by mistake, by how it begins. */
const BEGINNINGS: readonly (readonly [Uint8Array | RegExp, string])[] = [
  [
    Uint8Array.of(0x17, 0x08, 0x44, 0x74, 0x72, 0x61, 0x63, 0x69, 0x6e, 0x67),
    'a trace.dat of trace-cmd; `trace-cmd report` writes its text',
  ],
  [ascii('PERFILE2'), 'a perf.data; `perf script` writes its text'],
  [ascii('PERFFILE'), 'a perf.data of an old perf; `perf script` writes its text'],
  [Uint8Array.of(0xc1, 0xfc, 0x1f, 0xc1), 'a trace in CTF, as LTTng records it'],
  [ascii(HEADER_START), 'a page_owner dump, not a trace'],
  [/^\[\d\d:\d\d:\d\d\.\d+\] \(/, 'the text of babeltrace, for traces of LTTng'],
  [/^\s*\{\s*"(?:traceEvents|schema)/, 'a trace in JSON'],
  [/^\s*<(?:!DOCTYPE|html)/i, 'a page in HTML'],
  [/^\s*\d+\.\d{3} (?:\(.*\): )?\S.*\bkmem:mm_page_\w+\(/, 'the output of `perf trace`'],
  [/^Attaching \d+ probes?/, 'the output of bpftrace'],
];

/** A line before the first event that shows that no event will come. */
export function noEventYet(bytes: Uint8Array, start: number, end: number, line: number): Error | undefined {
  const text = decodeText(bytes.slice(start, Math.min(end, start + 200)));
  for (const [beginning, what] of BEGINNINGS) {
    const found =
      beginning instanceof RegExp ? beginning.test(text) : startsWith(bytes, beginning, start, end);
    if (found) return new Error(`line ${line} is that of ${what}; a replay needs ${NEEDED}`);
  }
  return undefined;
}

/** A line of a kmem event that cannot be read. */
export function damaged(line: number, event: string, wrong: string, bytes: Uint8Array): Error {
  return new Error(
    `line ${line} is damaged: ${event}, but ${wrong} in ${quoted(decodeText(bytes), MOST_DAMAGED)}; ` +
      'the event counts as lost when the replay is tolerant',
  );
}

/** The trace, of so many bytes and lines, has ended without anything to replay; `rest` is what follows its last newline. */
export function nothingToReplay(
  { bytes, lines }: { bytes: number; lines: number },
  rest: Uint8Array,
  others: readonly OtherEvents[],
  unreadable: { line: number; sample: string },
  first: { line: number; sample: string },
): Error {
  if (bytes === 0) return new Error(`the trace is empty; a replay needs ${NEEDED}`);
  if (lines === 0) {
    return (
      noEventYet(rest, 0, rest.length, 1) ??
      new Error(
        `no complete line in ${bytes} bytes, which begin with ` +
          `${quoted(decodeText(rest.subarray(0, MOST_STRANGE + 1)), MOST_STRANGE)}; a replay needs ${NEEDED}`,
      )
    );
  }
  const counted = lines === 1 ? '1 line' : `${lines} lines`;
  if (others.length > 0) {
    const found = others.slice(0, 3).map(({ name, count }) => `${count} of ${quoted(name)}`);
    return new Error(
      `no mm_page_alloc and no mm_page_free in ${counted}, which from line ${first.line} on have ` +
        `${found.join(', ')}${others.length > 3 ? ' and others' : ''}; a replay needs both`,
    );
  }
  if (unreadable.line > 0) {
    return new Error(
      `no event in ${counted}; line ${unreadable.line} is ${quoted(unreadable.sample, MOST_STRANGE)}; a replay needs ${NEEDED}`,
    );
  }
  const shown = first.line > 0 ? `; line ${first.line} is ${quoted(first.sample)}` : '';
  return new Error(`no event in ${counted}${shown}; a replay needs mm_page_alloc and mm_page_free`);
}

/** @param line where the events begin */
export function noAllocations(frees: number, line: number): Error {
  return new Error(
    `from line ${line} on the trace has ${frees} mm_page_free and no mm_page_alloc; a replay needs both events`,
  );
}

/** @param line where the events begin */
export function noFrees(allocations: number, line: number): Error {
  return new Error(
    `from line ${line} on the trace has ${allocations} mm_page_alloc and no mm_page_free; without it all that was allocated would look like a leak`,
  );
}

/** A text from the trace, which is not trusted: control characters escaped, and cut to `most` columns. */
export function quoted(text: string, most = MOST_SHOWN): string {
  let shown = '';
  for (const letter of text) {
    const safe = escaped(letter);
    if (shown.length + safe.length > most) return `"${shown}..."`;
    shown += safe;
  }
  return `"${shown}"`;
}

function escaped(letter: string): string {
  return JSON.stringify(letter)
    .slice(1, -1)
    .replace(
      /[\u007f-\u009f\u2028\u2029\ud800-\udfff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}
