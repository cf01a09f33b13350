import * as w from '@page-owner/dump-format/scan';
import { RecordWindow, without } from '@page-owner/dump-format/scan';
import type { ScanReport } from '@page-owner/dump-format';
import { Collector } from '../collector.js';
import type { Reader, ReaderOptions } from '../dump-reader.js';
import { GroupKeys } from '../facts.js';
import { ALLOCATOR_CMA, ALLOCATOR_SLAB } from '../group.js';
import type { LineFacts, RecordNumbers, StackFacts } from '../grouper.js';
import type { Compat, Plan } from '../plan.js';
import { readBlock } from './c-block.js';
import type { CBlock } from './c-block.js';
import { allocatorOfPfnLine, fromLatin1, latin1, matchFields, vmallocOfText } from './c-fields.js';
import type { CFields } from './c-fields.js';

/** What the C tool says and how it ends, apart from its output. */
export interface CompatOutcome {
  /** Records it says it loaded. */
  loaded: number;
  /** The line on stderr with which it gave up, writing nothing; '' when it did not. */
  failure: string;
  /** Its exit status. */
  exitCode: number;
}

export interface CompatReader extends Reader {
  readonly outcome: CompatOutcome;
}

interface CompatReaderOptions extends ReaderOptions {
  /** The size of the input; a record of it takes 100 bytes at least, or the tool gives up. Unknown: no limit. */
  readonly inputBytes?: number | undefined;
  /** Receives what -d prints. */
  readonly complain?: ((text: string) => void) | undefined;
}

const BYTES_A_RECORD = 100;

/** Distinct texts that the fast path may handle have facts; null: the slow path has to look at each record. */
type Known<T> = (T | null | undefined)[];

/**
 * Reads a dump the way the C tool does, block by block, faults included. Blocks in the shape that kernels write come
 * from the window's fast path and are matched once for each distinct header line and stack text; whatever could make
 * one of the tool's patterns look elsewhere goes through `readBlock` and `matchFields`.
 */
export async function createCompatReader(options: CompatReaderOptions): Promise<CompatReader> {
  return new BlockReader(options, await RecordWindow.create(w.CUT_TS | w.CUT_FREE_TS, options.offset));
}

