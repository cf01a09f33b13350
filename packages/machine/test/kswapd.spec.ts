/** kswapd and kcompactd: when they run, as whom, how far, and what /proc/vmstat says of it. */
import { describe, expect, test } from '@jest/globals';
import { MIGRATE_MOVABLE, NO_PAGE, PAGEBLOCK_PAGES, type Pfn } from '@page-owner/buddy-allocator';
import { bootMachine, type Machine, type MachineOptions } from '@page-owner/machine';

type Counters = Record<string, number>;
const vmstat = ({ files }: Machine): Counters =>
  Object.fromEntries(
    [...files.text('/proc/vmstat').matchAll(/^(\S+) (\d+)$/gm)].map(([, name, value]) => [
      name!,
      Number(value),
    ]),
  );

const SECOND = 1e9;
/** One zone, above DMA: 256 and 64 MiB. */
const LARGE = '0x1000000-0x10ffffff';
const SMALL = '0x1000000-0x4ffffff';

/** A machine of one zone whose order-0 pages are a cache, oldest first. */
class Cached {
  readonly machine: Machine;
  readonly gfp: number;
  readonly pages: Pfn[] = [];
  readonly asked: { task: string; gfp: number; order: number; kswapd: number | undefined }[] = [];

  constructor(options: Partial<MachineOptions> = {}) {
    this.machine = bootMachine({ memory: LARGE, ...options });
    this.gfp = this.machine.gfp('GFP_HIGHUSER_MOVABLE');
    // Nothing to steal, no boost.
    const { allocator } = this.machine;
    for (let pfn = 0; pfn < allocator.frames; pfn += PAGEBLOCK_PAGES) {
      if (allocator.zoneIndexOf(pfn) >= 0) allocator.setPageblockType(pfn, MIGRATE_MOVABLE);
    }
    this.machine.reclaimer = {
      reclaim: (gfp, order, kswapd) => {
        const { comm } = this.machine.tasks.current();
        const task = new TextDecoder().decode(comm).replace(/\0.*/, '');
        this.asked.push({ task, gfp, order, kswapd });
        return this.free(32);
      },
    };
  }

  /** Takes a page; whether there was one. */
  take(): boolean {
    const pfn = this.machine.alloc(this.gfp);
    if (pfn !== NO_PAGE) this.pages.push(pfn);
    return pfn !== NO_PAGE;
  }

  /** Until somebody has reclaimed. */
  fill(): void {
    const before = this.asked.length;
    while (this.asked.length === before) if (!this.take()) throw new Error('there was no page');
  }

  free(count: number): number {
    const oldest = this.pages.splice(0, count);
    for (const pfn of oldest) this.machine.free(pfn);
    return oldest.length;
  }
}

const zoneOf = ({ machine }: Cached, name = 'DMA32') =>
  machine.allocator.zones().find(({ zone, managed }) => zone === name && managed > 0)!;

