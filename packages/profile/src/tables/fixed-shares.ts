import { grown, IntColumn } from './columns.js';
import { UNKNOWN } from '../indices.js';
import type { BlockIndex, StackIndex } from '../indices.js';

/**
 * Whose the pages are that cannot be moved away, pageblock by pageblock. Those of block `b` are the rows from `start[b]` to
 * before `start[b + 1]`, each stack once, in the order in which the dump comes to them:
 *
 *   block   0            1   2
 *   start   0            2   2               5      one more than there are blocks
 *   stack   12    7          12   3    9            StackIndex
 *   pages   500   12         1    1    64           base pages; the sum in a block is its `fixedPages`
 */
export interface FixedShares {
  /** First row of each block, and one past the last row. */
  readonly start: Int32Array;
  /** StackIndex. */
  readonly stack: Int32Array;
  /** Base pages. */
  readonly pages: Float64Array;
}

/** Collects {@link FixedShares}; memory grows with pairs of a block and a stack in it. */
export class FixedSharesBuilder {
  /** A row for each pair; another where the dump has been elsewhere meanwhile, as when it is several put together. */
  readonly #block = new IntColumn();
  readonly #stack = new IntColumn();
  #pages = new Float64Array(256);
  /** By stack: its last row. */
  #last = new Int32Array(256).fill(UNKNOWN);

  add(block: BlockIndex, stack: StackIndex, pages: number): void {
    if (stack >= this.#last.length) {
      const last = new Int32Array(Math.max(2 * this.#last.length, stack + 1)).fill(UNKNOWN);
      last.set(this.#last);
      this.#last = last;
    }
    let row = this.#last[stack]!;
    if (row < 0 || this.#block.at(row) !== block) {
      row = this.#block.push(block);
      this.#stack.push(stack);
      this.#last[stack] = row;
      if (row === this.#pages.length) this.#pages = grown(this.#pages, 2 * row);
    }
    this.#pages[row]! += pages;
  }

  /** The shares in `blocks` blocks. */
  finish(blocks: number): FixedShares {
    const rows = this.#rowsByBlock(blocks);
    const start = new Int32Array(blocks + 1);
    const stack = new Int32Array(rows.length);
    const pages = new Float64Array(rows.length);
    const last = new Int32Array(this.#last.length).fill(UNKNOWN);
    let length = 0;
    let block = 0;
    for (const row of rows) {
      while (block < this.#block.at(row)) start[++block] = length;
      const own = this.#stack.at(row);
      if (last[own]! < start[block]!) {
        stack[length] = own;
        last[own] = length++;
      }
      pages[last[own]!]! += this.#pages[row]!;
    }
    start.fill(length, block + 1);
    return { start, stack: stack.slice(0, length), pages: pages.slice(0, length) };
  }

  /** The rows in the order of their blocks, those of a block as they came. */
  #rowsByBlock(blocks: number): Int32Array {
    const at = new Int32Array(blocks + 1);
    const { values } = this.#block;
    for (const block of values) at[block + 1]!++;
    for (let block = 0; block < blocks; block++) at[block + 1]! += at[block]!;
    const rows = new Int32Array(values.length);
    values.forEach((block, row) => (rows[at[block]!++] = row));
    return rows;
  }
}
