import { BIT_FREE_TS, BIT_TS, CUT_FREE_TS, CUT_TS } from '@page-owner/dump-format';
import { fillTimes } from '@page-owner/dump-format/scan';
import type { Group } from './group.js';
import { ALLOCATOR_OTHERS } from './group.js';
import type { Plan } from './plan.js';

/** What a distinct header line says, as far as groups care. */
export interface LineFacts {
  readonly pages: number;
  readonly pid: number;
  readonly tgid: number;
  readonly comm: Uint8Array;
  /** Whether the plan's pids, tgids and names let it through. */
  readonly selected: boolean;
  /** The same number for lines that the plan does not tell apart. */
  readonly key: number;
}

/** What a distinct stack text says, as far as groups care. */
export interface StackFacts {
  /** Bits of `Group.allocator` that the frames tell. */
  readonly allocator: number;
  readonly module: Uint8Array;
  /** Whether the plan's modules let it through. */
  readonly selected: boolean;
  /** The same number for stack texts that the plan does not tell apart. */
  readonly key: number;
}

/** Where the texts of ids come from, in the state they had when the record was added. */
export interface Texts {
  lineText(id: number): Uint8Array;
  stackText(id: number): Uint8Array;
}

/** The numbers of one record. */
export interface RecordNumbers {
  /** Id of its header line, which lacks the times that `bits` names. */
  line: number;
  stack: number;
  /** BIT_TS, BIT_FREE_TS. */
  bits: number;
  tsLow: number;
  tsHigh: number;
  freeTsLow: number;
  freeTsHigh: number;
  offset: number;
}

const FIRST_CAPACITY = 1024;

/**
 * Groups records by three small numbers, what the plan sees in the header line, in the stack text and in the record
 * itself, and by its times where they are part of the text. Columns, no object per record:
 *
 *   group   0 1 2 ...        slots: open addressing over groups, a power of two, at most half full
 *   keys    line, stack, row
 *   sums    times, pages
 *   first   offset, ts, free_ts, bits, allocator, released, ids and facts of its line and stack
 */
export class Grouper {
  size = 0;
  readonly #byAllocator: boolean;
  readonly #byRelease: boolean;
  /** The times that are part of the text, and whether the text makes the group. */
  readonly #keptTimes: number;
  readonly #byTimes: boolean;
  #slots = new Int32Array(2 * FIRST_CAPACITY).fill(-1);
  #keys = new Int32Array(3 * FIRST_CAPACITY);
  #sums = new Float64Array(2 * FIRST_CAPACITY);
  #offsets = new Float64Array(FIRST_CAPACITY);
  #times = new Uint32Array(4 * FIRST_CAPACITY);
  #ids = new Uint32Array(2 * FIRST_CAPACITY);
  #bits = new Uint8Array(FIRST_CAPACITY);
  #classes = new Uint8Array(FIRST_CAPACITY);
  #lines: LineFacts[] = [];
  #stacks: StackFacts[] = [];
  #last = -1;

  constructor(plan: Plan) {
    this.#byAllocator = plan.cull.includes('allocator');
    this.#byRelease = plan.cull.includes('free');
    this.#keptTimes = (plan.cut & CUT_TS ? 0 : BIT_TS) | (plan.cut & CUT_FREE_TS ? 0 : BIT_FREE_TS);
    this.#byTimes = this.#keptTimes !== 0 && !plan.cull.length;
  }

