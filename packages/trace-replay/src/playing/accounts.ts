/**
 * Lifetimes are counted by powers of two: column k holds those of [2^k, 2^(k+1)) microseconds, column 0 also shorter ones.
 */
export const LIFETIME_COLUMNS = 40;

const FIRST_ROWS = 8;
const TWO_32 = 2 ** 32;

/**
 * What stacks, or tasks, did while the trace ran: a struct of arrays, a row for each stack or task. The arrays may be longer
 * than `length`.
 */
export interface AccountTable {
  /** Rows. */
  readonly length: number;
  /** Allocations made. */
  readonly allocations: Float64Array;
  /** Base pages of the allocations made. */
  readonly pages: Float64Array;
  /** Of these pages: freed. What is neither freed nor live was given out again without a free that was seen. */
  readonly freedPages: Float64Array;
  /** Of these pages: still allocated at the end. */
  readonly livePages: Float64Array;
  /** Of the pages still allocated at the end: what may have been freed while events were lost. */
  readonly doubtfulPages: Float64Array;
  /** Most pages allocated at one time; in doubt from `Losses.firstNs` on. */
  readonly peakPages: Float64Array;
  /** When that was, in nanoseconds on the trace's clock. */
  readonly peakNs: Float64Array;
  /** Calls that free, made from this stack or by this task, whoever had allocated the pages. */
  readonly frees: Float64Array;
  /** Base pages that these calls freed. */
  readonly freesPages: Float64Array;
  /** Allocations that failed. */
  readonly failed: Float64Array;
  /** Allocations, or pieces of them, whose end was seen. */
  readonly ended: Float64Array;
  /** How long these lived, ns in all. */
  readonly lifetimeNs: Float64Array;
  /** The longest that one of them lived, ns. */
  readonly longestNs: Float64Array;
  /** {@link LIFETIME_COLUMNS} numbers for each row. */
  readonly lifetimes: Uint32Array;
  /**
   * Ends that are in none of these four: events were lost in between, so that the free that was seen may be that of a later
   * allocation of the same pages.
   */
  readonly doubtfulEnds: Float64Array;
}

/** The table while it grows. */
export class Accounts implements AccountTable {
  length = 0;
  allocations: Float64Array = new Float64Array(FIRST_ROWS);
  pages: Float64Array = new Float64Array(FIRST_ROWS);
  freedPages: Float64Array = new Float64Array(FIRST_ROWS);
  livePages: Float64Array = new Float64Array(FIRST_ROWS);
  doubtfulPages: Float64Array = new Float64Array(FIRST_ROWS);
  peakPages: Float64Array = new Float64Array(FIRST_ROWS);
  peakNs: Float64Array = new Float64Array(FIRST_ROWS);
  frees: Float64Array = new Float64Array(FIRST_ROWS);
  freesPages: Float64Array = new Float64Array(FIRST_ROWS);
  failed: Float64Array = new Float64Array(FIRST_ROWS);
  ended: Float64Array = new Float64Array(FIRST_ROWS);
  lifetimeNs: Float64Array = new Float64Array(FIRST_ROWS);
  longestNs: Float64Array = new Float64Array(FIRST_ROWS);
  lifetimes: Uint32Array = new Uint32Array(FIRST_ROWS * LIFETIME_COLUMNS);
  doubtfulEnds: Float64Array = new Float64Array(FIRST_ROWS);

  /** Makes sure that there is a row `row`. */
  reach(row: number): void {
    if (row < this.length) return;
    this.length = row + 1;
    if (row < this.pages.length) return;
    const rows = Math.max(2 * this.pages.length, row + 1);
    this.allocations = grown(this.allocations, rows);
    this.pages = grown(this.pages, rows);
    this.freedPages = grown(this.freedPages, rows);
    this.livePages = grown(this.livePages, rows);
    this.doubtfulPages = grown(this.doubtfulPages, rows);
    this.peakPages = grown(this.peakPages, rows);
    this.peakNs = grown(this.peakNs, rows);
    this.frees = grown(this.frees, rows);
    this.freesPages = grown(this.freesPages, rows);
    this.failed = grown(this.failed, rows);
    this.ended = grown(this.ended, rows);
    this.lifetimeNs = grown(this.lifetimeNs, rows);
    this.longestNs = grown(this.longestNs, rows);
    this.doubtfulEnds = grown(this.doubtfulEnds, rows);
    const lifetimes = new Uint32Array(rows * LIFETIME_COLUMNS);
    lifetimes.set(this.lifetimes);
    this.lifetimes = lifetimes;
  }

  allocated(row: number, pages: number, ns: number): void {
    this.reach(row);
    (this.allocations[row] as number)++;
    (this.pages[row] as number) += pages;
    const live = ((this.livePages[row] as number) += pages);
    if (live > (this.peakPages[row] as number)) {
      this.peakPages[row] = live;
      this.peakNs[row] = ns;
    }
  }

  /**
   * An allocation of row `from` turns out to be row `to`'s; `live` of its pages are still allocated. How long those lived
   * that are not stays where it was counted.
   */
  moved(from: number, to: number, pages: number, live: number, ns: number): void {
    this.allocated(to, pages, ns);
    (this.livePages[to] as number) -= pages - live;
    (this.freedPages[to] as number) += pages - live;
    (this.allocations[from] as number)--;
    (this.pages[from] as number) -= pages;
    (this.livePages[from] as number) -= live;
    (this.freedPages[from] as number) -= pages - live;
  }

  /** Pages of this row, so many records, are free after so many nanoseconds. */
  freed(row: number, pages: number, records: number, lifetimeNs: number): void {
    (this.freedPages[row] as number) += pages;
    (this.livePages[row] as number) -= pages;
    (this.ended[row] as number) += records;
    (this.lifetimeNs[row] as number) += records * lifetimeNs;
    if (lifetimeNs > (this.longestNs[row] as number)) this.longestNs[row] = lifetimeNs;
    (this.lifetimes[row * LIFETIME_COLUMNS + lifetimeColumn(lifetimeNs)] as number) += records;
  }

  /** The same, of an allocation that was in doubt: how long it lived is not known. */
  freedInDoubt(row: number, pages: number, records: number): void {
    (this.freedPages[row] as number) += pages;
    (this.livePages[row] as number) -= pages;
    (this.doubtfulEnds[row] as number) += records;
  }

  /** Pages of this row were given out again. */
  superseded(row: number, pages: number): void {
    (this.livePages[row] as number) -= pages;
  }

  /** A call from this row freed pages. */
  freeing(row: number, pages: number): void {
    this.reach(row);
    (this.frees[row] as number)++;
    (this.freesPages[row] as number) += pages;
  }

  fail(row: number): void {
    this.reach(row);
    (this.failed[row] as number)++;
  }
}

function lifetimeColumn(ns: number): number {
  const microseconds = ns / 1000;
  if (microseconds < TWO_32) return Math.max(31 - Math.clz32(microseconds), 0);
  return Math.min(63 - Math.clz32(microseconds / TWO_32), LIFETIME_COLUMNS - 1);
}

function grown(column: Float64Array, rows: number): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(rows);
  longer.set(column);
  return longer;
}
