import { grown, IntColumn } from './columns.js';
import type { CgroupIndex, SampleIndex, StackIndex, TaskIndex } from '../indices.js';

/** What tells samples apart. */
export interface SampleKey {
  /** Whose pages these are. */
  readonly stack: StackIndex;
  /** Who allocated. */
  readonly task: TaskIndex;
  /** -1: the source does not say (lists of stacks). */
  readonly order: number;
  /** As its kernel numbers the flags; -1 unknown, as is a mask of 2^31 or more, which no kernel has. */
  readonly gfpMask: number;
  /** Index of MIGRATETYPES, what the gfp mask asks for; -1 unknown. */
  readonly gfpType: number;
  /** Index of MIGRATETYPES, what the pageblock is; -1 unknown. */
  readonly blockType: number;
  /** Zone index; -1 unknown. */
  readonly zone: number;
  /** NUMA node; -1 unknown. */
  readonly node: number;
  /** Who is charged; 0 is nobody. */
  readonly cgroup: CgroupIndex;
  /** Index of ALLOCATOR_CLASSES. */
  readonly allocator: number;
  /** 1: the page was moved since its allocation. */
  readonly migrated: number;
}

/** The key columns, in the order in which {@link SampleKey} names them. */
export const KEY_COLUMNS = [
  'stack',
  'task',
  'order',
  'gfpMask',
  'gfpType',
  'blockType',
  'zone',
  'node',
  'cgroup',
  'allocator',
  'migrated',
] as const;
/** What tells samples apart. */
export type KeyColumn = (typeof KEY_COLUMNS)[number];

/** In `minTs` and `maxTs`: no record of the sample has a time. */
export const NO_TIME = 0xffff_ffff_ffff_ffffn;

/** Records that agree in all that makes the key, one row; rows in the order of their first records. */
export interface SampleTable extends Readonly<Record<KeyColumn, Int32Array>> {
  /** Rows. */
  readonly length: number;
  /** Allocations; 0 where the source counts pages only. Exact to 2^53, as is `pages`. */
  readonly records: Float64Array;
  /** Base pages. */
  readonly pages: Float64Array;
  /** Earliest allocation, local clock, ns; {@link NO_TIME} where the source has none (before 5.11). */
  readonly minTs: BigUint64Array;
  /** Latest allocation, likewise. */
  readonly maxTs: BigUint64Array;
}

const ALL_ONES = 0xffff_ffff;

/** Sums records up into samples. */
export class SampleTableBuilder {
  readonly #byKey = new Map<string, SampleIndex>();
  readonly #keys = Object.fromEntries(KEY_COLUMNS.map((name) => [name, new IntColumn()])) as Record<
    KeyColumn,
    IntColumn
  >;
  #sums = new Float64Array(2 * 256);
  /** Min high, min low, max high, max low; nothing yet: all ones, zeros. */
  #times = new Uint32Array(4 * 256);
  length = 0;

  indexOf(key: SampleKey): SampleIndex {
    const text = KEY_COLUMNS.map((name) => key[name]).join(' ');
    const known = this.#byKey.get(text);
    if (known !== undefined) return known;
    if (2 * this.length === this.#sums.length) {
      this.#sums = grown(this.#sums, 4 * this.length);
      this.#times = grown(this.#times, 8 * this.length);
    }
    for (const name of KEY_COLUMNS) this.#keys[name].push(key[name]);
    this.#times[4 * this.length] = ALL_ONES;
    this.#times[4 * this.length + 1] = ALL_ONES;
    this.#byKey.set(text, this.length);
    return this.length++;
  }

  add(sample: SampleIndex, records: number, pages: number): void {
    this.#sums[2 * sample]! += records;
    this.#sums[2 * sample + 1]! += pages;
  }

  /** Records that were added so far. */
  recordsOf(sample: SampleIndex): number {
    return this.#sums[2 * sample]!;
  }

  /** Adds one record with its time, given as two words. */
  addRecord(sample: SampleIndex, pages: number, high: number, low: number): void {
    const sums = this.#sums;
    sums[2 * sample]!++;
    sums[2 * sample + 1]! += pages;
    this.#addTime(sample, high, low);
  }

  /** Adds all records of a row of another table. */
  addRow(sample: SampleIndex, { records, pages, minTs, maxTs }: SampleTable, row: SampleIndex): void {
    this.add(sample, records[row]!, pages[row]!);
    if (minTs[row] === NO_TIME) return;
    for (const ts of [minTs[row]!, maxTs[row]!])
      this.#addTime(sample, Number(ts >> 32n), Number(ts & 0xffff_ffffn));
  }

  #addTime(sample: SampleIndex, high: number, low: number): void {
    const times = this.#times;
    const at = 4 * sample;
    if (high < times[at]! || (high === times[at] && low < times[at + 1]!)) {
      times[at] = high;
      times[at + 1] = low;
    }
    if (high > times[at + 2]! || (high === times[at + 2] && low > times[at + 3]!)) {
      times[at + 2] = high;
      times[at + 3] = low;
    }
  }

  /** Samples that no record was added to are left out: their records were not selected. */
  finish(): SampleTable {
    const rows: SampleIndex[] = [];
    for (let i = 0; i < this.length; i++) if (this.#sums[2 * i] || this.#sums[2 * i + 1]) rows.push(i);
    const { length } = rows;
    const records = new Float64Array(length);
    const pages = new Float64Array(length);
    const minTs = new BigUint64Array(length);
    const maxTs = new BigUint64Array(length);
    const times = this.#times;
    for (const [i, row] of rows.entries()) {
      records[i] = this.#sums[2 * row]!;
      pages[i] = this.#sums[2 * row + 1]!;
      minTs[i] = (BigInt(times[4 * row]!) << 32n) | BigInt(times[4 * row + 1]!);
      maxTs[i] =
        minTs[i] === NO_TIME ? NO_TIME : (BigInt(times[4 * row + 2]!) << 32n) | BigInt(times[4 * row + 3]!);
    }
    const keys = Object.fromEntries(
      KEY_COLUMNS.map((name) => [name, Int32Array.from(rows, (row) => this.#keys[name].at(row))]),
    ) as Record<KeyColumn, Int32Array>;
    return { ...keys, length, records, pages, minTs, maxTs };
  }
}
