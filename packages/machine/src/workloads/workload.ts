/** What a workload is, and how some of them share a machine and its clock. */
import type { Machine } from '../machine.js';
import { Workbench } from './workbench.js';

/** Nanoseconds. */
export const MS = 1_000_000;
export const SECOND = 1000 * MS;

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

interface Sleeper {
  readonly cpu: number;
  readonly steps: Steps;
  /** When it goes on. */
  wake: number;
}

/** Runs workloads beside each other for `duration` ns of the machine's clock, or until all have ended. */
export function runTogether(machine: Machine, all: readonly (() => Steps)[], duration: number): void {
  const { allocator, clock, stacks, tasks } = machine;
  const nodes = 1 + Math.max(...allocator.zones().map(({ node }) => node));
  const { cpu, node } = allocator;
  const { current } = stacks;
  const { running } = tasks;
  const end = clock.ns + duration;
  const awake = all.map((start, i): Sleeper => ({ cpu: i % machine.cpus, steps: start(), wake: clock.ns }));
  const runOn = (sleeper: Sleeper): void => {
    allocator.cpu = sleeper.cpu;
    allocator.node = Math.floor((sleeper.cpu * nodes) / machine.cpus);
  };
  try {
    while (awake.length > 0) {
      const next = awake.reduce((first, other) => (other.wake < first.wake ? other : first));
      if (Math.max(next.wake, clock.ns) >= end) break;
      if (next.wake > clock.ns) clock.advanceTo(next.wake);
      runOn(next);
      const { done, value } = next.steps.next();
      if (done) awake.splice(awake.indexOf(next), 1);
      else next.wake = clock.ns + value;
    }
    if (awake.length > 0 && clock.ns < end) clock.advanceTo(end);
  } finally {
    for (const sleeper of awake) {
      runOn(sleeper);
      sleeper.steps.return();
    }
    allocator.cpu = cpu;
    allocator.node = node;
    stacks.current = current;
    tasks.running = running;
  }
}
