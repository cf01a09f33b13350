import { compareByGroup, compareForOutput } from './group.js';
import { Grouper } from './grouper.js';
import type { LineFacts, RecordNumbers, StackFacts, Texts } from './grouper.js';
import type { Plan } from './plan.js';
import { writeRun } from './run.js';
import type { RunSource, RunStore } from './run.js';

/** Groups, or bytes of distinct texts, that are kept in memory; beyond either, the groups go to the store as a run. */
export interface MemoryLimits {
  readonly groups: number;
  readonly textBytes: number;
}

export const DEFAULT_LIMITS: MemoryLimits = { groups: 1 << 15, textBytes: 24 << 20 };

/** Gathers records into groups, and puts groups away as ordered runs whenever they become too many. */
export class Collector {
  readonly runs: RunSource[] = [];
  readonly #grouper: Grouper;
  readonly #plan: Plan;
  readonly #store: RunStore;
  readonly #texts: Texts;
  readonly #limits: MemoryLimits;

  constructor(plan: Plan, store: RunStore, texts: Texts, limits: MemoryLimits = DEFAULT_LIMITS) {
    this.#grouper = new Grouper(plan);
    this.#plan = plan;
    this.#store = store;
    this.#texts = texts;
    this.#limits = limits;
  }

  /** See `Grouper.add`. */
  add(
    record: RecordNumbers,
    line: LineFacts,
    stack: StackFacts,
    pfnAllocator: number,
    released: boolean,
  ): boolean {
    return this.#grouper.add(record, line, stack, pfnAllocator, released);
  }

  /** Puts the groups away when there are too many; true when it did, and then no id means anything any more. */
  putAwayIfLarge(textBytes: number): boolean {
    if (this.#grouper.size < this.#limits.groups && textBytes < this.#limits.textBytes) return false;
    this.putAway();
    return true;
  }

  /** Makes a run of the groups there are. */
  putAway(): void {
    if (!this.#grouper.size) return;
    const groups = [...this.#grouper.groups(this.#texts)];
    groups.sort((this.#plan.orderedByGroup ? compareForOutput : compareByGroup)(this.#plan));
    this.runs.push(writeRun(groups, this.#store));
    this.#grouper.clear();
  }
}
