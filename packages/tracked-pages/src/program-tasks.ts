import { Task, type CurrentTask } from '@page-owner/page-owner';

const FIRST_PID = 1;

/** Who runs where nobody says who. */
const MAIN = 'main';

/** Tasks by name, numbered in the order in which they first ran. */
export class ProgramTasks implements CurrentTask {
  readonly #nameOf: () => string | undefined;
  readonly #tasks = new Map<string, Task>();
  #asking = false;

  constructor(nameOf: () => string | undefined = () => MAIN) {
    this.#nameOf = nameOf;
  }

  current(): Task {
    const name = this.#name();
    let task = this.#tasks.get(name);
    if (task === undefined) {
      const pid = FIRST_PID + this.#tasks.size;
      task = new Task(pid, pid, name);
      this.#tasks.set(name, task);
    }
    return task;
  }

  /** The function is the program's: it may throw, or take pages itself, and no page is to be lost by that. */
  #name(): string {
    if (this.#asking) return MAIN;
    this.#asking = true;
    try {
      return String(this.#nameOf() ?? MAIN);
    } catch {
      return MAIN;
    } finally {
      this.#asking = false;
    }
  }
}
