import { cleanLines } from './clean-lines.js';
import {
  S32_MAX,
  S32_MIN,
  U16_MAX,
  U32_MAX,
  integer,
  namesText,
  oneLine,
  taskName,
  u64,
  word,
} from './field-text.js';
import { LONGEST_TASK_NAME } from './header-line.js';
import { bytesOf } from './byte-source.js';
import { encodeText } from './text-bytes.js';

/*
 * What dump_page() writes about the owner of a page into the kernel log, in 6.12:
 *
 *   page_owner tracks the page as freed
 *   page last allocated via order 0, migratetype Movable, gfp_mask 0xcc0(GFP_KERNEL), pid 8, tgid 8 (dd), ts 9, free_ts 7
 *    post_alloc_hook+0x1f4/0x210
 *   page last free pid 812 tgid 812 stack trace:
 *    free_unref_folios+0x3a1/0x6f0
 *   page has been migrated, last migrate reason: compaction
 */

/** What a log says about one page: {@link TrackedPage}, or why nothing is known. */
export type DumpedOwner = TrackedPage | { readonly kind: UntrackedPage };

/** `no-extension`: no page_ext. `never-set`: never recorded (5.4 on). `not-active`: not allocated (4.6 to 5.3). */
export type UntrackedPage = 'no-extension' | 'never-set' | 'not-active';

/** A page that page_owner knows. */
export interface TrackedPage {
  readonly kind: 'tracked';
  /** Since 5.4; before, only allocated pages are tracked. */
  readonly state?: 'allocated' | 'freed';
  /** Absent when the log stops before it. */
  readonly allocation?: DumpedAllocation;
  /** The last time the page was freed; `missing`: not recorded. Since 5.4. */
  readonly free?: DumpedFree | 'missing';
  /** Since 4.6, when the page was migrated. */
  readonly migrateReason?: string;
}

/** The last allocation of the page; the fields are those of a record's header. */
export interface DumpedAllocation {
  /** The block had 2^order pages. */
  readonly order: number;
  /** What the mask asks for: `Movable`. */
  readonly migratetype: string;
  /** A u32, as its kernel numbers the flags. */
  readonly gfpMask: number;
  /** The names beside it: `GFP_KERNEL|__GFP_ZERO`. */
  readonly gfpNames: string;
  /** Since 5.11. */
  readonly pid?: number;
  /** Since 5.18. */
  readonly tgid?: number;
  /** Name of the task. Since 5.18. */
  readonly comm?: string;
  /** Since 5.11. */
  readonly tsNs?: bigint;
  /** 5.13 to 6.12. */
  readonly freeTsNs?: bigint;
  /** Innermost first, each frame without its leading space; `missing`: not recorded. */
  readonly stack: readonly string[] | 'missing';
}

/** Who freed a page, as the log has it. */
export interface DumpedFree {
  /** Since 6.8. */
  readonly pid?: number;
  /** Since 6.8. */
  readonly tgid?: number;
  /** Newest. */
  readonly tsNs?: bigint;
  /** Innermost first, each frame without its leading space. */
  readonly stack: readonly string[];
}

const UNTRACKED: Readonly<Record<UntrackedPage, string>> = {
  'no-extension': 'There is not page extension available.',
  'never-set': 'page_owner info is not present (never set?)',
  'not-active': 'page_owner info is not active (free page?)',
};
const UNTRACKED_LINES: ReadonlyMap<string, UntrackedPage> = new Map(
  (Object.keys(UNTRACKED) as UntrackedPage[]).map((kind) => [UNTRACKED[kind], kind]),
);
const TRACKS = 'page_owner tracks the page as ';
const STATE_LINE = /^page_owner tracks the page as (allocated|freed)$/;
const NO_ALLOCATION_STACK = 'page_owner allocation stack trace missing';
const NO_FREE_STACK = 'page_owner free stack trace missing';
const MIGRATED = 'page has been migrated, last migrate reason: ';
const FREE_LINE = /^page last free (?:pid (-?\d+) tgid (-?\d+) (?:ts (\d+) )?)?stack trace:$/;
const ALLOCATION_LINE =
  /^page (last )?allocated via order (\d{1,5}), migratetype (\S+), gfp_mask 0x([0-9a-f]{1,8})\(([^)\n]*)\)(?:, pid (-?\d+)(?:, tgid (-?\d+) \((.*)\))?, ts (\d{1,20})(?:, free_ts (\d{1,20}))?)?$/s;

