import { cleanLines } from './clean-lines.js';
import type { CleanLine } from './clean-lines.js';
import { S32_MAX, S32_MIN, U32_MAX, integer, oneLine } from './field-text.js';
import { HEADER_START } from './header-line.js';
import { FRAME_LINE, HANDLE_LINE } from './record-line.js';
import { bytesOf } from './byte-source.js';
import { encodeText } from './text-bytes.js';

/*
 * The files in debugfs page_owner_stacks. An entry ends with an empty line.
 *
 *   show_stacks (6.9)          show_handles (newest)      show_stacks_handles (newest)
 *
 *    igmp_net_init+0xc1/0x130   handle: 42                  igmp_net_init+0xc1/0x130
 *   nr_base_pages: 16          nr_base_pages: 16          handle: 42
 */

/** Which file of debugfs page_owner_stacks. */
export type StackListKind = 'show_stacks' | 'show_handles' | 'show_stacks_handles';

/** `nr_base_pages` counts pages (6.9 on); the `stack_count` of 6.9-rc1 counts allocations. */
export type CountLabel = 'nr_base_pages' | 'stack_count';

/** One entry: a stack and its count, a handle and its count, or a stack and its handle. */
export interface StackListEntry {
  /** Innermost first, each frame without its leading space. Absent in show_handles. */
  readonly stack?: readonly string[];
  /** Stack depot handle, a u32. Absent in show_stacks. */
  readonly handle?: number;
  /** Base pages or allocations now alive, see {@link CountLabel}; an s32. Absent in show_stacks_handles. */
  readonly count?: number;
}

/** A whole file of debugfs page_owner_stacks. */
export interface StackList {
  /** An empty text counts as show_stacks. */
  readonly kind: StackListKind;
  /** Absent in show_stacks_handles. */
  readonly countLabel?: CountLabel;
  /** In the order of the file. */
  readonly entries: readonly StackListEntry[];
}

/** What {@link stackListEntries} returns after the last entry. */
export interface StackListEnd {
  /** Absent in show_stacks_handles. */
  readonly countLabel?: CountLabel;
  /** The text stops inside an entry; what there was of it is left out. */
  readonly truncated: boolean;
}

const COUNT_LINE = /^(nr_base_pages|stack_count): (-?\d+)$/;

interface EntryDraft {
  stack?: string[];
  handle?: number;
  count?: number;
}

/**
 * Reads a whole show_stacks, show_handles or show_stacks_handles. CRLF, console prefixes (lines of other messages are
 * then passed over) and a missing empty line at the end are accepted.
 *
 * @throws Error when the text is of another kind; it tells the first line that does not fit
 */
export function parseStackList(list: Uint8Array | string): StackList & { readonly truncated: boolean } {
  const entries: StackListEntry[] = [];
  const reader = stackListEntries(list);
  for (;;) {
    const next = reader.next();
    if (!next.done) {
      entries.push(next.value);
      continue;
    }
    const kind = entries[0] === undefined ? 'show_stacks' : kindOf(entries[0]);
    return {
      kind,
      ...(kind === 'show_stacks_handles' ? {} : { countLabel: 'nr_base_pages' }),
      ...next.value,
      entries,
    };
  }
}

