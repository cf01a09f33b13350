/**
 * kswapd and kcompactd of each node: who reclaims and compacts in the background, so that requests need not wait.
 *
 * ```
 *   low watermark stops a request,        balanced, 100 ms      still balanced
 *   or marks were raised ──> kswapd runs ──────────────> naps ──────────────────> sleeps
 *                              ^   │                      │
 *                              │   └─ a block of order > 0 was wanted, or marks were raised ──> kcompactd runs
 *                              └── woken meanwhile (kswapd_low_wmark_hit_quickly), or
 *                                  unbalanced again (kswapd_high_wmark_hit_quickly)
 * ```
 *
 * A machine does one thing at a time: what was woken by an allocation runs when that is over. As in Linux a node counts as
 * balanced when one of the zones that were asked for has its high watermark, and one from which 16 runs got nothing is left
 * to direct reclaim, until that gets something.
 */
import { PAGEBLOCK_ORDER, type PageAllocator } from '@page-owner/buddy-allocator';
import { Task } from '@page-owner/page-owner';
import type { MachineClock } from '../running/clock.js';
import type { MemoryEvents } from './memory-events.js';

/** Process ids of the first node's. Source: a boot of 6.12.117 with two cpus. */
const KCOMPACTD_PID = 31;
const KSWAPD_PID = 38;

const NAP_NS = 100_000_000;
/** MAX_RECLAIM_RETRIES. */
const HOPELESS = 16;

interface KswapdParts {
  readonly allocator: PageAllocator;
  readonly events: MemoryEvents;
  readonly clock: MachineClock;
  /** Which bit of a mask says that the request reclaims itself. */
  readonly directReclaim: number;
  /** Runs something as a kernel thread. */
  readonly runAs: (task: Task, work: 'kswapd' | 'kcompactd', run: () => void) => void;
  /** Frees some pages of a node, returns how many; 0 if there are none to free. */
  readonly reclaim: (order: number, node: number) => number;
}

interface Daemon {
  readonly node: number;
  readonly kswapd: Task;
  readonly kcompactd: Task;
  /** When it runs next: 0 when woken, Infinity while it sleeps. */
  due: number;
  /** What it was woken for since it last ran. */
  order: number;
  highest: number;
  /** What it must find balanced after its nap. */
  napOrder: number;
  napHighest: number;
  failures: number;
  /** What kcompactd was woken for; order 0 is nothing. */
  compactOrder: number;
  compactHighest: number;
}

export class Kswapd {
  readonly #parts: KswapdParts;
  readonly #daemons: readonly Daemon[];
  /** When one of them runs next, by the clock. */
  due = Infinity;
  #running = false;