class BlockReader implements CompatReader {
  readonly outcome: CompatOutcome = { loaded: 0, failure: '', exitCode: 0 };
  stopped = false;
  readonly #plan: Plan;
  readonly #compat: Compat;
  readonly #window: RecordWindow;
  readonly #collector: Collector;
  readonly #keys: GroupKeys;
  readonly #capacity: number;
  /** The times that the fast path has to have found where the patterns find them. */
  readonly #wantedTimes: number;
  readonly #complain: ((text: string) => void) | undefined;
  readonly #block: CBlock = { text: new Uint8Array(), pfnLine: undefined, end: 0 };
  readonly #numbers: RecordNumbers = {
    line: 0,
    stack: 0,
    bits: 0,
    tsLow: 0,
    tsHigh: 0,
    freeTsLow: 0,
    freeTsHigh: 0,
    offset: 0,
  };
  #lines: Known<LineFacts> = [];
  #stacks: Known<StackFacts> = [];
  /** Records that were found, and that groups count: those that repeat the one before are not loaded, but count. */
  #read = 0;
  #counted = 0;
  /** The last record that was loaded, which the 6.1 tool compares the next one with. */
  #lastLine = -1;
  #lastStack = -1;
  readonly #lastTimes = [0, 0, 0, 0, 0];
  #lastAllocator = 0;
  /** A record without a PFN line takes over the classes of the one before. */
  #pfnAllocator = 0;

  constructor(options: CompatReaderOptions, window: RecordWindow) {
    const { plan, store, inputBytes, complain } = options;
    this.#plan = plan;
    this.#compat = plan.compat!;
    this.#window = window;
    this.#keys = new GroupKeys(plan);
    this.#capacity = inputBytes === undefined ? Infinity : Math.floor(inputBytes / BYTES_A_RECORD);
    this.#complain = complain;
    this.#wantedTimes = this.#compat === '6.1' ? w.BIT_TS | w.BIT_FREE_TS : w.BIT_TS;
    const texts = {
      lineText: (id: number) => window.line(id),
      stackText: (id: number) => window.stack(id).subarray(0, -1),
    };
    this.#collector = new Collector(plan, store, texts, options.limits);
  }

  space(): Uint8Array {
    return this.#window.space();
  }

  filled(count: number): void {
    this.#window.filled(count);
    this.#drain(false);
  }

  finish() {
    if (!this.stopped) this.#drain(true);
    this.#collector.putAway();
    const { failure } = this.outcome;
    const report: ScanReport = {
      records: this.#read,
      bytes: this.#window.offsetOf(this.#window.position),
      lines: 0,
      garbagePieces: 0,
      garbageBytes: 0,
      garbage: [],
      truncatedRecords: 0,
      droppedLines: 0,
    };
    return { runs: failure ? [] : this.#collector.runs, report, selected: failure ? 0 : this.#counted };
  }

  #drain(final: boolean): void {
    const window = this.#window;
    while (!this.stopped) {
      // With -d the tool complains of every record, so every record goes the slow way.
      const count = this.#complain ? 0 : window.scan();
      const stopReason = this.#complain ? w.STOP_ODD : window.stopReason;
      if (!this.#takeRows(count, final)) return;
      if (this.#collector.putAwayIfLarge(window.textBytes)) this.#forget();
      if (stopReason === w.STOP_FULL) continue;
      if (stopReason === w.STOP_MORE && !final) return;
      if (!this.#takeBlock(final)) return;
    }
  }

  /** Adds the first `count` rows of the window; false when reading ends among them. */
  #takeRows(count: number, final: boolean): boolean {
    const window = this.#window;
    const behind = window.position;
    const numbers = this.#numbers;
    for (let at = 0; at < count * w.ROW_WORDS; at += w.ROW_WORDS) {
      const { rows } = window;
      const lineId = rows[at + w.ROW_LINE]!;
      const stackId = rows[at + w.ROW_STACK]!;
      const bits = rows[at + w.ROW_BITS]!;
      let line = this.#lines[lineId];
      if (line === undefined) line = this.#lines[lineId] = this.#judgeLine(lineId);
      let stack = this.#stacks[stackId];
      if (stack === undefined) stack = this.#stacks[stackId] = this.#judgeStack(stackId);
      const untimed = (bits & this.#wantedTimes) !== this.#wantedTimes;
      if (
        !line ||
        !stack ||
        untimed ||
        bits & w.BIT_WIDE ||
        (bits & (w.BIT_CMA | w.BIT_SLAB) && this.#hasNul(at))
      ) {
        window.position = rows[at + w.ROW_START]!;
        if (!this.#takeBlock(final)) return false;
        continue;
      }
      numbers.line = lineId;
      numbers.stack = stackId;
      numbers.bits = bits;
      numbers.tsLow = rows[at + w.ROW_TS]!;
      numbers.tsHigh = rows[at + w.ROW_TS + 1]!;
      numbers.freeTsLow = rows[at + w.ROW_FREE_TS]!;
      numbers.freeTsHigh = rows[at + w.ROW_FREE_TS + 1]!;
      numbers.offset = window.offsetOf(rows[at + w.ROW_START]!);
      this.#pfnAllocator = (bits & w.BIT_CMA ? ALLOCATOR_CMA : 0) | (bits & w.BIT_SLAB ? ALLOCATOR_SLAB : 0);
      if (!this.#load(line, stack)) return false;
    }
    window.position = behind;
    return true;
  }

  /** Adds the block at the window's position; false when reading ends there, or needs more bytes. */
  #takeBlock(final: boolean): boolean {
    const window = this.#window;
    const block = this.#block;
    const start = window.position;
    const verdict = readBlock(window.bytes, start, window.limit, final, block);
    if (verdict === 'more') return false;
    if (verdict === 'end') {
      this.stopped = true;
      return false;
    }
    window.position = block.end;
    const { text, pfnLine } = block;
    if (pfnLine) this.#pfnAllocator = allocatorOfPfnLine(latin1(pfnLine));
    // The patterns see the newline of the empty line too.
    const whole = latin1(text) + '\n';
    const fields = matchFields(whole, this.#compat, this.#complain);
    const kept = this.#plan.cut && fields.tsDigits ? without(text, ...fields.tsDigits) : text;
    const lineEnd = kept.indexOf(10) + 1 || kept.length;
    const numbers = this.#numbers;
    numbers.line = window.internLine(kept.subarray(0, lineEnd));
    const stackText = new Uint8Array(kept.length - lineEnd + 1);
    stackText.set(kept.subarray(lineEnd));
    stackText[stackText.length - 1] = 10;
    numbers.stack = window.internStack(stackText);
    // Its times are in the text already, or out of it.
    numbers.bits = 0;
    numbers.tsLow = Number(fields.ts & 0xffff_ffffn);
    numbers.tsHigh = Number(fields.ts >> 32n);
    numbers.freeTsLow = Number(fields.freeTs & 0xffff_ffffn);
    numbers.freeTsHigh = Number(fields.freeTs >> 32n);
    numbers.offset = window.offsetOf(start);
    return this.#load(
      this.#lineFacts(numbers.line, fields),
      this.#stackFacts(numbers.stack, vmallocOfText(whole), fields.module),
      fields.comm !== undefined,
    );
  }

  /** Loads the record of `#numbers`; false when the tool gives up. */
  #load(line: LineFacts, stack: StackFacts, hasComm = true): boolean {
    const numbers = this.#numbers;
    const { outcome } = this;
    const isFirstGeneration = this.#compat === '6.1';
    this.#read++;
    // The 6.1 tool counts a record that repeats the one before with it, before it looks at anything else.
    const repeats = isFirstGeneration && outcome.loaded > 0 && this.#repeatsLast();
    if (!repeats) {
      if (outcome.loaded >= this.#capacity)
        return this.#giveUp('max_size too small??', isFirstGeneration ? 1 : 0);
      if (!line.selected || !stack.selected || this.#isFilteredOut()) return true;
    }
    if (!hasComm) return this.#giveUp('Out of memory', 0);
    const hasFreeTs = (numbers.freeTsLow | numbers.freeTsHigh) !== 0;
    if (!repeats) {
      outcome.loaded++;
      this.#lastAllocator = this.#pfnAllocator;
    }
    this.#collector.add(numbers, line, stack, this.#lastAllocator, hasFreeTs);
    this.#counted++;
    this.#lastLine = numbers.line;
    this.#lastStack = numbers.stack;
    const times = this.#lastTimes;
    times[0] = numbers.bits & (w.BIT_TS | w.BIT_FREE_TS);
    times[1] = numbers.tsLow;
    times[2] = numbers.tsHigh;
    times[3] = numbers.freeTsLow;
    times[4] = numbers.freeTsHigh;
    return true;
  }

  /** Whether the record of `#numbers` has the text of the last one that was loaded. */
  #repeatsLast(): boolean {
    const { line, stack, bits, tsLow, tsHigh, freeTsLow, freeTsHigh } = this.#numbers;
    if (line !== this.#lastLine || stack !== this.#lastStack) return false;
    const times = [bits & (w.BIT_TS | w.BIT_FREE_TS), tsLow, tsHigh, freeTsLow, freeTsHigh];
    return times.every((time, i) => time === this.#lastTimes[i]);
  }

  #giveUp(failure: string, exitCode: number): false {
    this.outcome.failure = failure;
    this.outcome.exitCode = exitCode;
    this.stopped = true;
    return false;
  }

  /** -f of the 6.1 tool. */
  #isFilteredOut(): boolean {
    if (!this.#plan.unreleased) return false;
    const { tsLow, tsHigh, freeTsLow, freeTsHigh } = this.#numbers;
    if ((freeTsLow | freeTsHigh) === 0) return false;
    return tsHigh === freeTsHigh ? tsLow < freeTsLow : tsHigh < freeTsHigh;
  }

  /** null when a pattern finds nothing in the line and would go on to the stack, or finds another ts than the last. */
  #judgeLine(id: number): LineFacts | null {
    const text = latin1(this.#window.line(id));
    const fields = matchFields(text, this.#compat);
    const lastTs = text.lastIndexOf(', ts ');
    // The window has cut the digits out: the pattern takes both spaces.
    const isCut = fields.tsDigits !== undefined && lastTs >= 0 && fields.tsDigits[0] === lastTs + 6;
    const hasOneFreeTs = this.#compat !== '6.1' || text.indexOf('free_ts') === text.lastIndexOf('free_ts');
    const tellsModule = this.#compat === 'mainline' && fields.module !== 'vmlinux';
    if (fields.missing.length || !isCut || !hasOneFreeTs || tellsModule) return null;
    if (text.includes('\0') || text.includes('__vmalloc_node_range')) return null;
    return this.#lineFacts(id, fields);
  }

  #judgeStack(id: number): StackFacts | null {
    const text = latin1(this.#window.stack(id));
    if (text.includes('\0') || text.startsWith('PFN') || text.includes('\nPFN')) return null;
    const module = this.#compat === 'mainline' ? (/\[([a-zA-Z0-9_]+)\]/.exec(text)?.[1] ?? 'vmlinux') : '';
    // The line before the first frame is the header, which is no concern of vmallocOfText.
    return this.#stackFacts(id, vmallocOfText(`\n${text}`), module);
  }

  #lineFacts(id: number, { pages, pid, tgid, comm = '' }: CFields): LineFacts {
    const { pids, tgids, names } = this.#plan;
    return {
      pages,
      pid,
      tgid,
      comm: fromLatin1(comm),
      selected:
        (!pids || pids.includes(pid)) &&
        (!tgids || tgids.includes(tgid)) &&
        (!names || names.some((name) => latin1(new TextEncoder().encode(name)) === comm)),
      key: this.#keys.ofLine(id, pid, tgid, comm),
    };
  }

  #stackFacts(id: number, allocator: number, module: string): StackFacts {
    return {
      allocator,
      module: fromLatin1(module),
      selected: this.#plan.modules?.includes(module) ?? true,
      key: this.#keys.ofStack(id, module),
    };
  }

  #hasNul(row: number): boolean {
    const { rows, bytes } = this.#window;
    return bytes.subarray(rows[row + w.ROW_PFN]!, rows[row + w.ROW_STACK_START]!).includes(0);
  }

  #forget(): void {
    const window = this.#window;
    const hasLast = this.#lastLine >= 0;
    const line = hasLast ? window.line(this.#lastLine).slice() : undefined;
    const stack = hasLast ? window.stack(this.#lastStack).slice() : undefined;
    window.forget();
    this.#keys.clear();
    this.#lines = [];
    this.#stacks = [];
    if (line) this.#lastLine = window.internLine(line);
    if (stack) this.#lastStack = window.internStack(stack);
  }
}
