/** What is written to below /proc/sys/vm to make the kernel do something. Source: fs/drop_caches.c, mm/compaction.c. */
import type { PageAllocator } from '@page-owner/buddy-allocator';
import type { MachineReclaimer } from '../memory/counted-keepers.js';
import { isBefore, type Kernel } from '../kernel/kernel.js';
import type { MemoryEvents } from '../memory/memory-events.js';
import type { Tasks } from '../running/tasks.js';
import type { MachineFile } from './file-tree.js';
import { sysctl } from './sysctl.js';

const ROOT = '/proc/sys/vm';
const WRITE_ONLY = 0o200;

const PAGE_CACHE = 1;
const SLAB = 2;
const QUIET = 4;

/** The part of a machine that does what is asked. */
interface SysctlTarget {
  readonly kernel: Kernel;
  readonly allocator: PageAllocator;
  readonly events: MemoryEvents;
  readonly tasks: Tasks;
  readonly reclaimer: MachineReclaimer | null;
  /** Adds a line to the kernel log. */
  print(line: string): void;
}

export function vmSysctls(machine: SysctlTarget): MachineFile[] {
  const { allocator, events, kernel } = machine;
  let quiet = false;
  const drop = (value: number): void => {
    if ((value & PAGE_CACHE) !== 0) {
      machine.reclaimer?.drop?.('pagecache');
      events.add('drop_pagecache');
    }
    if ((value & SLAB) !== 0) {
      machine.reclaimer?.drop?.('slab');
      events.add('drop_slab');
    }
    if (!quiet) machine.print(`${nameOf(machine)} (${machine.tasks.running.pid}): drop_caches: ${value}`);
    quiet ||= (value & QUIET) !== 0;
  };
  // Before 5.5 the last value could be read.
  const dropMode = isBefore(kernel.era, '5.11') ? 0o644 : WRITE_ONLY;
  return [
    sysctl({ path: `${ROOT}/drop_caches`, mode: dropMode, range: [1, 4], written: drop }),
    sysctl({
      ...{ path: `${ROOT}/compact_memory`, mode: WRITE_ONLY, written: () => void allocator.compact() },
      // 6.1 compacts whatever is written.
      range: kernel.allocator === '6.12' ? [1, 1] : null,
    }),
  ];
}

/** The name of the running task; what would control a terminal as /dev/kmsg writes it. */
function nameOf({ tasks }: SysctlTarget): string {
  const { comm } = tasks.running;
  const name = new TextDecoder().decode(comm.subarray(0, comm.indexOf(0)));
  return name.replaceAll(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
