import type { CompareGroups, Group } from './group.js';
import { RunReader, writeRun } from './run.js';
import type { RunSource, RunStore } from './run.js';

/** How many runs are open at once; more are merged into fewer first. */
const FAN_IN = 64;

/**
 * Merges runs that are each ordered by `order` into one sequence in that order. Groups for which `same` is 0 have to
 * be neighbours in it and become one: their sums are added, and the fields of a first record are those of the earlier.
 */
export function* mergeRuns(
  runs: readonly RunSource[],
  order: CompareGroups,
  same: CompareGroups,
  store: RunStore,
): Generator<Group> {
  let sources = [...runs];
  while (sources.length > FAN_IN) {
    const merged: RunSource[] = [];
    for (let i = 0; i < sources.length; i += FAN_IN) {
      merged.push(writeRun(mergeFew(sources.slice(i, i + FAN_IN), order, same), store));
    }
    sources = merged;
  }
  yield* mergeFew(sources, order, same);
}

function* mergeFew(
  sources: readonly RunSource[],
  order: CompareGroups,
  same: CompareGroups,
): Generator<Group> {
  const heap = new RunHeap(sources, order);
  try {
    let current = heap.pop();
    for (let next = heap.pop(); next; next = heap.pop()) {
      if (same(current!, next) === 0) {
        current = add(current!, next);
      } else {
        yield current!;
        current = next;
      }
    }
    if (current) yield current;
  } finally {
    heap.close();
  }
}

/** The one group that two of the same make. */
function add(a: Group, b: Group): Group {
  const first = a.offset <= b.offset ? a : b;
  return { ...first, times: a.times + b.times, pages: a.pages + b.pages };
}

interface Head {
  group: Group;
  reader: RunReader;
}

/** A binary heap of the first groups of runs. */
class RunHeap {
  readonly #heads: Head[] = [];
  readonly #order: CompareGroups;

  constructor(sources: readonly RunSource[], order: CompareGroups) {
    this.#order = order;
    for (const source of sources) {
      const reader = new RunReader(source);
      const group = reader.next();
      if (group) this.#heads.push({ group, reader });
      else reader.close();
    }
    for (let i = this.#heads.length >> 1; i-- > 0;) this.#sink(i);
  }

  /** Takes the first group in order. */
  pop(): Group | undefined {
    const head = this.#heads[0];
    if (!head) return undefined;
    const { group } = head;
    const next = head.reader.next();
    if (next) {
      head.group = next;
    } else {
      head.reader.close();
      const last = this.#heads.pop()!;
      if (this.#heads.length) this.#heads[0] = last;
    }
    this.#sink(0);
    return group;
  }

  /** Closes the runs that have not come to their end. */
  close(): void {
    for (const { reader } of this.#heads.splice(0)) reader.close();
  }

  #sink(from: number): void {
    const heads = this.#heads;
    let parent = from;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= heads.length) return;
      if (child + 1 < heads.length && this.#order(heads[child + 1]!.group, heads[child]!.group) < 0) child++;
      if (this.#order(heads[parent]!.group, heads[child]!.group) <= 0) return;
      [heads[parent], heads[child]] = [heads[child]!, heads[parent]!];
      parent = child;
    }
  }
}
