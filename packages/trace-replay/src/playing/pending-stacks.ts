import type { TaskId } from '../tables/task-table.js';
import type { Slot } from '../tables/live-table.js';
import { EVENT_OTHER } from '../tables/trace-event.js';
import type { EventKind } from '../tables/trace-event.js';

/** An event that waits for its stack. */
export interface Waiting {
  /** One of the EVENT_ constants; what the rest means depends on it. */
  kind: number;
  pid: number;
  task: TaskId;
  slot: Slot;
  serial: number;
  pfn: number;
  pages: number;
  ns: number;
  order: number;
  gfp: number;
  migratetype: number;
  fallbackOrder: number;
  fallbackMigratetype: number;
  changeOwnership: number;
}

const newWaiting = (): Waiting => ({
  kind: 0,
  pid: 0,
  task: 0,
  slot: -1,
  serial: 0,
  pfn: 0,
  pages: 0,
  ns: 0,
  order: 0,
  gfp: 0,
  migratetype: 0,
  fallbackOrder: 0,
  fallbackMigratetype: 0,
  changeOwnership: 0,
});

/** Task, soft interrupt, interrupt, NMI: so many events of one cpu can be without their stack at one time. */
const CONTEXTS = 4;

/**
 * The events that wait for a stack. A stack is an event of its own, which follows on the same cpu and for the same task, but
 * not always at once: events of other cpus lie between, and an interrupt in just that moment puts its own events, with their
 * stacks, between as well. So a stack belongs to the last event of its cpu and pid that has none.
 */
export class PendingStacks {
  readonly #cpus: Waiting[][] = [];
  readonly #depths: number[] = [];
  /** What was forgotten because too many were waiting. */
  readonly #dropped: (waiting: Waiting) => void;

  /** @param dropped is told of each event that gets no stack; the object is used again */
  constructor(dropped: (waiting: Waiting) => void) {
    this.#dropped = dropped;
  }

  /** An event that may get a stack: the caller fills the object in. */
  push(cpu: number, pid: number): Waiting {
    const stack = (this.#cpus[cpu] ??= []);
    let depth = (this.#depths[cpu] ??= 0);
    if (depth > 0 && (stack[depth - 1] as Waiting).pid !== pid) {
      // Another task runs there now: those before it will get none.
      for (let i = 0; i < depth; i++) this.#dropped(stack[i] as Waiting);
      depth = 0;
    } else if (depth === CONTEXTS) {
      const oldest = stack.shift() as Waiting;
      this.#dropped(oldest);
      stack.push(oldest);
      depth--;
    }
    this.#depths[cpu] = depth + 1;
    const waiting = (stack[depth] ??= newWaiting());
    waiting.pid = pid;
    return waiting;
  }

  /**
   * The event that a stack of this cpu and task belongs to; it waits no more. A stack that says which kind of event it is of
   * belongs to no other: where only some kinds have stacks, as those with a trigger `stacktrace`, the others are passed
   * over.
   */
  pop(cpu: number, pid: number, kind: EventKind): Waiting | undefined {
    const stack = this.#cpus[cpu];
    const depth = this.#depths[cpu] ?? 0;
    if (stack === undefined || depth === 0) return undefined;
    let at = depth - 1;
    if (kind !== EVENT_OTHER) while (at > 0 && stack[at]?.kind !== kind) at--;
    const waiting = stack[at] as Waiting;
    if (waiting.pid !== pid || (kind !== EVENT_OTHER && kind !== waiting.kind)) return undefined;
    if (at < depth - 1) stack.splice(depth - 1, 0, ...stack.splice(at, 1));
    this.#depths[cpu] = depth - 1;
    return waiting;
  }

  /** What waits on `cpu` will get no stack, as that may be lost; undefined: on all cpus. */
  drop(cpu: number | undefined): void {
    this.#cpus.forEach((stack, at) => {
      if (cpu !== undefined && at !== cpu) return;
      for (let i = 0; i < (this.#depths[at] ?? 0); i++) this.#dropped(stack[i] as Waiting);
      this.#depths[at] = 0;
    });
  }
}
