/** Pages that can be taken back, oldest first: a cache gives way to whoever needs memory. */
import { KTHREAD, WRITE } from '../kernel/call-path.js';
import type { Machine } from '../machine.js';
import type { StackId } from '../running/stacks.js';
import type { Folio, Workbench } from './workbench.js';

/** How many blocks are reclaimed before somebody looks whether that is enough (SWAP_CLUSTER_MAX). */
const CLUSTER = 32;

const PAGE_KB = 4;

const DIRECT = 'do_try_to_free_pages try_to_free_pages __alloc_pages_noprof';
const KSWAPD = `balance_pgdat kswapd ${KTHREAD}`;
const SYSCTL = `drop_caches_sysctl_handler proc_sys_call_handler ${WRITE}`;
const DROP = {
  pagecache: `free_unref_folios folios_put_refs __folio_batch_release mapping_try_invalidate drop_pagecache_sb iterate_supers ${SYSCTL}`,
  slab: `shrink_slab drop_slab ${SYSCTL}`,
} as const;

/**
 * A list of pages, oldest first, for whoever allocates to put behind. When memory is short, the oldest are freed by kswapd
 * or the task that needs it. The list outlives the workload, as its pages do.
 */
export class Reclaimable {
  readonly #bench: Workbench;
  /** By node. */
  readonly #lists: readonly Folio[][];
  readonly #shrink: string;
  readonly #direct: StackId;
  readonly #kswapd: StackId;

  /**
   * Puts itself before the machine's reclaimer: when it has nothing left, that one is asked.
   *
   * @param shrink path of functions that frees, from the innermost up to `shrink_node`
   */
  constructor(bench: Workbench, shrink: string) {
    const { machine } = bench;
    const before = machine.reclaimer;
    this.#bench = bench;
    this.#lists = machine.allocator.zones().map(() => []);
    this.#shrink = shrink;
    this.#direct = bench.path(`${shrink} ${DIRECT}`);
    this.#kswapd = bench.path(`${shrink} ${KSWAPD}`);
    machine.reclaimer = {
      reclaim: (gfp, order, kswapd) => this.#reclaim(kswapd) || (before?.reclaim(gfp, order, kswapd) ?? 0),
      drop: (kind) => {
        this.#drop(kind);
        before?.drop?.(kind);
      },
    };
  }

  push(folio: Folio): void {
    const node = this.#machine.allocator.zoneOf(folio.pfn)!.node;
    this.#lists[node]!.push(folio);
  }

  get #machine(): Machine {
    return this.#bench.machine;
  }

  #reclaim(kswapd: number | undefined): number {
    const near = this.#lists[kswapd ?? this.#machine.allocator.node]!;
    const elsewhere = kswapd === undefined && near.length === 0;
    const list = elsewhere ? (this.#lists.find(({ length }) => length > 0) ?? near) : near;
    const by = kswapd === undefined ? 'direct' : 'kswapd';
    return this.#free(list.splice(0, CLUSTER), kswapd === undefined ? this.#direct : this.#kswapd, by);
  }

  /** Dirty pages stay, as in Linux: they would have to be written first. */
  #drop(kind: 'pagecache' | 'slab'): void {
    const dropped = ({ site }: Folio): boolean =>
      kind === 'slab' ? !site.movable : site.movable && !site.events.dirties;
    const inner = this.#shrink.replace(/ shrink_slab shrink_node$/, '');
    const from = this.#bench.path(kind === 'slab' ? `${inner} ${DROP.slab}` : DROP.pagecache);
    for (const list of this.#lists) {
      const all = list.splice(0);
      const gone: Folio[] = [];
      for (const folio of all) (dropped(folio) ? gone : list).push(folio);
      this.#free(gone, from, null);
    }
  }

  /** @returns pages */
  #free(folios: readonly Folio[], from: StackId, by: 'direct' | 'kswapd' | null): number {
    const { stacks } = this.#machine;
    const { current } = stacks;
    for (const folio of folios) this.#count(folio, by);
    this.#bench.giveAll(folios, from);
    stacks.current = current;
    return folios.reduce((pages, { site }) => pages + 2 ** site.order, 0);
  }

  /** A page of the LRU, which was written before if it was dirty; or a slab of objects that nobody uses. */
  #count(
    { pfn, site: { order, events: own, movable, objects } }: Folio,
    by: 'direct' | 'kswapd' | null,
  ): void {
    const { events } = this.#machine;
    if (!movable) {
      events.add('slabs_scanned', objects);
      return;
    }
    if (by === null) return;
    for (const event of [`pgscan_${by}`, 'pgscan_file', `pgsteal_${by}`, 'pgsteal_file']) {
      events.add(event, 2 ** order);
    }
    if (!own.dirties) return;
    events.add('pgpgout', PAGE_KB * 2 ** order);
    events.addOnNode('nr_written', pfn, 2 ** order);
  }
}
