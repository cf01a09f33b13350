import { IntColumn } from './columns.js';
import { UNKNOWN } from '../indices.js';
import type { CgroupIndex, TaskIndex } from '../indices.js';

/** Tasks that allocated. Row 0 is the task of records that name none (kernels before 5.11, lists of stacks). */
export interface TaskTable {
  /** Rows. */
  readonly length: number;
  /** -1 when the source has no pid. */
  readonly pid: Int32Array;
  /** -1 when the source has no tgid (before 5.18). */
  readonly tgid: Int32Array;
  /** What the process chose to be called, any text: escape it before it reaches a terminal. */
  readonly name: readonly string[];
}

/** Memory control groups that pages are charged to. Row 0 is no group. */
export interface CgroupTable {
  /** Rows. */
  readonly length: number;
  /** The last component of the path; any text. */
  readonly name: readonly string[];
  /** 1: the group has been removed. */
  readonly offline: Uint8Array;
}

export class TaskTableBuilder {
  readonly #byKey = new Map<string, TaskIndex>();
  readonly #pid = new IntColumn();
  readonly #tgid = new IntColumn();
  readonly #names: string[] = [];

  constructor() {
    this.indexOf(undefined, undefined, '');
  }

  indexOf(pid: number | undefined, tgid: number | undefined, name: string): TaskIndex {
    const key = `${pid ?? ''} ${tgid ?? ''} ${name}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    this.#byKey.set(key, this.#names.length);
    this.#names.push(name);
    this.#tgid.push(tgid ?? UNKNOWN);
    return this.#pid.push(pid ?? UNKNOWN);
  }

  finish(): TaskTable {
    return {
      length: this.#names.length,
      pid: this.#pid.values.slice(),
      tgid: this.#tgid.values.slice(),
      name: [...this.#names],
    };
  }
}

export class CgroupTableBuilder {
  readonly #byKey = new Map<string, CgroupIndex>();
  readonly #names: string[] = [''];
  readonly #offline: number[] = [0];

  indexOf(name: string, offline: boolean): CgroupIndex {
    const key = `${offline ? 1 : 0}${name}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    this.#byKey.set(key, this.#names.length);
    this.#offline.push(offline ? 1 : 0);
    return this.#names.push(name) - 1;
  }

  finish(): CgroupTable {
    return { length: this.#names.length, name: [...this.#names], offline: Uint8Array.from(this.#offline) };
  }
}