  constructor(parts: KswapdParts, nodes: number) {
    this.#parts = parts;
    const thread = (pid: number, name: string): Task => new Task(pid, pid, name);
    this.#daemons = Array.from({ length: nodes }, (_, node) => ({
      ...{ node, due: Infinity, order: 0, highest: 0, napOrder: 0, napHighest: 0, failures: 0 },
      ...{ compactOrder: 0, compactHighest: 0 },
      kswapd: thread(KSWAPD_PID + nodes - 1 + node, `kswapd${node}`),
      kcompactd: thread(KCOMPACTD_PID + node, `kcompactd${node}`),
    }));
  }

  get tasks(): readonly Task[] {
    return this.#daemons.flatMap(({ kswapd, kcompactd }) => [kswapd, kcompactd]);
  }

  /** See `wakeKswapd` of a PageReclaimer. Source: wakeup_kswapd() of 6.12. */
  wake(node: number, order: number, highest: number, gfp: number): void {
    const { allocator, events, directReclaim } = this.#parts;
    const daemon = this.#daemons[node]!;
    daemon.order = Math.max(daemon.order, order);
    daemon.highest = Math.max(daemon.highest, highest);
    if (daemon.due === 0) return;
    const enough = allocator.isBalanced(node, order, highest) && allocator.boostOf(node, highest) === 0;
    if (daemon.failures >= HOPELESS || enough) {
      // There is memory, but not in one piece, for a request that cannot see to that itself.
      if ((gfp & directReclaim) === 0) this.#wakeKcompactd(daemon, order, highest);
      return;
    }
    if (daemon.due !== Infinity) events.add('kswapd_low_wmark_hit_quickly');
    daemon.due = 0;
    this.due = 0;
  }

  /** Direct reclaim got something: there is hope for all nodes again. */
  progress(): void {
    for (const daemon of this.#daemons) daemon.failures = 0;
  }

  /** Lets those run whose time has come. */
  run(): void {
    if (this.#running) return;
    this.#running = true;
    const { clock } = this.#parts;
    for (const daemon of this.#daemons) {
      if (daemon.due <= clock.ns) this.#runKswapd(daemon);
      if (daemon.compactOrder > 0) this.#runKcompactd(daemon);
    }
    this.due = Math.min(...this.#daemons.map(({ due }) => due));
    this.#running = false;
  }

  #runKswapd(daemon: Daemon): void {
    const { allocator, clock, events, runAs } = this.#parts;
    const { node } = daemon;
    const napped = daemon.due > 0;
    daemon.due = Infinity;
    if (napped) {
      if (this.#maySleep(daemon, daemon.napOrder, daemon.napHighest)) return;
      events.add('kswapd_high_wmark_hit_quickly');
      daemon.highest = daemon.napHighest;
    }
    for (;;) {
      const { order, highest } = daemon;
      daemon.order = 0;
      let left = order;
      const boosted = allocator.boostOf(node, highest) > 0;
      runAs(daemon.kswapd, 'kswapd', () => (left = this.#balance(daemon, order, highest)));
      if (boosted) {
        allocator.clearBoost(node, highest);
        this.#wakeKcompactd(daemon, PAGEBLOCK_ORDER, highest);
      }
      if (this.#maySleep(daemon, left, highest)) {
        this.#wakeKcompactd(daemon, order, highest);
        Object.assign(daemon, { due: clock.ns + NAP_NS, napOrder: left, napHighest: highest, highest: 0 });
        return;
      }
      events.add('kswapd_high_wmark_hit_quickly');
    }
  }

  #maySleep({ node, failures }: Daemon, order: number, highest: number): boolean {
    return failures >= HOPELESS || this.#parts.allocator.isBalanced(node, order, highest);
  }

  /**
   * Reclaims until the node is balanced, and as many pages as marks were raised by; until there is nothing left to reclaim.
   * Source: balance_pgdat() of 6.12.
   *
   * @returns the order that it was balanced for: 0 once twice a block of the one that was wanted has been freed
   */
  #balance(daemon: Daemon, order: number, highest: number): number {
    const { allocator, events, reclaim } = this.#parts;
    const { node } = daemon;
    events.add('pageoutrun');
    let wanted = order;
    let boost = allocator.boostOf(node, highest);
    for (let reclaimed = 0; ;) {
      const balanced = allocator.isBalanced(node, wanted, highest);
      if (!balanced) boost = 0;
      if (balanced && boost === 0) return wanted;
      const freed = reclaim(wanted, node);
      reclaimed += freed;
      // More than there is: who says so frees nothing.
      const untrue = reclaimed > allocator.frames;
      if (freed === 0 || untrue) {
        if (reclaimed === 0 || untrue) daemon.failures++;
        return wanted;
      }
      if (reclaimed >= 2 << wanted) wanted = 0;
      boost = Math.max(0, boost - freed);
    }
  }

  #wakeKcompactd(daemon: Daemon, order: number, highest: number): void {
    if (order === 0) return;
    daemon.compactOrder = Math.max(daemon.compactOrder, order);
    daemon.compactHighest = Math.max(daemon.compactHighest, highest);
    this.due = 0;
  }

  #runKcompactd(daemon: Daemon): void {
    const { allocator, events, runAs } = this.#parts;
    const { node, kcompactd, compactOrder, compactHighest } = daemon;
    daemon.compactOrder = daemon.compactHighest = 0;
    runAs(kcompactd, 'kcompactd', () => {
      const runs = allocator.compactNode(node, compactOrder, compactHighest);
      if (runs === null) return;
      events.add('compact_daemon_wake');
      for (const { migrateScanned, freeScanned } of runs) {
        events.add('compact_daemon_migrate_scanned', migrateScanned);
        events.add('compact_daemon_free_scanned', freeScanned);
      }
    });
  }
}
