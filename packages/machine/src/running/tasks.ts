/** Tasks: who runs, and ids for new ones. */
import { Task, type CurrentTask } from '@page-owner/page-owner';

/** Linux numbers tasks up to here, and begins again at 300. */
const PID_MAX = 32768;
const FIRST_AGAIN = 300;

/** The tasks of a machine, and which is running. */
export class Tasks implements CurrentTask {
  /** Task 0, which boots the kernel. */
  readonly swapper = new Task(0, 0, 'swapper');
  /** Task 1: `swapper/0` until it executes init. */
  readonly init = new Task(1, 1, 'swapper/0');
  /** Who runs. */
  running: Task = this.swapper;
  /** Task 2 is kthreadd. */
  #last = 2;
  readonly #used = new Set([0, 1, 2]);
  readonly #ended = new WeakSet<Task>();

  /** Who runs. */
  current(): Task {
    return this.running;
  }

  /**
   * A new process, or with `leader` another thread of it.
   *
   * @param name up to 15 bytes, the rest is cut off
   * @throws Error if all ids are taken
   */
  spawn(name: string | Uint8Array, leader?: Task): Task {
    let pid = this.#last;
    do {
      pid = pid + 1 < PID_MAX ? pid + 1 : FIRST_AGAIN;
      if (pid === this.#last) throw new Error(`all ${PID_MAX} task ids are taken`);
    } while (this.#used.has(pid));
    this.#used.add(pid);
    this.#last = pid;
    return new Task(pid, leader?.tgid ?? pid, name);
  }

  /** A task from elsewhere; its id is not given to another. */
  adopt(task: Task): void {
    this.#used.add(task.pid);
  }

  /** New tasks have ids behind this one: those up to it have been given. */
  skipTo(pid: number): void {
    this.#last = Math.max(this.#last, pid);
  }

  /**
   * The task ends; its id can be given to another.
   *
   * @throws Error for tasks 0 and 1, which never end
   */
  exit(task: Task): void {
    if (task === this.swapper || task === this.init) throw new Error(`task ${task.pid} does not end`);
    this.#used.delete(task.pid);
    this.#ended.add(task);
  }

  /** Whether {@link exit} was called for it. */
  hasEnded(task: Task): boolean {
    return this.#ended.has(task);
  }
}
