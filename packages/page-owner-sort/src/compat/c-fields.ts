import type { Compat } from '../plan.js';
import { ALLOCATOR_CMA, ALLOCATOR_SLAB, ALLOCATOR_VMALLOC } from '../group.js';

/*
 * What the C tool reads out of a record, and how it fails. It matches POSIX regular expressions against the whole
 * record, stack and all, and takes the leftmost match; texts are bytes here, one character each (latin1), because the
 * tool never sets a locale.
 */

const BLANKS = '[ \\t\\n\\v\\f\\r]*';
const ORDER = new RegExp(`order${BLANKS}([0-9]*),`, 'd');
const PID = new RegExp(`pid${BLANKS}([0-9]*),`, 'd');
const TGID = new RegExp(`tgid${BLANKS}([0-9]*) `, 'd');
const COMM = new RegExp(`tgid${BLANKS}[0-9]*${BLANKS}\\(([^\\n]*)\\),${BLANKS}ts`, 'd');
const TS = new RegExp(`ts${BLANKS}([0-9]*)${BLANKS}ns`, 'd');
const TS_COMMA = new RegExp(`ts${BLANKS}([0-9]*)${BLANKS}ns,`, 'd');
const FREE_TS = new RegExp(`free_ts${BLANKS}([0-9]*)${BLANKS}ns`, 'd');
const MODULE = /\[([a-zA-Z0-9_]+)\]/d;

/** The numbers are copied into buffers of this size, with their NUL. */
const NUMBER_BUFFER = 25;
const NO_TS = 0xffff_ffff_ffff_ffffn;

/** The fields of one record. */
export interface CFields {
  pages: number;
  pid: number;
  tgid: number;
  /** undefined: there is none, which ends the mainline tool. */
  comm: string | undefined;
  ts: bigint;
  freeTs: bigint;
  module: string;
}

/** Which patterns match in a text, and where the digits of ts are in it. */
interface CMatches extends CFields {
  /** Names of the patterns without a match. */
  readonly missing: readonly string[];
  /** [from, to) of the digits of ts; undefined without a match. */
  readonly tsDigits: readonly [number, number] | undefined;
}

/** Matches all patterns of one generation against `text`. `complain` receives what -d prints. */
export function matchFields(text: string, compat: Compat, complain?: (line: string) => void): CMatches {
  const missing: string[] = [];
  const find = (name: string, pattern: RegExp) => {
    const match = pattern.exec(text);
    if (!match) {
      missing.push(name);
      complain?.(`no matching pattern in ${text}\n`);
    }
    return match;
  };
  const wrong = (what: string) => complain?.(`${what} in follow buf:\n${text}\n`);

  const pid = int32(find('pid', PID)?.[1]);
  if (pid === undefined) wrong('wrong/invalid pid');
  const tgid = int32(find('tgid', TGID)?.[1]);
  if (tgid === undefined) wrong('wrong/invalid tgid');
  const comm = find('comm', COMM)?.[1];
  const order = int32(find('order', ORDER)?.[1]);
  if (order === undefined || order > 64) wrong('wrong order');
  const tsMatch = find('ts', compat === '6.1' ? TS_COMMA : TS);
  const ts = u64(tsMatch?.[1]);
  if (ts === undefined) wrong('wrong ts_nsec');
  const freeTs = compat === '6.1' ? u64(find('free_ts', FREE_TS)?.[1]) : NO_TS;
  const module = compat === 'mainline' ? (MODULE.exec(text)?.[1] ?? 'vmlinux') : '';
  return {
    missing,
    tsDigits: tsMatch?.indices?.[1],
    // The shift is done in an int, on hardware that takes the count modulo 32.
    pages: order === undefined || order > 64 ? 0 : 1 << (order & 31),
    pid: pid ?? -1,
    tgid: tgid ?? -1,
    comm: comm ?? (compat === 'mainline' ? undefined : ''),
    ts: ts ?? NO_TS,
    freeTs: freeTs ?? NO_TS,
    module,
  };
}

/** Digits as strtol reads them into an int: undefined for none, for too many, and beyond 63 bits. */
function int32(digits: string | undefined): number | undefined {
  if (!digits || digits.length >= NUMBER_BUFFER) return undefined;
  const value = BigInt(digits);
  return value > 0x7fff_ffff_ffff_ffffn ? undefined : Number(BigInt.asIntN(32, value));
}

function u64(digits: string | undefined): bigint | undefined {
  if (!digits || digits.length >= NUMBER_BUFFER) return undefined;
  const value = BigInt(digits);
  return value > NO_TS ? undefined : value;
}

/** CMA and SLAB by words in the PFN line, the last one that was read. */
export function allocatorOfPfnLine(line: string): number {
  return (line.includes('CMA') ? ALLOCATOR_CMA : 0) | (line.includes('slab') ? ALLOCATOR_SLAB : 0);
}

/** VMALLOC when the first `__vmalloc_node_range` of the record has `alloc_pages` on the line before it. */
export function vmallocOfText(text: string): number {
  const at = text.indexOf('__vmalloc_node_range');
  if (at < 0) return 0;
  const lineStart = text.lastIndexOf('\n', at) + 1;
  const lineBefore = lineStart < 2 ? 0 : text.lastIndexOf('\n', lineStart - 2) + 1;
  return text.slice(lineBefore, at).includes('alloc_pages') ? ALLOCATOR_VMALLOC : 0;
}

export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192)
    text += String.fromCharCode.apply(null, bytes.subarray(i, i + 8192) as unknown as number[]);
  return text;
}

export function fromLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
