import { bytesOf } from './byte-source.js';
import { LF, indexOfByte } from './bytes.js';
import { U32_MAX, U64_MAX } from './field-text.js';
import { HEADER_START, findHeader } from './header-line.js';
import type { HeaderSpan } from './header-line.js';
import type { PageOwnerRecord, RecordBody, RecordHeader, RecordMemcg, RecordPage } from './record.js';
import {
  BARE_FRAME_LINE,
  CHARGED_LINE,
  HANDLE_LINE,
  LETTERS_PFN_LINE,
  MIGRATED_LINE,
  PFN_LINE,
  SLAB_LINE,
} from './record-line.js';
import { decodeText } from './text-bytes.js';

/** The same type with its fields open for writing, while it is being put together. */
type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** A record being read, line after line after its header. */
export interface BodyDraft extends Draft<RecordBody> {
  stack: string[];
  extraLines?: string[];
}

/** Columns of flag letters, 3.19 to 4.5. */
const LETTER_COLUMNS = 12;

const HEADER_PIECE = /, (?:(pid|tgid) (-?\d{1,10})|(ts|free_ts) (\d{1,20}) ns)(?=,| \(|$)/g;
/** After {@link HEADER_START}. */
const ORDER_AND_MASK = /^(\d+)(?:.*?, mask 0x([0-9a-f]+)(?:\(([^)]*)\))?)?/is;

/**
 * Reads one record: its lines, each with its newline, without console prefixes, as `cutPiece` gives them; the empty line
 * at its end may be there. Undefined when the header is not readable ({@link findHeader}).
 *
 * Fields are recognised by their text, whatever the kernel. Two things are not kept: header fields that no known
 * kernel prints (vendors insert some, `, key value`), and how a number was written (`007`). Lines that are not
 * recognised are kept in `extraLines`, and so is a PFN line that is not whole.
 */
export function parseRecord(text: Uint8Array | string): PageOwnerRecord | undefined {
  const span: HeaderSpan = { end: 0, commStart: -1, commEnd: -1 };
  const bytes = bytesOf(text);
  const header = readHeader(bytes, span);
  if (header === undefined) return undefined;
  // Not a copy: V8 takes 200 times as long to add fields to an object that was spread.
  const record = header as Draft<RecordHeader> & BodyDraft;
  record.stack = [];
  takeLines(record, bytes.subarray(span.end));
  return record;
}

/**
 * Reads the lines after the header of a record, or some of them, such as `DumpScanner.stackText` has. Like those of
 * {@link parseRecord} they are without console prefixes, and may end with the empty line.
 */
export function parseBody(text: Uint8Array | string): RecordBody {
  const body: BodyDraft = { stack: [] };
  takeLines(body, bytesOf(text));
  return body;
}

/** Reads a header line with its newline, or undefined when it is not readable ({@link findHeader}). */
export function parseHeader(text: Uint8Array | string): RecordHeader | undefined {
  return readHeader(bytesOf(text), { end: 0, commStart: -1, commEnd: -1 });
}

function readHeader(text: Uint8Array, span: HeaderSpan): Draft<RecordHeader> | undefined {
  const lineEnd = indexOfByte(text, LF, 0, text.length);
  if (lineEnd < 0 || findHeader(text, 0, lineEnd, text.length, false, true, span) !== 'readable')
    return undefined;
  const named = span.commStart >= 0;
  const head = decodeText(text.subarray(0, named ? span.commStart : span.end - 1));
  const orderAndMask = ORDER_AND_MASK.exec(head.slice(HEADER_START.length)) as RegExpExecArray;
  const [found, order, mask, gfpNames] = orderAndMask;
  const header: Draft<RecordHeader> = { order: Number(order) };
  if (mask !== undefined) header.gfpMask = parseInt(mask, 16);
  if (gfpNames !== undefined) header.gfpNames = gfpNames;
  takePieces(header, head.slice(HEADER_START.length + found.length));
  if (named) {
    header.comm = decodeText(text.subarray(span.commStart, span.commEnd));
    takePieces(header, decodeText(text.subarray(span.commEnd + 1, span.end - 1)));
  }
  return header;
}

