import { Task, type CurrentTask } from '@page-owner/page-owner';

const FIRST_PID = 1;

/** Tasks by name, numbered in the order in which they first ran. */
export class ProgramTasks implements CurrentTask {
  readonly #nameOf: () => string;
  readonly #tasks = new Map<string, Task>();

  constructor(nameOf: () => string = () => 'main') {
    this.#nameOf = nameOf;
  }

  current(): Task {
    const name = this.#nameOf();
    let task = this.#tasks.get(name);
    if (task === undefined) {
      const pid = FIRST_PID + this.#tasks.size;
      task = new Task(pid, pid, name);
      this.#tasks.set(name, task);
    }
    return task;
  }
}
