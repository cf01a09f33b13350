/** The composition root: a computer whose page allocator, page_ext, stack depot and page_owner work on each other. */
import type { FrameRange, PageAllocator, PageHooks, PageMover, Pfn } from '@page-owner/buddy-allocator';
import { parseGfp, requireKnownOptions, type PageFlagsBuild } from '@page-owner/kernel-abi';
import { PageExt, type TableSource } from '@page-owner/page-ext';
import { AllocatorFrames, PageOwner, Task } from '@page-owner/page-owner';
import type { Clock, OwnStackName } from '@page-owner/page-owner';
import type { StackDepot } from '@page-owner/stackdepot';
import { bootSettings, createDepot, logCommandLine, onlineZones } from './boot/boot.js';
import * as lines from './boot/boot-lines.js';
import { bootStacks } from './boot/boot-stacks.js';
import { framesOf, KTHREAD, PAGE, WRITE } from './kernel/call-path.js';
import { MachineClock } from './running/clock.js';
import type { CommandLine } from './boot/command-line.js';
import { CountedMover, CountedReclaimer, type MachineReclaimer } from './memory/counted-keepers.js';
import { countedPages } from './memory/counted-pages.js';
import type { DirectMap } from './memory/direct-map.js';
import { debugFiles } from './files/debug-files.js';
import { FileTree } from './files/file-tree.js';
import { procFiles } from './files/proc-files.js';
import { vmSysctls } from './files/vm-sysctls.js';
import { fillHugetlbPool } from './boot/hugetlb.js';
import type { Kernel } from './kernel/kernel.js';
import type { KernelImage, PlacedImage } from './memory/kernel-image.js';
import { KernelLog } from './boot/kernel-log.js';
import { KernelText } from './kernel/kernel-text.js';
import { Kswapd } from './memory/kswapd.js';
import { translatingHooks } from './kernel/masks.js';
import { MemoryEvents } from './memory/memory-events.js';
import { MemoryHotplug, type AddMemoryOptions } from './memory/memory-hotplug.js';
import { pageExtFrames, presentPages, subsectionsOf, type MemoryOption } from './memory/memory-map.js';
import { CMA_NOT_ACTIVATED } from './boot/memory-parameters.js';
import { planMemory, type MemoryPlan } from './boot/memory-plan.js';
import { PageNotes, requireNote, type NoteId, type PageNote } from './pages/page-notes.js';
import { Random } from './running/random.js';
import { RecordText } from './pages/record-text.js';
import { Stacks, type StackId } from './running/stacks.js';
import { Tasks } from './running/tasks.js';
import { Trace, type TraceOptions } from './running/trace.js';
import { TrackerMemory, tablesFrom } from './memory/tracker-memory.js';

/** What computer is booted, and how. */
export interface MachineOptions {
  /** `2G` (a PC of that size), `1G+1G` (of two nodes), ranges of addresses or frames, or nodes. */
  readonly memory: MemoryOption;
  /** The kernel's command line, such as `page_owner=on`. Default: empty. */
  readonly cmdline?: string | undefined;
  /** How many cpus have per-cpu lists. Default 1. */
  readonly cpus?: number | undefined;
  /** A release from 3.19 on, or `newest`. Default `6.12`. */
  readonly kernel?: string | undefined;
  /** What the clock's steps and workloads derive from. Default 1. */
  readonly seed?: number | undefined;
  /** Frames the allocator never gets. Default: struct pages and the depot's hash table, at the end of each node. */
  readonly reserved?: readonly FrameRange[] | undefined;
  /** The clock goes on by multiples of so many nanoseconds. Default 1; with 1000 a trace's microseconds tell all. */
  readonly clockResolution?: number | undefined;
  /**
   * The kernel image, its RAM disk and hash tables take memory as on a real machine: as those of 6.1.192 or 6.12.117,
   * whichever is nearer, or with sizes of one's own. Default: nothing of that is there. Not with `reserved`.
   */
  readonly image?: boolean | KernelImage | undefined;
  /** Whole pageblocks of type CMA. */
  readonly cma?: readonly FrameRange[] | undefined;
  /** One past the highest frame that {@link Machine.addMemory} may plug in. Default: no room. */
  readonly maxPfn?: Pfn | undefined;
  /** `distances[a][b]` of nodes. */
  readonly distances?: readonly (readonly number[])[] | undefined;
  /** CONFIG_DEFERRED_STRUCT_PAGE_INIT, with which page_ext of later kernels comes late, too. Default false. */
  readonly deferredStructPages?: boolean | undefined;
  /** Where node and zone stand in the page flags. Default: an x86-64 distribution kernel. */
  readonly flagsBuild?: PageFlagsBuild | undefined;
  /** Runs before page_owner wakes: what it allocates are early pages. */
  readonly early?: ((machine: Machine) => void) | undefined;
  /** Trace from the first allocation on, see {@link Machine.startTrace}. */
  readonly trace?: TraceOptions | undefined;
  /** Parts of one's own. */
  readonly parts?: MachineParts | undefined;
}