/** Takes `, pid D`, `, tgid D`, `, ts U ns` and `, free_ts U ns` out of a part of the header that has no task name. */
function takePieces(header: Draft<RecordHeader>, text: string): void {
  for (const [, idName, id, timeName, time] of text.matchAll(HEADER_PIECE)) {
    if (idName !== undefined) {
      const value = Number(id) | 0;
      if (value !== Number(id)) continue;
      if (idName === 'pid') header.pid ??= value;
      else header.tgid ??= value;
    } else {
      const value = BigInt(time as string);
      if (value > U64_MAX) continue;
      if (timeName === 'ts') header.tsNs ??= value;
      else header.freeTsNs ??= value;
    }
  }
}

function takeLines(body: BodyDraft, text: Uint8Array): void {
  const lines = decodeText(text).split('\n');
  // After the last newline there is no line.
  if (lines.at(-1) === '') lines.pop();
  for (const line of lines) {
    if (line === '') break;
    if (!takeLine(body, line)) (body.extraLines ??= []).push(line);
  }
}

/** Adds what a line after the header says; false when it says nothing known, or something that is known already. */
export function takeLine(record: BodyDraft, line: string): boolean {
  if (line.startsWith(' ')) {
    record.stack.push(line.slice(1));
    return true;
  }
  if (line.startsWith('PFN ')) return takePfnLine(record, line);
  if (BARE_FRAME_LINE.test(line)) {
    record.stack.push(line);
    return true;
  }
  const handle = HANDLE_LINE.exec(line);
  if (handle !== null) {
    const value = Number(handle[1]);
    if (record.handle !== undefined || value > U32_MAX) return false;
    record.handle = value;
    return true;
  }
  const reason = MIGRATED_LINE.exec(line);
  if (reason !== null) {
    if (record.migrateReason !== undefined) return false;
    record.migrateReason = reason[1] as string;
    return true;
  }
  const memcg = readMemcg(line);
  if (memcg === undefined || record.memcg !== undefined) return false;
  record.memcg = memcg;
  return true;
}

function takePfnLine(record: BodyDraft, line: string): boolean {
  if (record.pfn !== undefined) return false;
  const page = readNamesLine(line) ?? readLettersLine(line);
  if (page === undefined) return false;
  Object.assign(record, page);
  return true;
}

function readNamesLine(line: string): RecordPage | undefined {
  const match = PFN_LINE.exec(line);
  if (match === null) return undefined;
  const [, number = '', migratetype = '', blockText, pageblockMigratetype = '', flagsText, flagNames = ''] =
    match;
  const pfn = Number(number);
  const block = Number(blockText);
  const flags = BigInt(`0x${flagsText}`);
  if (!Number.isSafeInteger(pfn) || !Number.isSafeInteger(block) || flags > U64_MAX) return undefined;
  const pfnRadix = number.startsWith('0x') ? 16 : 10;
  return { pfn, pfnRadix, migratetype, block, pageblockMigratetype, flags, flagNames };
}

function readLettersLine(line: string): RecordPage | undefined {
  const match = LETTERS_PFN_LINE.exec(line);
  if (match === null) return undefined;
  const pfn = Number(match[1]);
  const block = Number(match[2]);
  const pageblockType = Number(match[3]);
  if (!Number.isSafeInteger(pfn) || !Number.isSafeInteger(block) || pageblockType > U32_MAX) return undefined;
  const flags = (match[5] ?? '').padEnd(LETTER_COLUMNS);
  return { pfn, pfnRadix: 10, block, letters: { pageblockType, fallback: match[4] === 'Fallback', flags } };
}

function readMemcg(line: string): RecordMemcg | undefined {
  if (line === SLAB_LINE) return { kind: 'slab' };
  const charged = CHARGED_LINE.exec(line);
  if (charged === null) return undefined;
  const [, viaObjcg, offline, name = ''] = charged;
  return { kind: 'charged', name, viaObjcg: viaObjcg !== undefined, offline: offline !== undefined };
}