  /** Adds a record; `pfnAllocator` is what its PFN line tells of the allocator. False: it is not selected. */
  add(
    record: RecordNumbers,
    line: LineFacts,
    stack: StackFacts,
    pfnAllocator: number,
    released: boolean,
  ): boolean {
    if (!line.selected || !stack.selected) return false;
    const allocator = pfnAllocator | stack.allocator || ALLOCATOR_OTHERS;
    const rowKey = (this.#byAllocator ? allocator << 1 : 0) | (this.#byRelease && released ? 1 : 0);
    let group = this.#last;
    if (group < 0 || !this.#is(group, line.key, stack.key, rowKey, record)) {
      group = this.#find(line.key, stack.key, rowKey, record);
      if (group === this.size) {
        this.#addGroup(record, line, stack, (allocator << 1) | (released ? 1 : 0));
      }
      this.#last = group;
    }
    this.#sums[2 * group]! += 1;
    this.#sums[2 * group + 1]! += line.pages;
    return true;
  }

  /** The groups so far, in the order of their first records. Their texts are views into `texts`. */
  *groups(texts: Texts): Generator<Group> {
    for (let group = 0; group < this.size; group++) {
      const line = this.#lines[group]!;
      const stack = this.#stacks[group]!;
      const times = this.#times.subarray(4 * group, 4 * group + 4);
      const classes = this.#classes[group]!;
      yield {
        times: this.#sums[2 * group]!,
        pages: this.#sums[2 * group + 1]!,
        offset: this.#offsets[group]!,
        tsLow: times[0]!,
        tsHigh: times[1]!,
        freeTsLow: times[2]!,
        freeTsHigh: times[3]!,
        pid: line.pid,
        tgid: line.tgid,
        comm: line.comm,
        module: stack.module,
        allocator: classes >> 1,
        released: (classes & 1) === 1,
        line: this.#line(group, texts),
        stack: texts.stackText(this.#ids[2 * group + 1]!),
      };
    }
  }

  clear(): void {
    this.size = 0;
    this.#last = -1;
    this.#slots.fill(-1);
    this.#lines = [];
    this.#stacks = [];
  }

  /** Its header line, with the times that are part of the text. */
  #line(group: number, texts: Texts): Uint8Array {
    const line = texts.lineText(this.#ids[2 * group]!);
    const kept = this.#bits[group]! & this.#keptTimes;
    if (!kept) return line;
    const at = 4 * group;
    const u64 = (low: number) => String((BigInt(this.#times[low + 1]!) << 32n) | BigInt(this.#times[low]!));
    return fillTimes(line, kept & BIT_TS ? u64(at) : '', kept & BIT_FREE_TS ? u64(at + 2) : '');
  }

  #is(group: number, line: number, stack: number, row: number, record: RecordNumbers): boolean {
    const keys = this.#keys;
    const at = 3 * group;
    if (keys[at] !== line || keys[at + 1] !== stack || keys[at + 2] !== row) return false;
    if (!this.#byTimes) return true;
    const times = this.#times;
    const kept = this.#keptTimes;
    const from = 4 * group;
    return (
      (!(kept & BIT_TS) || (times[from] === record.tsLow && times[from + 1] === record.tsHigh)) &&
      (!(kept & BIT_FREE_TS) ||
        (times[from + 2] === record.freeTsLow && times[from + 3] === record.freeTsHigh))
    );
  }

  /** A number that is the same for times that are not told apart. */
  #timeKey(tsLow: number, freeTsLow: number): number {
    if (!this.#byTimes) return 0;
    return (this.#keptTimes & BIT_TS ? tsLow : 0) ^ (this.#keptTimes & BIT_FREE_TS ? freeTsLow : 0);
  }

  /** The group of these keys, or `size` with the keys in place for a new one. */
  #find(line: number, stack: number, row: number, record: RecordNumbers): number {
    if (2 * this.size >= this.#slots.length) this.#grow();
    const keys = this.#keys;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = mix(line, stack, row, this.#timeKey(record.tsLow, record.freeTsLow)) & mask;
    for (let group = slots[slot]!; group >= 0; group = slots[slot]!) {
      if (this.#is(group, line, stack, row, record)) return group;
      slot = (slot + 1) & mask;
    }
    slots[slot] = this.size;
    keys[3 * this.size] = line;
    keys[3 * this.size + 1] = stack;
    keys[3 * this.size + 2] = row;
    return this.size;
  }

  #addGroup(record: RecordNumbers, line: LineFacts, stack: StackFacts, classes: number): void {
    const group = this.size++;
    this.#sums[2 * group] = 0;
    this.#sums[2 * group + 1] = 0;
    this.#offsets[group] = record.offset;
    this.#times[4 * group] = record.tsLow;
    this.#times[4 * group + 1] = record.tsHigh;
    this.#times[4 * group + 2] = record.freeTsLow;
    this.#times[4 * group + 3] = record.freeTsHigh;
    this.#ids[2 * group] = record.line;
    this.#ids[2 * group + 1] = record.stack;
    this.#bits[group] = record.bits;
    this.#classes[group] = classes;
    this.#lines[group] = line;
    this.#stacks[group] = stack;
  }

  #grow(): void {
    const capacity = this.#slots.length;
    this.#keys = enlarge(this.#keys, new Int32Array(3 * capacity));
    this.#sums = enlarge(this.#sums, new Float64Array(2 * capacity));
    this.#offsets = enlarge(this.#offsets, new Float64Array(capacity));
    this.#times = enlarge(this.#times, new Uint32Array(4 * capacity));
    this.#ids = enlarge(this.#ids, new Uint32Array(2 * capacity));
    this.#bits = enlarge(this.#bits, new Uint8Array(capacity));
    this.#classes = enlarge(this.#classes, new Uint8Array(capacity));
    const slots = new Int32Array(2 * capacity).fill(-1);
    const mask = slots.length - 1;
    for (let group = 0; group < this.size; group++) {
      const [line, stack, row] = this.#keys.subarray(3 * group, 3 * group + 3) as unknown as [
        number,
        number,
        number,
      ];
      const time = this.#timeKey(this.#times[4 * group]!, this.#times[4 * group + 2]!);
      let slot = mix(line, stack, row, time) & mask;
      while (slots[slot]! >= 0) slot = (slot + 1) & mask;
      slots[slot] = group;
    }
    this.#slots = slots;
  }
}

function mix(line: number, stack: number, row: number, time: number): number {
  let h = Math.imul(line, 0x9e3779b1) ^ Math.imul(stack, 0x85ebca77) ^ Math.imul(row, 0xc2b2ae3d);
  h ^= Math.imul(time, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return h ^ (h >>> 13);
}

function enlarge<T extends Int32Array | Uint32Array | Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
