/** A machine as it is after a boot: with a kernel image, and with all that kernel and first programs hold by then. */
import { bootMachine, type Machine, type MachineOptions } from '../machine.js';
import { parseCommandLine } from '../boot/command-line.js';
import { limitMemory } from '../boot/memory-parameters.js';
import { nodesOf, presentPages } from '../memory/memory-map.js';
import { startKhugepaged } from './khugepaged.js';
import { allocateEarly } from './early-pages.js';
import { pagesOfSystem, populate } from './population.js';

/** Memory in which a system boots, in pages: 64 MiB, less what a PC's firmware takes of it. */
const SMALLEST = 2 ** 14 - 256;

/** As of a machine; what is reserved follows from the system. */
export type SystemOptions = Omit<MachineOptions, 'reserved'>;

/** Whether there is memory enough for {@link bootSystem}: 64 MiB, after `mem=`. @throws RangeError if `memory` is none */
export function hasRoomForSystem({
  memory,
  cmdline = '',
}: Pick<SystemOptions, 'memory' | 'cmdline'>): boolean {
  const limited = limitMemory(nodesOf(memory), parseCommandLine(cmdline), () => {});
  return presentPages(limited) >= SMALLEST;
}

/**
 * Boots a machine that holds what a real one holds right after its boot: the memory of the kernel image (option `image`),
 * the early pages, and some 4000 pages of slabs, page tables, kernel stacks, page cache, anonymous memory and drivers, each
 * with its stack, task, mask, flags and control group. They are those of a 6.12.117, before 6.8 of a 6.1.192, of a virtual
 * machine with 2 GiB and 2 cpus; with other sizes the machine has the same pages.
 *
 * @throws RangeError or TypeError for options that make no machine, and where a system has no room
 */
export function bootSystem(options: SystemOptions): Machine {
  if (!hasRoomForSystem(options)) {
    throw new RangeError('a booted system needs 64M of memory; with less, boot a bare machine');
  }
  const machine = bootMachine({
    ...options,
    image: options.image ?? true,
    // A real kernel fills the pool after most of what it allocates itself.
    parts: { ...options.parts, hugetlbLeaves: options.parts?.hugetlbLeaves ?? pagesOfSystem },
    early: (machine) => {
      startKhugepaged(machine);
      allocateEarly(machine);
      // Those of which nothing is known are part of the past that is recorded.
      machine.events.forgetRequests();
      options.early?.(machine);
    },
  });
  populate(machine);
  return machine;
}