/** ` f+0x1/0x2 [module]`, ` 0xADDR`, and syzbot's ` f+0x1/0x2 mm/slub.c:9` and ` f mm/slub.c:9 [inline]`. */
const FRAME =
  /^ (?:\[<[0-9a-f]+>\] )?(?:0x[0-9a-f]+|[^\s?]\S*(?:\+0x[0-9a-f]+\/0x[0-9a-f]+(?: \S+:\d+)?| \S+:\d+)(?: \[[^\]]+\])?)$/;
/** Messages of the kernel after which the frames are those of another stack. */
const OTHER_STACK =
  /call trace|stack trace|backtrace|cut here|^(?:CPU: \d|Modules linked in|Hardware name|(?:kernel )?BUG|WARNING|Oops|Allocated by|Freed by|page:)/i;

interface TrackedDraft {
  kind: 'tracked';
  state?: 'allocated' | 'freed';
  allocation?: DumpedAllocation;
  free?: DumpedFree | 'missing';
  migrateReason?: string;
}

/**
 * Finds the owner texts of dump_page() in a kernel log, of kernels 4.6 on, with or without console prefixes.
 *
 * Lines of other messages may stand anywhere between; a stack goes on behind them unless they announce another one
 * (`Call Trace:`, `CPU: 1 PID: ...`). A task name ends as in a record's header: at the last `), ts N` that begins within
 * 15 bytes, newlines or not; a CR before such a newline is taken for the console's.
 */
export function parseDumpedOwners(log: Uint8Array | string): DumpedOwner[] {
  const bytes = bytesOf(log);
  const lines = Array.from(cleanLines(bytes), (line) => line.text);
  const reader = new OwnerReader();
  for (let i = 0; i < lines.length; i++) {
    const allocated = readAllocation(lines, i);
    if (allocated === undefined) {
      reader.takeLine(lines[i] as string);
    } else {
      reader.takeAllocation(allocated.allocation);
      i += allocated.moreLines;
    }
  }
  return reader.owners;
}

/** Puts owners together from the lines of a log. */
class OwnerReader {
  readonly owners: DumpedOwner[] = [];
  /** The last one, while more lines of it may come. */
  #owner: TrackedDraft | undefined;
  /** Where frames belong now. */
  #stack: string[] | undefined;

  takeAllocation(allocation: Omit<DumpedAllocation, 'stack'>): void {
    // Without its state line before it: an old kernel, or the log begins here.
    const owner =
      this.#owner === undefined || this.#owner.allocation !== undefined ? this.#begin() : this.#owner;
    this.#stack = [];
    owner.allocation = { ...allocation, stack: this.#stack };
  }

  takeLine(line: string): void {
    if (FRAME.test(line)) {
      this.#stack?.push(line.slice(1));
    } else if (FREE_LINE.test(line) && this.#owner !== undefined) {
      this.#stack = [];
      this.#owner.free = { ...freeFields(line), stack: this.#stack };
    } else if (this.#takeOwnerLine(line) || OTHER_STACK.test(line)) {
      this.#stack = undefined;
    }
  }

  /** Takes a line after which no frames follow; false when it is none. */
  #takeOwnerLine(line: string): boolean {
    const untracked = UNTRACKED_LINES.get(line);
    if (untracked !== undefined) {
      this.owners.push({ kind: untracked });
      this.#owner = undefined;
      return true;
    }
    const state = STATE_LINE.exec(line);
    if (state !== null) {
      this.#begin().state = state[1] as 'allocated' | 'freed';
      return true;
    }
    const owner = this.#owner;
    if (owner === undefined) return false;
    if (line === NO_FREE_STACK) {
      owner.free = 'missing';
    } else if (line === NO_ALLOCATION_STACK && owner.allocation !== undefined) {
      owner.allocation = { ...owner.allocation, stack: 'missing' };
    } else if (line.startsWith(MIGRATED)) {
      owner.migrateReason = line.slice(MIGRATED.length);
    } else {
      return false;
    }
    return true;
  }

  #begin(): TrackedDraft {
    this.#owner = { kind: 'tracked' };
    this.owners.push(this.#owner);
    return this.#owner;
  }
}