const OPTIONS: Readonly<Record<keyof MachineOptions, true>> = {
  memory: true,
  cmdline: true,
  cpus: true,
  kernel: true,
  seed: true,
  reserved: true,
  clockResolution: true,
  image: true,
  cma: true,
  maxPfn: true,
  distances: true,
  deferredStructPages: true,
  flagsBuild: true,
  early: true,
  trace: true,
  parts: true,
};

/** What a machine makes for itself unless given. */
export interface MachineParts {
  /** What page_owner reads in place of the machine's clock. */
  readonly clock?: Clock | undefined;
  /** Where page_ext's tables come from. Default: the machine's allocator. */
  readonly tables?: ((allocator: PageAllocator, gfp: number) => TableSource) | undefined;
  /** Frames of the stacks that the tracker makes for itself. */
  readonly ownStacks?: Readonly<Record<OwnStackName, readonly string[]>> | undefined;
  /** Whether the depot's pools and the list of stacks take pages. Default true. */
  readonly chargeTracker?: boolean | undefined;
  /** Whether `hugepages=` takes pages. Default true. */
  readonly fillHugetlb?: boolean | undefined;
  /** Free pages that `hugepages=` leaves on each node to what comes after it. Default: none. */
  readonly hugetlbLeaves?: ((machine: Machine) => number) | undefined;
}

/** The longest step of the clock from one allocation or free to the next, in ticks of its resolution; a power of two. */
const LONGEST_STEP = 4096;
/** vm.stat_interval. */
const STAT_INTERVAL_NS = 1_000_000_000;
/** The longest step from one line of the boot log to the next, in nanoseconds. */
const LONGEST_BOOT_STEP = 8_000_000;

/**
 * Boots a computer in memory: zones come online, page_ext takes its tables from the allocator, page_owner wakes if the
 * command line has `page_owner=on`, and the kernel's log and files tell of it.
 *
 * @throws RangeError or TypeError for options that make no machine
 */
export const bootMachine = (options: MachineOptions): Machine => new Machine(options);

/** A booted computer in memory. Nothing runs by itself: its clock goes on when it allocates, frees, or is told to. */
export class Machine {
  /** The Linux that it behaves like. */
  readonly kernel: Kernel;
  /** What it was booted with. */
  readonly cmdline: CommandLine;
  /** How many there are, from 1. Which one runs is the allocator's `cpu`. */
  readonly cpus: number;
  /**
   * Levels of page tables: five where kernel (4.15 and later) and processor know them, unless `no5lvl` is on the command
   * line.
   */
  readonly pageTableLevels: 4 | 5;
  /** Goes on when the machine allocates and frees, and when it is told to. */
  readonly clock = new MachineClock();
  /** From the option `seed`. */
  readonly random: Random;
  /** Who runs. */
  readonly tasks = new Tasks();
  /** Call stacks by number. */
  readonly stacks: Stacks;
  /** What is known of pages beyond their owners. */
  readonly notes = new PageNotes();
  /** The page allocator. What is asked of it directly is not counted as an event. */
  readonly allocator: PageAllocator;
  /** What /proc/vmstat counts. */
  readonly events: MemoryEvents;
  /** Where stacks are kept. */
  readonly depot: StackDepot;
  /** `stack_depot_disable=on`. */
  readonly depotDisabled: boolean;
  /** The storage beside each page; empty when page_owner is off. */
  readonly ext: PageExt;
  /** The tracker. */
  readonly owner: PageOwner;
  /** Pages that the struct pages take, of boot memory. */
  readonly memmapPages: number;
  /** KiB of the first chunk of per-cpu areas; 0 without a kernel image. */
  readonly percpuKb: number;
  /** How the kernel has mapped boot memory. */
  readonly directMap: DirectMap;
  /** `cgroup_disable=memory`: no page is charged. */
  readonly memcgDisabled: boolean;
  /** Pages of private, writable mappings of tasks that were never touched; /proc/meminfo counts them as committed. */
  untouchedPages = 0;
  /** Files below /proc and /sys/kernel/debug. */
  readonly files = new FileTree();
  /** Owner records to the text of debugfs page_owner. */
  readonly recordText: RecordText;
  readonly #hotplug: MemoryHotplug;
  readonly #kswapd: Kswapd;
  readonly #reclaim: CountedReclaimer;
  readonly #log = new KernelLog(() => this.clock.ns);
  /** Until the kernel sets up its per-cpu lists, they keep nothing. */
  #bootPagesets = true;
  #trace: Trace | null = null;
  /** When per-cpu lists are looked after next; never by kernels that do not. */
  #decayDue = Infinity;
  #ownerHooks: PageHooks | null = null;
  readonly #resolution: number;
  readonly #trackerMemory: TrackerMemory;
  #hugetlbPages = 0;

