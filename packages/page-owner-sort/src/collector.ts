import { compareByGroup, compareForOutput } from './group.js';
import type { CompareGroups } from './group.js';
import { Grouper } from './grouper.js';
import type { LineFacts, RecordNumbers, StackFacts, Texts } from './grouper.js';
import type { Plan } from './plan.js';
import { mergeRuns } from './merge.js';
import { writeRun } from './run.js';
import type { RunSource, RunStore } from './run.js';

/** Groups, or bytes of distinct texts, that are kept in memory; beyond either, the groups go to the store as a run. */
export interface MemoryLimits {
  /** Groups. */
  readonly groups: number;
  /** Bytes of distinct texts. */
  readonly textBytes: number;
}

const DEFAULT_LIMITS: MemoryLimits = { groups: 1 << 14, textBytes: 16 << 20 };

/** So many runs of a size become one of the next, so that few are open however long the input is. */
const RUNS_A_LEVEL = 16;

/** Gathers records into groups, and puts groups away as ordered runs whenever they become too many. */
export class Collector {
  /** Level by level: a run of a level is made of RUNS_A_LEVEL of the level below. */
  readonly #levels: RunSource[][] = [];
  readonly #grouper: Grouper;
  readonly #store: RunStore;
  readonly #texts: Texts;
  readonly #limits: MemoryLimits;
  readonly #same: CompareGroups;
  readonly #order: CompareGroups;

  constructor(plan: Plan, store: RunStore, texts: Texts, limits: MemoryLimits = DEFAULT_LIMITS) {
    this.#grouper = new Grouper(plan);
    this.#store = store;
    this.#texts = texts;
    this.#limits = limits;
    this.#same = compareByGroup(plan);
    this.#order = plan.orderedByGroup ? compareForOutput(plan) : this.#same;
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
    groups.sort(this.#order);
    this.#grouper.clear();
    let run = writeRun(groups, this.#store);
    for (let level = 0; ; level++) {
      const runs = (this.#levels[level] ??= []);
      runs.push(run);
      if (runs.length < RUNS_A_LEVEL) return;
      run = writeRun(mergeRuns(runs.splice(0), this.#order, this.#same, this.#store), this.#store);
    }
  }

  /** What has been put away. */
  get runs(): readonly RunSource[] {
    return this.#levels.flat();
  }
}
