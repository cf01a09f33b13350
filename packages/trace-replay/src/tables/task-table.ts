import { decodeText } from '@page-owner/dump-format';
import { TextTable } from './text-table.js';
import type { TextId } from './text-table.js';

/** Number of a distinct task, from 0. Task 0 is nobody. */
export type TaskId = number;

/** A task as the trace names it. */
export interface TraceTask {
  /** Name at most 15 bytes long; `<...>` when the tracer had forgotten it. It is untrusted. */
  readonly comm: string;
  /** 0 is the idle task of a cpu, -1 nobody. */
  readonly pid: number;
  /** Thread group; undefined when neither trace nor baseline tells it. */
  readonly tgid: number | undefined;
}

/** TASK_COMM_LEN without its NUL. */
const LONGEST_NAME = 15;

interface Task {
  comm: string;
  pid: number;
  tgid: number | undefined;
}

const NOBODY: Task = { comm: '<...>', pid: -1, tgid: undefined };

/**
 * The tasks of a trace. Tracefs and trace-cmd name a task by what it was called last when the trace was written, so a shell
 * that became `cat` is `cat` from its first event on. Events of `task_rename` and `task_newtask` tell better, and each name
 * that a task had is then a task of its own.
 */
export class TaskTable {
  readonly #texts = new TextTable();
  /** By id of the distinct text `comm-pid`. */
  #ofText: (TaskId | undefined)[] = [];
  readonly #tasks: Task[] = [NOBODY];
  readonly #textsOfPid = new Map<number, TextId[]>();
  readonly #ofPid = new Map<number, TaskId>();
  /** What `task_rename` and `task_newtask` said last. */
  readonly #known = new Map<number, string>();
  /** Thread groups of pids whose names are forgotten. */
  readonly #tgids = new Map<number, number>();
  readonly #idle: TaskId[] = [];
  /** Of the line before on the same cpu: tasks come in runs. */
  readonly #lastTexts: TextId[] = [];

  get length(): number {
    return this.#tasks.length;
  }

  at(id: TaskId): TraceTask {
    return this.#tasks[id] ?? NOBODY;
  }

  /** The task whose name is bytes[start, nameEnd), and whose name and id together are bytes[start, end). */
  idOf(
    bytes: Uint8Array,
    view: DataView,
    start: number,
    nameEnd: number,
    end: number,
    pid: number,
    tgid: number,
    cpu: number,
  ): TaskId {
    let text = this.#lastTexts[cpu] ?? 0;
    if (!this.#texts.is(text, view, start, end)) {
      text = this.#texts.idOf(view, start, end);
      this.#lastTexts[cpu] = text;
    }
    let id = this.#ofText[text];
    if (id === undefined) {
      const known = this.#known.get(pid);
      if (known === undefined) {
        id = this.#add(decodeText(bytes.subarray(start, Math.min(nameEnd, start + LONGEST_NAME))), pid);
        if (!this.#ofPid.has(pid)) this.#ofPid.set(pid, id);
      } else id = this.#ofPid.get(pid) ?? this.#add(known, pid);
      this.#ofText[text] = id;
      const texts = this.#textsOfPid.get(pid);
      if (texts) texts.push(text);
      else this.#textsOfPid.set(pid, [text]);
    }
    if (tgid >= 0) (this.#tasks[id] as Task).tgid = tgid;
    return id;
  }

  /** A task by name, of a baseline or of nobody. */
  named(comm: string, pid: number): TaskId {
    return this.#add(comm, pid);
  }

  /** `pid`, called `oldName` until now, is called `newName` from now on. */
  rename(pid: number, oldName: string, newName: string): void {
    const id = this.#ofPid.get(pid);
    if (id !== undefined && !this.#known.has(pid)) (this.#tasks[id] as Task).comm = oldName;
    this.#begin(pid, newName, id === undefined ? undefined : (this.#tasks[id] as Task).tgid);
  }

  /** `pid` begins its life, as a thread of `parent` or as a process of its own. */
  begin(pid: number, name: string, parent: number, isThread: boolean): void {
    const group = this.#tasks[this.#ofPid.get(parent) ?? 0]?.tgid ?? parent;
    this.#begin(pid, name, isThread ? group : pid);
  }

  /** Tasks may have taken other names while events were lost: from here on they are called what their own lines say. */
  forget(): void {
    for (const pid of this.#known.keys()) {
      const { tgid } = this.at(this.#ofPid.get(pid) ?? 0);
      if (tgid !== undefined) this.#tgids.set(pid, tgid);
      for (const text of this.#textsOfPid.get(pid) ?? []) this.#ofText[text] = undefined;
      this.#textsOfPid.delete(pid);
      this.#ofPid.delete(pid);
    }
    this.#known.clear();
  }

  #begin(pid: number, comm: string, tgid: number | undefined): void {
    const id = this.#add(comm, pid);
    (this.#tasks[id] as Task).tgid = tgid;
    for (const text of this.#textsOfPid.get(pid) ?? []) this.#ofText[text] = id;
    this.#ofPid.set(pid, id);
    this.#known.set(pid, comm);
  }

  /**
   * The idle task of a cpu, which tracefs and trace-cmd call `<idle>` and perf `swapper`; the kernel itself, and so
   * page_owner, calls it `swapper/CPU`.
   */
  idle(cpu: number): TaskId {
    return (this.#idle[cpu] ??= this.#add(`swapper/${cpu}`, 0));
  }

  #add(comm: string, pid: number): TaskId {
    return this.#tasks.push({ comm, pid, tgid: this.#tgids.get(pid) }) - 1;
  }
}