  /** Use {@link bootMachine}. */
  constructor(options: MachineOptions) {
    requireKnownOptions('bootMachine', options, OPTIONS);
    const { parts = {}, clockResolution: resolution = 1 } = options;
    if (!Number.isInteger(resolution) || resolution < 1) {
      throw new RangeError(`the resolution of a clock is at least 1 ns, got ${resolution}`);
    }
    this.#resolution = resolution;
    const settings = bootSettings(options);
    this.kernel = settings.kernel;
    this.cmdline = settings.cmdline;
    this.cpus = settings.cpus;
    this.pageTableLevels = settings.pageTableLevels;
    this.depotDisabled = settings.depotDisabled;
    this.memcgDisabled = settings.memcgDisabled;
    this.random = new Random(options.seed ?? 1);
    const stacks = bootStacks(settings.tableTime);
    this.stacks = new Stacks(new KernelText(), parts.ownStacks ?? stacks.own);
    this.stacks.intern(stacks.boot);

    const plan = planMemory(options, this.kernel, this.cmdline, this.cpus, this.#bootPrint);
    logCommandLine(settings, plan, this.#bootPrint);
    this.directMap = plan.directMap;
    this.memmapPages = plan.memmapPages;
    this.percpuKb = this.cpus * (plan.image?.percpu ?? 0);

    // Zones come online.
    const memoryPages = presentPages(plan.nodes);
    this.allocator = onlineZones(plan, settings, options);
    this.events = new MemoryEvents(this.allocator, options.distances);
    this.#kswapd = this.#startKswapd(plan.nodes.length);
    this.#reclaim = new CountedReclaimer({
      stalled: (gfp) => this.events.stalled(gfp),
      progress: () => this.#kswapd.progress(),
      wakeKswapd: (node, order, highest, gfp) => this.#kswapd.wake(node, order, highest, gfp),
    });
    this.allocator.reclaimer = this.#reclaim;
    const pages = countedPages(this.allocator, this.events);
    this.#trackerMemory = new TrackerMemory(pages, this.kernel);
    if (options.trace) this.startTrace(options.trace);
    lines.zonelists(this.#bootPrint, plan.nodes.length, memoryPages);

    // The depot and page_owner, and what page_owner needs.
    const charge = settings.enabled && (parts.chargeTracker ?? true);
    const pools = charge ? this.#trackerMemory.pools(() => this.#poolAsked()) : undefined;
    this.depot = createDepot(settings, memoryPages, pools, this.#bootPrint);
    if (settings.tableTime === 'late') this.#lateBoot(plan);
    const subsections = subsectionsOf(plan.nodes, options.maxPfn);
    const extFrames = pageExtFrames(plan.nodes, subsections, options.maxPfn);
    const frames = new AllocatorFrames(this.allocator, extFrames.isValid);
    this.owner = new PageOwner({
      ...{ kernel: this.kernel.release, parameter: settings.pageOwner, depot: this.depot, frames },
      ...{ stacks: this.stacks, current: this.tasks, log: this.#bootPrint },
      clock: parts.clock ?? this.clock,
      ...(charge && { allocateNode: this.#trackerMemory.allocateNode }),
    });
    const tableGfp = this.gfp(TABLE_GFP);
    this.ext = new PageExt({
      clients: [this.owner.client],
      frames: extFrames,
      tables: parts.tables?.(this.allocator, tableGfp) ?? tablesFrom(pages, tableGfp),
      rule: this.owner.rules.entryRule,
      log: this.#bootPrint,
    });
    this.#hotplug = new MemoryHotplug({
      ...{ allocator: this.allocator, pages, ext: this.ext, frames, subsections },
      memmapGfp: this.gfp(MEMMAP_GFP),
      from: (place, allocate) => this.#fromStack(framesOf(HOTPLUG_PATHS[place], this.kernel), allocate),
      changed: (populated) => this.#memoryChanged(populated),
    });
    this.recordText = new RecordText({
      ...{ kernel: this.kernel, allocator: this.allocator, depot: this.depot, notes: this.notes },
      symbols: this.stacks.text,
      flagsBuild: options.flagsBuild,
    });

    // All parts are there, and the boot goes on with the machine as a whole.
    options.early?.(this);
    this.#wakeOwner();
    if (settings.tableTime === 'early') this.#lateBoot(plan);
    for (const file of [...procFiles(this), ...vmSysctls(this), ...debugFiles(this)]) this.files.add(file);
    this.#fillHugetlb(parts);
    this.#freeInitrd(plan.placed);
    this.tasks.init.rename('init');
  }

  /** The kernel log, as dmesg prints it. */
  get log(): string {
    return this.#log.text;
  }

  /** Adds a line to it. */
  print(line: string): void {
    this.#log.print(line);
  }

  // ---- what runs

  /** A gfp mask from names: `GFP_KERNEL|__GFP_ZERO`, as the allocator takes it. */
  readonly gfp = (names: string): number => parseGfp(names, this.kernel.allocator);

  /** The number of a call stack, innermost frame first: `name+0xOFFSET/0xSIZE`, ` [module]` behind it for a module's. */
  stack(frames: readonly string[]): StackId {
    return this.stacks.intern(frames);
  }

  /**
   * The number of a note about pages, for {@link alloc}.
   *
   * @throws RangeError or TypeError if no dump could tell its flags or control group, or /proc its use
   */
  note(note: PageNote): NoteId {
    requireNote(note, this.kernel.era);
    if (!this.memcgDisabled) return this.notes.intern(note);
    const { memcg: _, ...rest } = note;
    return this.notes.intern(rest);
  }

  /**
   * Runs `work` as `task`, and then goes on as who ran before: so it may not be asynchronous.
   *
   * @throws Error if the task has ended; TypeError if it is none, or, when it is done, if `work` returned a promise
   */
  runAs<T>(task: Task, work: () => T): T {
    if (typeof task !== 'object' || task === null)
      throw new TypeError(`work runs as a task, got ${String(task)}`);
    if (this.tasks.hasEnded(task)) throw new Error(`task ${task.pid} has ended`);
    const { running } = this.tasks;
    this.tasks.running = task;
    try {
      const result = work();
      if (result instanceof Promise) {
        throw new TypeError('work that runs as a task is not asynchronous, got a promise');
      }
      return result;
    } finally {
      this.tasks.running = running;
    }
  }

  /**
   * Allocates 2^`order` pages from `stack`, which stays the running one.
   *
   * @returns the first page, or NO_PAGE (-1)
   * @throws RangeError for a mask, order, stack or note that is none; then no page is taken
   */
  alloc(gfp: number, order = 0, stack: StackId = this.stacks.current, note: NoteId = 0): Pfn {
    this.#requireStack(stack);
    if (!this.notes.has(note)) throw new RangeError(`no note has the number ${note}`);
    this.#step();
    this.stacks.current = stack;
    const pfn = this.allocator.allocPages(gfp, order);
    if (pfn >= 0) {
      this.events.allocated(pfn, order, gfp);
      const before = this.notes.at(pfn);
      this.notes.setBlock(pfn, order, note);
      if (before !== note) this.#trace?.noted(pfn, before);
    }
    if (this.#kswapd.due <= this.clock.ns) this.#kswapd.run();
    if (this.#decayDue <= this.clock.ns) this.#decay();
    return pfn;
  }

  /**
   * Frees a block from `stack`.
   *
   * @throws RangeError or Error if there is no such stack, or no such block is allocated; then nothing is freed
   */
  free(pfn: Pfn, order = 0, stack: StackId = this.stacks.current): void {
    this.#requireStack(stack);
    this.#step();
    this.stacks.current = stack;
    this.allocator.freePages(pfn, order);
    this.events.freed(pfn, order);
    this.notes.setBlock(pfn, order, 0);
  }

  /** Who moves pages when the allocator compacts. What is noted of a page moves with it. */
  get mover(): PageMover | null {
    const { mover } = this.allocator;
    return mover instanceof CountedMover ? mover.inner : mover;
  }
  set mover(mover: PageMover | null) {
    this.allocator.mover = mover && new CountedMover(mover, this.notes, this.events);
  }

  /** Who frees pages when memory is short: asked by kswapd, and by a request that can wait and finds none. */
  get reclaimer(): MachineReclaimer | null {
    return this.#reclaim.inner;
  }
  set reclaimer(reclaimer: MachineReclaimer | null) {
    this.#reclaim.inner = reclaimer;
  }

  /**
   * Plugs in sections of 128 MiB that are there from frame `startPfn` on, below the option `maxPfn`: their zone grows, and
   * page_ext gets tables for them.
   *
   * @throws RangeError or Error, with everything as before, if there is no such place, or no memory for what describes them
   */
  addMemory(startPfn: Pfn, sections = 1, options: AddMemoryOptions = {}): void {
    this.#hotplug.add(startPfn, sections, options);
  }

  /**
   * Takes sections out that {@link addMemory} plugged in. Pages in them move elsewhere, as far as {@link mover} lets them.
   *
   * @throws RangeError or Error, with all of them still in use, if one is no such section or holds what cannot be moved
   */
  removeMemory(startPfn: Pfn, sections = 1): void {
    this.#hotplug.remove(startPfn, sections);
  }

  /** Pages of struct pages of memory that was plugged in. */
  get pluggedMemmapPages(): number {
    return this.#hotplug.memmapPages;
  }

  /** Huge pages that `hugepages=` has set aside. */
  get hugetlbPages(): number {
    return this.#hugetlbPages;
  }

  /** The trace that was started last; null if none was. */
  get trace(): Trace | null {
    return this.#trace;
  }

  /** For traces: functions of the tracker on top of the running stack. */
  get trackerFrames(): readonly string[] {
    return this.#trackerMemory.functions;
  }

  /** Records allocations and frees as ftrace does, in place of a trace that runs. */
  startTrace(options: TraceOptions = {}): Trace {
    this.#trace = new Trace(this, options, () => this.#observe());
    this.#observe();
    return this.#trace;
  }

  /** The allocator tells page_owner, and a trace that is to see what page_owner sees. */
  #observe(): void {
    this.allocator.hooks = this.#trace?.hooks(this.#ownerHooks) ?? this.#ownerHooks;
  }

  #requireStack(stack: StackId): void {
    if (!this.stacks.has(stack)) throw new RangeError(`no stack has the number ${stack}`);
  }

  /** Time passes between one thing and the next. */
  #step(): void {
    this.clock.advance(this.#resolution * (1 + (this.random.next() & (LONGEST_STEP - 1))));
  }

  /** Once a second, source mm/vmstat.c `vmstat_update()`; many such seconds in which nobody allocated are one. */
  #decay(): void {
    this.#decayDue = this.clock.ns + STAT_INTERVAL_NS;
    const path = framesOf(DAEMON_PATHS.vmstat, this.kernel);
    this.runAs(VMSTAT_TASK, () => this.#fromStack(path, () => this.allocator.decayPcp()));
  }

  #fromStack<T>(frames: readonly string[], run: () => T): T {
    const { current } = this.stacks;
    this.stacks.current = this.stack(frames);
    try {
      return run();
    } finally {
      this.stacks.current = current;
    }
  }

  #memoryChanged(populated: boolean): void {
    const zones = this.allocator.zones();
    this.events.settle(zones);
    if (!populated) return;
    const pages = zones.reduce((sum, { managed }) => sum + managed, 0);
    lines.zonelists(this.#log.print, 1 + zones.at(-1)!.node, pages);
  }

  // ---- parts of the boot

  /** A line of the log, and the time until the next. */
  readonly #bootPrint = (line: string): void => {
    this.#log.print(line);
    const ns = this.random.below(LONGEST_BOOT_STEP);
    this.clock.advance(ns - (ns % this.#resolution));
  };

  #startKswapd(nodes: number): Kswapd {
    const kswapd = new Kswapd(
      {
        ...{ allocator: this.allocator, events: this.events, clock: this.clock },
        directReclaim: this.gfp('__GFP_DIRECT_RECLAIM'),
        runAs: (task, work, run) =>
          this.runAs(task, () => this.#fromStack(framesOf(DAEMON_PATHS[work], this.kernel), run)),
        reclaim: (order, node) => this.reclaimer?.reclaim(this.gfp('GFP_KERNEL'), order, node) ?? 0,
      },
      nodes,
    );
    for (const task of kswapd.tasks) this.tasks.adopt(task);
    return kswapd;
  }

  #poolAsked(): void {
    if (this.#bootPagesets) this.allocator.drainPcp();
  }

  /** What the boot says and does once the allocator works: from here on task 1 runs. */
  #lateBoot({ image, cmaNotActivated }: MemoryPlan): void {
    lines.memory(this.#bootPrint, this.allocator, image);
    if (cmaNotActivated) this.#bootPrint(CMA_NOT_ACTIVATED);
    this.tasks.running = this.tasks.init;
    this.#bootPagesets = false;
    if (this.allocator.kernel === '6.12') this.#decayDue = this.clock.ns + STAT_INTERVAL_NS;
    this.events.forgetRequests();
  }

  /** page_ext takes its tables from the allocator, and page_owner wakes and marks what is in use. */
  #wakeOwner(): void {
    this.ext.boot();
    this.#ownerHooks = translatingHooks(this.owner.hooks, this.kernel);
    this.#observe();
  }

  #fillHugetlb({ fillHugetlb = true, hugetlbLeaves = () => 0 }: MachineParts): void {
    if (fillHugetlb) this.#hugetlbPages = fillHugetlbPool(this, this.#bootPrint, hugetlbLeaves(this));
  }

  /** The initrd is unpacked beside the rest of the boot; who has done that frees it, and goes on. */
  #freeInitrd(placed: PlacedImage | null): void {
    this.allocator.cpu = this.cpus > 1 ? 1 : 0;
    for (const { start, end, line } of placed?.freed ?? []) {
      this.#bootPrint(line);
      this.allocator.releaseReserved(start, end);
    }
    this.allocator.cpu = 0;
  }
}