describe('kswapd', () => {
  test('begins below low, goes on until high, as kswapd0', () => {
    const cached = new Cached();
    const { machine } = cached;
    const { swapper } = machine.tasks;
    machine.runAs(swapper, () => cached.fill());
    const { free, high } = zoneOf(cached);
    expect(machine.allocator.isBalanced(0)).toBe(true);
    expect(free).toBeLessThan(2 * high);
    // A refill of a per-cpu list may take more than lies between low and min: then that request reclaims, too, once.
    const [kswapd, direct] = [true, false].map((by) =>
      cached.asked.filter((call) => (call.kswapd === 0) === by),
    );
    expect(new Set(kswapd!.map(({ task, gfp, order }) => `${task} ${gfp} ${order}`))).toEqual(
      new Set([`kswapd0 ${machine.gfp('GFP_KERNEL')} 0`]),
    );
    expect(direct!.length).toBeLessThanOrEqual(1);
    expect(vmstat(machine)).toMatchObject({
      ...{ pageoutrun: 1, allocstall_dma32: 0, allocstall_movable: direct!.length },
      ...{ kswapd_low_wmark_hit_quickly: 0, kswapd_high_wmark_hit_quickly: 0 },
    });
    expect(32 * kswapd!.length).toBeGreaterThanOrEqual(high - zoneOf(cached).low - 32);
  });

  test('leaves task and stack as they were, and frees under its own name', () => {
    const cached = new Cached({ cmdline: 'page_owner=on' });
    const { machine } = cached;
    const init = machine.tasks.running;
    const stack = machine.stack(['do_anonymous_page+0x1/0x2']);
    machine.stacks.current = stack;
    cached.fill();
    expect(machine.tasks.running).toBe(init);
    expect(machine.stacks.current).toBe(stack);
    const trace = machine.startTrace();
    machine.clock.advance(SECOND);
    cached.fill();
    trace.stop();
    expect(trace.text).toMatch(/kswapd0-38 .*mm_page_free: /);
    expect(trace.text).not.toMatch(/kswapd0-38 .*mm_page_alloc: /);
  });

  test('its pid goes to nobody else', () => {
    const { tasks } = bootMachine({ memory: '128M+128M' });
    const pids = Array.from({ length: 40 }, () => tasks.spawn('child').pid);
    expect(pids).toContain(37);
    for (const taken of [31, 32, 39, 40]) expect(pids).not.toContain(taken);
  });

  test('woken again within 100 ms: low_wmark_hit_quickly; unbalanced after that: high_wmark_hit_quickly', () => {
    const cached = new Cached();
    const { machine } = cached;
    const count = (name: string): number => vmstat(machine)[`kswapd_${name}_wmark_hit_quickly`]!;
    cached.fill();
    cached.fill();
    expect([count('low'), count('high')]).toEqual([1, 0]);
    // Below high and above low when the nap is over.
    while (machine.allocator.isBalanced(0)) cached.take();
    expect([count('low'), count('high'), vmstat(machine)['pageoutrun']]).toEqual([1, 0, 2]);
    machine.clock.advance(SECOND);
    cached.take();
    expect([count('low'), count('high'), vmstat(machine)['pageoutrun']]).toEqual([1, 1, 3]);
    // Then it naps again, and sleeps.
    machine.clock.advance(SECOND);
    cached.take();
    machine.clock.advance(SECOND);
    cached.fill();
    expect([count('low'), count('high'), vmstat(machine)['pageoutrun']]).toEqual([1, 1, 4]);
  });

  test('gives up after 16 runs without a page, until direct reclaim gets one', () => {
    const cached = new Cached();
    const { machine } = cached;
    let stuck = true;
    const { reclaimer } = machine;
    let asked = 0;
    machine.reclaimer = {
      reclaim: (gfp, order, kswapd) => {
        asked++;
        return stuck ? 0 : reclaimer!.reclaim(gfp, order, kswapd);
      },
    };
    while (cached.take());
    expect(vmstat(machine)).toMatchObject({ pageoutrun: 16, kswapd_high_wmark_hit_quickly: 15 });
    expect(asked).toBe(16 + vmstat(machine)['allocstall_movable']!);
    const stalls = vmstat(machine)['allocstall_movable']!;
    stuck = false;
    expect(cached.take()).toBe(true);
    machine.clock.advance(SECOND);
    expect(cached.take()).toBe(true);
    expect(vmstat(machine)['pageoutrun']).toBe(17);
    expect(vmstat(machine)['allocstall_movable']).toBe(stalls + 1);
    expect(machine.allocator.isBalanced(0)).toBe(true);
  });

  test('runs with nobody to ask, too', () => {
    const machine = bootMachine({ memory: SMALL });
    while (machine.alloc(machine.gfp('GFP_KERNEL')) !== NO_PAGE);
    expect(vmstat(machine)).toMatchObject({ pageoutrun: 16, pgscan_direct: 0 });
    expect(vmstat(machine)['allocstall_normal']).toBeGreaterThan(0);
  });

  test('ends even if who reclaims lies', () => {
    const machine = bootMachine({ memory: SMALL });
    machine.reclaimer = { reclaim: () => 1000 };
    while (machine.alloc(machine.gfp('GFP_KERNEL')) !== NO_PAGE);
    expect(vmstat(machine)['pageoutrun']).toBeGreaterThanOrEqual(16);
  });

  test('is not woken without __GFP_KSWAPD_RECLAIM', () => {
    const cached = new Cached();
    const { machine } = cached;
    while (machine.alloc(machine.gfp('__GFP_HIGHMEM|__GFP_MOVABLE')) !== NO_PAGE);
    expect(vmstat(machine)['pageoutrun']).toBe(0);
  });

  test('a boost of the watermarks is reclaimed, and over', () => {
    const cached = new Cached();
    const { machine } = cached;
    // Without those on per-cpu lists, as watermarks count.
    const free = (): number => machine.allocator.zones().reduce((pages, zone) => pages + zone.free, 0);
    while (free() > 20000) cached.take();
    const boosts: number[] = [];
    machine.reclaimer = {
      reclaim: () => {
        boosts.push(machine.allocator.boostOf(0));
        return cached.free(32);
      },
    };
    // There is no pageblock for the kernel's own pages: it takes a movable one.
    while (boosts.length === 0 && machine.alloc(machine.gfp('GFP_KERNEL')) !== NO_PAGE);
    expect(boosts.every((pages) => pages > 0)).toBe(true);
    expect(32 * boosts.length).toBeGreaterThanOrEqual(boosts[0]!);
    expect(32 * boosts.length).toBeLessThan(boosts[0]! + 64);
    expect(machine.allocator.boostOf(0)).toBe(0);
    expect(vmstat(machine)['pageoutrun']).toBe(1);
  });

  test('each node has its own, which wants pages of that node', () => {
    const cached = new Cached({ memory: '128M+128M' });
    const { machine } = cached;
    const byNode: Pfn[][] = [[], []];
    const asked: (number | undefined)[] = [];
    machine.reclaimer = {
      reclaim: (_gfp, _order, kswapd) => {
        asked.push(kswapd);
        const oldest = byNode[kswapd ?? machine.allocator.node]!.splice(0, 32);
        for (const pfn of oldest) machine.free(pfn);
        return oldest.length;
      },
    };
    for (const node of [1, 0]) {
      machine.allocator.node = node;
      asked.length = 0;
      while (!asked.includes(node)) {
        const pfn = machine.alloc(cached.gfp);
        byNode[machine.allocator.zoneOf(pfn)!.node]!.push(pfn);
      }
      expect(machine.allocator.isBalanced(node)).toBe(true);
    }
    expect(machine.allocator.freePageCount).toBeLessThan(6000);
  });
});

