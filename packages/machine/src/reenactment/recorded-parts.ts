/** Parts of a machine that does what was recorded: its clock, and where its page_ext lies. */
import type { TableSource } from '@page-owner/page-ext';
import type { Clock } from '@page-owner/page-owner';

const LOW_WORD = 0xffff_ffffn;

/** Shows the times it was given, one after the other, then what it is set to, and at last what another clock shows. */
export class RecordedClock implements Clock {
  readonly #times: readonly bigint[];
  #next = 0;
  #low = 0;
  #high = 0;
  #successor: Clock | null = null;

  constructor(times: readonly bigint[]) {
    this.#times = times;
  }

  set(ns: bigint): void {
    this.#low = Number(ns & LOW_WORD);
    this.#high = Number(ns >> 32n);
  }

  /** From now on `clock` is asked. */
  handOver(clock: Clock): void {
    this.#successor = clock;
  }

  read(into: Uint32Array): void {
    if (this.#successor !== null) {
      this.#successor.read(into);
      return;
    }
    const next = this.#times[this.#next];
    if (next !== undefined) {
      this.#next++;
      this.set(next);
    }
    into[0] = this.#low;
    into[1] = this.#high;
  }
}

const PAGE_BYTES = 4096;

/**
 * Gives page_ext frames that were in use before page_owner ran, and which the machine has allocated by now: most of
 * them were its own. A table gets frames in a row as long as there are such, then whichever are left. A dump from which
 * early records were taken out leaves none; then nobody is charged.
 */
export class RecordedTables implements TableSource {
  readonly shared = false;
  readonly #left: Set<number>;

  /** @param frames ascending */
  constructor(frames: readonly number[]) {
    this.#left = new Set(frames);
  }

  allocate(bytes: number): ArrayBuffer {
    const count = Math.ceil(bytes / PAGE_BYTES);
    const first = this.#rowOf(count);
    if (first === undefined) for (const pfn of [...this.#left].slice(0, count)) this.#left.delete(pfn);
    else for (let pfn = first; pfn < first + count; pfn++) this.#left.delete(pfn);
    return new ArrayBuffer(bytes);
  }

  /** Not before memory is unplugged. */
  release(): void {}

  /** The first of so many frames in a row. */
  #rowOf(count: number): number | undefined {
    let start = -1;
    let last = -2;
    for (const pfn of this.#left) {
      if (pfn !== last + 1) start = pfn;
      last = pfn;
      if (last - start + 1 === count) return start;
    }
    return undefined;
  }
}
