import { Task, type CurrentTask } from '@page-owner/page-owner';

const FIRST_PID = 1;

/** Tasks by name, numbered in the order in which they first ran; each thread has its own. */
export class ProgramTasks implements CurrentTask {
  /** How many there are, in all threads: one word. */
  readonly count: Int32Array;
  readonly #fallback: string;
  readonly #nameOf: () => string | undefined;
  readonly #tasks = new Map<string, Task>();
  #asking = false;

  /** @param fallback who runs where nobody says who */
  constructor(nameOf: (() => string | undefined) | undefined, fallback: string, count: Int32Array) {
    this.count = count;
    this.#fallback = fallback;
    this.#nameOf = nameOf ?? (() => fallback);
  }

  current(): Task {
    const name = this.#name();
    let task = this.#tasks.get(name);
    if (task === undefined) {
      const pid = FIRST_PID + Atomics.add(this.count, 0, 1);
      task = new Task(pid, pid, name);
      this.#tasks.set(name, task);
    }
    return task;
  }

  /** The function is the program's: it may throw, or take pages itself, and no page is to be lost by that. */
  #name(): string {
    if (this.#asking) return this.#fallback;
    this.#asking = true;
    try {
      return String(this.#nameOf() ?? this.#fallback);
    } catch {
      return this.#fallback;
    } finally {
      this.#asking = false;
    }
  }
}