describe('kcompactd', () => {
  test('makes the block that a request wanted that could not wait', () => {
    const machine = bootMachine({ memory: LARGE, cmdline: 'page_owner=on' });
    const gfp = machine.gfp('GFP_HIGHUSER_MOVABLE');
    const pages: Pfn[] = [];
    for (let pfn = machine.alloc(gfp); pages.length < 60000 && pfn !== NO_PAGE; pfn = machine.alloc(gfp)) {
      pages.push(pfn);
    }
    while (machine.alloc(machine.gfp('__GFP_HIGHMEM|__GFP_MOVABLE|__GFP_MEMALLOC')) !== NO_PAGE);
    const at = new Set(pages);
    for (const pfn of pages.filter((_, i) => i % 4 !== 0)) {
      machine.free(pfn);
      at.delete(pfn);
    }
    machine.mover = {
      move: (from, to) => {
        if (!at.delete(from)) return false;
        at.add(to);
        return true;
      },
    };
    const { compact_daemon_wake: woken = 0 } = vmstat(machine);
    const atomic = machine.gfp('GFP_ATOMIC|__GFP_COMP');
    expect(machine.alloc(atomic, 8)).toBe(NO_PAGE);
    expect(machine.alloc(atomic, 8)).not.toBe(NO_PAGE);
    const stat = vmstat(machine);
    expect(stat['compact_daemon_wake']).toBe(woken + 1);
    expect(stat['compact_daemon_migrate_scanned']).toBe(stat['compact_migrate_scanned']);
    expect(stat['compact_daemon_free_scanned']).toBe(stat['compact_free_scanned']);
    expect(stat).toMatchObject({ compact_stall: 0, compact_success: 0 });
    expect(stat['pgmigrate_success']).toBeGreaterThan(0);
    expect(machine.allocator.check()).toEqual([]);
  });
});