/** The entries of such a text one after the other, see {@link parseStackList}. All are of the first one's kind. */
export function* stackListEntries(
  list: Uint8Array | string,
): Generator<StackListEntry, StackListEnd, undefined> {
  let kind: StackListKind | undefined;
  let countLabel: CountLabel | undefined;
  let entry: EntryDraft = {};
  for (const line of cleanLines(bytesOf(list))) {
    const { text, number } = line;
    const count = COUNT_LINE.exec(text);
    const handle = HANDLE_LINE.exec(text);
    const frame = text.startsWith(' ') && (!line.prefixed || FRAME_LINE.test(text));
    if (text !== '' && count === null && handle === null && !frame) {
      if (line.prefixed) continue;
      throw notAList(line);
    }
    if (text === '' || !hasRoom(entry, count !== null)) {
      if (isEmpty(entry)) continue;
      if (!isWhole(entry))
        throw new Error(`line ${number} ends a stack that has neither a count nor a handle`);
      kind ??= kindOf(entry);
      if (kindOf(entry) !== kind) {
        throw new Error(`line ${number} ends an entry of ${kindOf(entry)} in a text of ${kind}`);
      }
      yield finish(entry, kind);
      entry = {};
    }
    if (frame) (entry.stack ??= []).push(text.slice(1));
    if (handle !== null) entry.handle = bounded(Number(handle[1]), 0, U32_MAX, line);
    if (count !== null) {
      entry.count = bounded(Number(count[2]), S32_MIN, S32_MAX, line);
      countLabel ??= count[1] as CountLabel;
      if (countLabel !== count[1])
        throw new Error(`line ${number} counts ${count[1]}, the lines before ${countLabel}`);
    }
  }
  const whole = isWhole(entry) && (kind === undefined || kindOf(entry) === kind);
  if (whole) yield finish(entry, kindOf(entry));
  return { ...(countLabel === undefined ? {} : { countLabel }), truncated: !whole && !isEmpty(entry) };
}

/**
 * Writes such a file as the kernel does.
 * @throws RangeError naming the field of an entry that the file has no place for, or that is missing
 */
export function formatStackList(list: StackList): string {
  const label = list.countLabel ?? 'nr_base_pages';
  return list.entries.map((entry) => formatEntry(entry, list.kind, label)).join('');
}

/** The bytes of {@link formatStackList}. */
export function formatStackListBytes(list: StackList): Uint8Array {
  return encodeText(formatStackList(list));
}

function formatEntry(entry: StackListEntry, kind: StackListKind, label: CountLabel): string {
  const stack = wanted(entry, 'stack', kind, kind !== 'show_handles') ?? [];
  const handle = wanted(entry, 'handle', kind, kind !== 'show_stacks');
  const count = wanted(entry, 'count', kind, kind !== 'show_stacks_handles');
  let text = '';
  for (const frame of stack) text += ` ${oneLine('stack', frame)}\n`;
  if (handle !== undefined) text += `handle: ${integer('handle', handle, 0, U32_MAX)}\n`;
  if (count !== undefined) text += `${label}: ${integer('count', count, S32_MIN, S32_MAX)}\n`;
  return text + '\n';
}

function wanted<K extends keyof StackListEntry>(
  entry: StackListEntry,
  field: K,
  kind: StackListKind,
  present: boolean,
): StackListEntry[K] {
  const value = entry[field];
  if (present !== (value !== undefined)) {
    throw new RangeError(
      `${kind} ${present ? 'needs' : 'has no place for'} ${field}, which is ${String(value)}`,
    );
  }
  return value;
}

/** Whether one more line can belong to the entry; if not, the empty line before it is missing. */
function hasRoom(entry: EntryDraft, isCount: boolean): boolean {
  return entry.count === undefined && (isCount || entry.handle === undefined);
}

function isEmpty(entry: EntryDraft): boolean {
  return entry.stack === undefined && entry.handle === undefined && entry.count === undefined;
}

function isWhole(entry: EntryDraft): boolean {
  return entry.handle !== undefined || entry.count !== undefined;
}

function kindOf(entry: StackListEntry): StackListKind {
  if (entry.handle === undefined) return 'show_stacks';
  return entry.count === undefined ? 'show_stacks_handles' : 'show_handles';
}

/** A stack without frames prints no line, but is a stack. */
function finish(entry: EntryDraft, kind: StackListKind): StackListEntry {
  return kind === 'show_handles' ? entry : { stack: [], ...entry };
}

function bounded(value: number, least: number, most: number, line: CleanLine): number {
  if (value < least || value > most)
    throw new Error(`line ${line.number} holds a number out of range: ${line.text}`);
  return value;
}

function notAList(line: CleanLine): Error {
  const what = line.text.startsWith(HEADER_START) ? ', as a page_owner dump does' : '';
  const text = line.text.length > 60 ? `${line.text.slice(0, 60)}...` : line.text;
  return new Error(
    `not a list of page_owner_stacks: line ${line.number} reads ${JSON.stringify(text)}${what}`,
  );
}
