/** What a workload is, and how some of them share a machine and its clock. */
import type { Machine } from '../machine.js';
import { Workbench } from './workbench.js';

/** Nanoseconds. */
export const MS = 1_000_000;
const SECOND = 1000 * MS;

/**
 * Does a little work, then yields for how many nanoseconds it sleeps. Time also passes while it works. When its time is
 * up, its `finally` runs.
 */
export type Steps = Generator<number, void, void>;

export interface Workload {
  /** One line. */
  readonly summary: string;
  readonly run: (bench: Workbench) => Steps;
}

export const nodeCount = ({ allocator }: Machine): number =>
  1 + Math.max(...allocator.zones().map(({ node }) => node));

/** A cpu goes on: its per-cpu lists are used, and memory of its node, of so many. */
export function runOn({ allocator, cpus }: Machine, cpu: number, nodes: number): void {
  allocator.cpu = cpu;
  allocator.node = Math.floor((cpu * nodes) / cpus);
}

interface Sleeper {
  readonly cpu: number;
  readonly steps: Steps;
  /** When it goes on. */
  wake: number;
}

/** Work in progress: some workloads beside each other on one machine, interleaved by its clock. */
export class Job {
  readonly #machine: Machine;
  readonly #nodes: number;
  readonly #sleepers: Sleeper[];

  /** Use `startWorkload`. */
  constructor(machine: Machine, all: readonly Steps[]) {
    this.#machine = machine;
    this.#nodes = nodeCount(machine);
    this.#sleepers = all.map((steps, i) => ({ cpu: i % machine.cpus, steps, wake: machine.clock.ns }));
  }

  /**
   * Goes on for so many seconds of the machine's clock, or until all are done.
   *
   * @returns whether there is more to do
   */
  run(seconds: number): boolean {
    if (!(seconds > 0 && Number.isFinite(seconds))) {
      throw new RangeError(`a workload runs for more than 0 seconds, got ${seconds}`);
    }
    return this.runUntil(this.#machine.clock.ns + seconds * SECOND);
  }

  /**
   * Goes on until a time of the machine's clock in nanoseconds, or until all are done. In how many pieces makes no
   * difference.
   *
   * @returns whether there is more to do
   */
  runUntil(end: number): boolean {
    if (!Number.isFinite(end))
      throw new RangeError(`a workload runs until a time in nanoseconds, got ${end}`);
    const { clock } = this.#machine;
    const sleepers = this.#sleepers;
    this.#onMachine(() => {
      while (sleepers.length > 0) {
        const next = sleepers.reduce((first, other) => (other.wake < first.wake ? other : first));
        if (Math.max(next.wake, clock.ns) >= end) break;
        if (next.wake > clock.ns) clock.advanceTo(next.wake);
        runOn(this.#machine, next.cpu, this.#nodes);
        const { done, value } = next.steps.next();
        if (done) sleepers.splice(sleepers.indexOf(next), 1);
        else next.wake = clock.ns + value;
      }
    });
    if (sleepers.length > 0 && clock.ns < end) clock.advanceTo(Math.floor(end));
    return sleepers.length > 0;
  }

  /** Ends all of them. Those that clean up behind them do it now. */
  stop(): void {
    this.#onMachine(() => {
      for (const { cpu, steps } of this.#sleepers.splice(0)) {
        runOn(this.#machine, cpu, this.#nodes);
        steps.return();
      }
    });
  }

  /** Cpu, node, task and stack are afterwards what they were. */
  #onMachine(work: () => void): void {
    const { allocator, stacks, tasks } = this.#machine;
    const { cpu, node } = allocator;
    const { current } = stacks;
    try {
      this.#machine.runAs(tasks.running, work);
    } finally {
      allocator.cpu = cpu;
      allocator.node = node;
      stacks.current = current;
    }
  }
}