/** Reads the allocation line at `lines[first]`, which a task name may spread over more lines. */
function readAllocation(
  lines: readonly string[],
  first: number,
): { allocation: Omit<DumpedAllocation, 'stack'>; moreLines: number } | undefined {
  if (!/^page (?:last )?allocated via order /.test(lines[first] as string)) return undefined;
  let found: RegExpExecArray | undefined;
  let moreLines = 0;
  let text = '';
  for (let more = 0; more <= LONGEST_TASK_NAME && first + more < lines.length; more++) {
    text += more === 0 ? lines[first] : `\n${lines[first + more]}`;
    const match = ALLOCATION_LINE.exec(text);
    if (match === null || (more > 0 && encodeText(match[8] ?? '').length > LONGEST_TASK_NAME)) continue;
    found = match;
    moreLines = more;
  }
  if (found === undefined) return undefined;
  const [, , order, migratetype = '', mask = '', gfpNames = '', pid, tgid, comm, ts, freeTs] = found;
  const allocation = {
    order: Number(order),
    migratetype,
    gfpMask: parseInt(mask, 16),
    gfpNames,
    ...(pid === undefined ? {} : { pid: Number(pid) }),
    ...(tgid === undefined ? {} : { tgid: Number(tgid) }),
    ...(comm === undefined ? {} : { comm }),
    ...(ts === undefined ? {} : { tsNs: BigInt(ts) }),
    ...(freeTs === undefined ? {} : { freeTsNs: BigInt(freeTs) }),
  };
  return { allocation, moreLines };
}

function freeFields(line: string): Omit<DumpedFree, 'stack'> {
  const [, pid, tgid, ts] = FREE_LINE.exec(line) ?? [];
  if (pid === undefined) return {};
  return { pid: Number(pid), tgid: Number(tgid), ...(ts === undefined ? {} : { tsNs: BigInt(ts) }) };
}

/**
 * Writes what the kernel logs about the owner, without console prefixes: every field that there is, in its order.
 * @throws RangeError naming a field that has no place, or that holds what such a text cannot
 */
export function formatDumpedOwner(owner: DumpedOwner): string {
  if (owner.kind !== 'tracked') return `${UNTRACKED[owner.kind]}\n`;
  const { state, allocation, free, migrateReason } = owner;
  let text = state === undefined ? '' : `${TRACKS}${state}\n`;
  if (allocation !== undefined) {
    text += allocationText(allocation, state !== undefined);
    text += allocation.stack === 'missing' ? `${NO_ALLOCATION_STACK}\n` : framesText(allocation.stack);
  }
  if (free === 'missing') text += `${NO_FREE_STACK}\n`;
  else if (free !== undefined) text += freeText(free) + framesText(free.stack);
  if (migrateReason !== undefined) text += `${MIGRATED}${oneLine('migrateReason', migrateReason)}\n`;
  return text;
}

function allocationText(allocation: DumpedAllocation, hasState: boolean): string {
  const { pid, tgid, comm, tsNs, freeTsNs } = allocation;
  together('pid', pid, 'tsNs', tsNs);
  together('tgid', tgid, 'comm', comm);
  if (tgid !== undefined && pid === undefined) throw new RangeError('tgid cannot be printed without pid');
  if (freeTsNs !== undefined && tsNs === undefined)
    throw new RangeError('freeTsNs cannot be printed without tsNs');
  let text = `page ${hasState ? 'last ' : ''}allocated via order ${integer('order', allocation.order, 0, U16_MAX)}`;
  text += `, migratetype ${word('migratetype', allocation.migratetype)}`;
  text += `, gfp_mask 0x${integer('gfpMask', allocation.gfpMask, 0, U32_MAX).toString(16)}`;
  text += `(${namesText('gfpNames', allocation.gfpNames)})`;
  if (pid !== undefined) text += `, pid ${integer('pid', pid, S32_MIN, S32_MAX)}`;
  if (tgid !== undefined) text += `, tgid ${integer('tgid', tgid, S32_MIN, S32_MAX)}`;
  if (comm !== undefined) text += ` (${taskName(comm, true)})`;
  if (tsNs !== undefined) text += `, ts ${u64('tsNs', tsNs)}`;
  if (freeTsNs !== undefined) text += `, free_ts ${u64('freeTsNs', freeTsNs)}`;
  return `${text}\n`;
}

function freeText(free: DumpedFree): string {
  const { pid, tgid, tsNs } = free;
  together('pid', pid, 'tgid', tgid);
  if (pid === undefined) {
    if (tsNs !== undefined) throw new RangeError('tsNs cannot be printed without pid');
    return 'page last free stack trace:\n';
  }
  const ids = `pid ${integer('pid', pid, S32_MIN, S32_MAX)} tgid ${integer('tgid', tgid, S32_MIN, S32_MAX)}`;
  return `page last free ${ids} ${tsNs === undefined ? '' : `ts ${u64('tsNs', tsNs)} `}stack trace:\n`;
}

function framesText(frames: readonly string[]): string {
  return frames.map((frame) => ` ${oneLine('stack', frame)}\n`).join('');
}

/** A kernel prints both of two fields or none. */
function together(field: string, value: unknown, otherField: string, otherValue: unknown): void {
  if ((value === undefined) !== (otherValue === undefined)) {
    throw new RangeError(
      `${field} is ${String(value)}, but ${otherField}, printed with it, is ${String(otherValue)}`,
    );
  }
}
