/** The directory page_owner_stacks of debugfs, 6.9 and later: live pages by stack. */
import type { StackDepot, StackHandle, Symbolizer } from '@page-owner/stackdepot';
import type { Errno } from './errno.js';
import type { StackList } from './stack-list.js';
import type { TrackerRules } from './tracker-rules.js';

const MAX_U64 = 2n ** 64n - 1n;
/** What an attribute file keeps of what is written to it. */
const ATTRIBUTE_BYTES = 23;

const NUMBER = /^\+?(0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)\n?$/i;

/** The files of debugfs page_owner_stacks: pages or records by stack, above a threshold. */
export class StackFiles {
  readonly #depot: StackDepot;
  readonly #list: StackList;
  readonly #rules: TrackerRules;
  #threshold = 0n;

  constructor(depot: StackDepot, list: StackList, rules: TrackerRules) {
    this.#depot = depot;
    this.#list = list;
    this.#rules = rules;
  }

  /** Stacks that were counted, the newest first, the dummy and failure stacks last. */
  handles(): Iterable<StackHandle> {
    return this.#list.handles();
  }

  /** Pages (6.9-rc1: allocations) of a stack that are live. */
  pagesOf(handle: StackHandle): number {
    return this.#depot.countOf(handle) - 1;
  }

  /** show_stacks: stacks with at least one page, and not fewer than the threshold. */
  showStacks(symbolizer: Symbolizer): string {
    const label = this.#rules.counts === 'allocations' ? 'stack_count' : 'nr_base_pages';
    return this.#shown((handle, pages) => `${this.#depot.print(handle, symbolizer)}${label}: ${pages}\n\n`);
  }

  /** show_handles: the same, each stack by its handle. 6.19 and later. */
  showHandles(): string {
    return this.#shown((handle, pages) => `handle: ${handle | 0}\nnr_base_pages: ${pages}\n\n`);
  }

  /** show_stacks_handles: which handle is which stack; all of them, whatever their counts. 6.19 and later. */
  showStacksHandles(symbolizer: Symbolizer): string {
    let text = '';
    for (const handle of this.handles()) {
      text += `${this.#depot.print(handle, symbolizer)}handle: ${handle | 0}\n\n`;
    }
    return text;
  }

  /** count_threshold: fewer pages are not shown. */
  get threshold(): bigint {
    return this.#threshold;
  }

  /** What reading count_threshold gives; a newline ends it only in the development tree. */
  readThreshold(): string {
    return `${this.#threshold}${this.#rules.thresholdNewline ? '\n' : ''}`;
  }

  /**
   * What writing count_threshold does: decimal, hexadecimal with 0x, octal with 0.
   *
   * @returns bytes written; `EINVAL` if it is no number, `ERANGE` if it is one of more than 64 bits
   */
  writeThreshold(text: string): number | Errno {
    const digits = NUMBER.exec(text.slice(0, ATTRIBUTE_BYTES))?.[1];
    if (digits === undefined) return 'EINVAL';
    const value = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
    if (value > MAX_U64) return 'ERANGE';
    this.#threshold = value;
    return text.length;
  }

  #shown(format: (handle: StackHandle, pages: number) => string): string {
    let text = '';
    for (const handle of this.handles()) {
      const pages = this.pagesOf(handle);
      if (pages >= 1 && BigInt(pages) >= this.#threshold) text += format(handle, pages);
    }
    return text;
  }
}