const MEMMAP_GFP = 'GFP_KERNEL|__GFP_RETRY_MAYFAIL|__GFP_NOWARN';

/** Plugging in, as ACPI does it; going online, as udev asks for it. */
const HOTPLUG_PATHS = {
  'struct pages': `${PAGE} vmemmap_alloc_block vmemmap_populate_hugepages vmemmap_populate __populate_section_memmap sparse_add_section __add_pages add_pages arch_add_memory add_memory_resource __add_memory acpi_memory_device_add acpi_bus_attach`,
  page_ext: `${PAGE} alloc_pages_exact_nid_noprof page_ext_callback notifier_call_chain blocking_notifier_call_chain online_pages memory_subsys_online device_online state_store kernfs_fop_write_iter ${WRITE}`,
} as const;

/** Its work item is done by a worker of each cpu; here of the first. */
const VMSTAT_TASK = new Task(11, 11, 'kworker/0:1');

/** What kswapd runs when nobody says better, kcompactd, and who looks after per-cpu lists. */
const DAEMON_PATHS = {
  vmstat: `decay_pcp_high refresh_cpu_vm_stats vmstat_update process_one_work worker_thread ${KTHREAD}`,
  kswapd: `shrink_node balance_pgdat kswapd ${KTHREAD}`,
  kcompactd: `compaction_alloc migrate_pages_batch migrate_pages compact_zone kcompactd_do_work kcompactd ${KTHREAD}`,
} as const;

const TABLE_GFP = 'GFP_KERNEL|__GFP_ZERO|__GFP_NOWARN';
