/**
 * What happened to memory since boot: the event counters of /proc/vmstat, the NUMA counters of each zone, and the events of
 * a node. Meanings are the kernel's: pages in `pgalloc_*` and `pgfree`, requests in `numa_*`. Checked on boots of 6.1.192
 * and 6.12.117: what boot memory gives the allocator counts as freed, and what compaction takes for itself not as
 * allocated, so that
 *
 * ```
 *   pages in use = sum of pgalloc_* - (pgfree - pages given at boot and since) + targets of compaction
 * ```
 *
 * The machine tells of its own allocations and frees. Those that others ask `machine.allocator` for directly are made up
 * for in {@link MemoryEvents.settle}, by what is in use.
 */
import type { CompactionRun, PageAllocator, Pfn, Stats, ZoneReport } from '@page-owner/buddy-allocator';
import { gfpZone, type ZoneName } from '@page-owner/kernel-abi';

const LOCAL_DISTANCE = 10;
const REMOTE_DISTANCE = 20;

/** Requests that left nothing in use. */
interface PastRequests {
  /** Allocated and freed. */
  readonly pages: number;
  /** Served, and how many of them for an interleaving policy. */
  readonly requests: number;
  readonly interleaved: number;
}

/** Counts what /proc/vmstat counts. Events of the allocator come by themselves; `add` is for those of work done outside. */
export class MemoryEvents {
  readonly #allocator: PageAllocator;
  readonly #distances: readonly (readonly number[])[];
  /** Of each zone, in the order of `allocator.zones()`. */
  readonly #nodes: Int32Array;
  readonly #names: readonly string[];
  /** The zones of a node. */
  readonly #types: readonly ZoneName[];
  readonly #pagesAllocated: Float64Array;
  readonly #pagesFreed: Float64Array;
  /** Pages given to the allocator, and the ones it manages now. */
  readonly #given: Float64Array;
  readonly #managed: Float64Array;
  readonly #targets: Float64Array;
  /** Requests served from the zone, and those that came from another node, or wanted another. */
  readonly #requests: Float64Array;
  readonly #missed: Float64Array;
  readonly #foreign: Float64Array;
  readonly #other: Float64Array;
  readonly #interleaved: Float64Array;
  readonly #counts = new Map<string, number>();
  readonly #nodeCounts = new Map<string, number>();

  /** @param distances between nodes, as the allocator was given them */
  constructor(allocator: PageAllocator, distances: readonly (readonly number[])[] = []) {
    const zones = allocator.zones();
    const zeros = (): Float64Array => new Float64Array(zones.length);
    this.#allocator = allocator;
    this.#distances = distances;
    this.#nodes = Int32Array.from(zones, ({ node }) => node);
    this.#names = zones.map(({ zone }) => zone);
    this.#types = zones.filter(({ node }) => node === 0).map(({ zone }) => zone as ZoneName);
    this.#pagesAllocated = zeros();
    this.#pagesFreed = zeros();
    this.#given = zeros();
    this.#managed = zeros();
    this.#targets = zeros();
    this.#requests = zeros();
    this.#missed = zeros();
    this.#foreign = zeros();
    this.#other = zeros();
    this.#interleaved = zeros();
    this.settle(zones);
  }

  /** A request of the node that runs was served. */
  allocated(pfn: Pfn, order: number, gfp: number): void {
    const zone = this.#allocator.zoneIndexOf(pfn);
    this.#pagesAllocated[zone]! += 1 << order;
    this.#requests[zone]!++;
    if (this.#nodes[zone] !== this.#allocator.node) this.#countRemote(zone, gfp, this.#allocator.node);
  }

  /** A request for memory of a certain node was served. */
  allocatedFor(node: number, pfn: Pfn, order: number, gfp: number): void {
    const zone = this.#allocator.zoneIndexOf(pfn);
    this.#pagesAllocated[zone]! += 1 << order;
    this.#requests[zone]!++;
    this.#countRemote(zone, gfp, node);
  }

  freed(pfn: Pfn, order: number): void {
    this.#pagesFreed[this.#allocator.zoneIndexOf(pfn)]! += 1 << order;
  }

  /** A request that was served counted for an interleaving policy, which asked another node than `running` in its turn. */
  interleaved(pfn: Pfn, running: number): void {
    const zone = this.#allocator.zoneIndexOf(pfn);
    this.#interleaved[zone]!++;
    if (this.#nodes[zone] !== running) this.#other[zone]!++;
  }

  /**
   * Forgets requests: so far they were counted on the lists that all cpus shared, see mm/page_alloc.c
   * `setup_per_cpu_pageset()`.
   */
  forgetRequests(): void {
    for (const counts of [this.#requests, this.#missed, this.#foreign, this.#other, this.#interleaved])
      counts.fill(0);
  }

  /** What the kernel has allocated and freed again before this machine was handed over, in equal parts by each node. */
  addPast({ pages, requests, interleaved }: PastRequests): void {
    const zones = Array.from(new Set(this.#nodes), (node) => this.#preferredZone(0, node));
    for (const [i, zone] of zones.entries()) {
      const part = (count: number): number => Math.floor((count + i) / zones.length);
      this.#pagesAllocated[zone]! += part(pages);
      this.#pagesFreed[zone]! += part(pages);
      this.#requests[zone]! += part(requests);
      this.#interleaved[zone]! += part(interleaved);
    }
  }

  /** Counts an event by its name in /proc/vmstat. */
  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  /** Counts an event of the node that has a page, such as `nr_dirtied`. */
  addOnNode(name: string, pfn: Pfn, count: number): void {
    const key = `${this.#nodes[this.#allocator.zoneIndexOf(pfn)]} ${name}`;
    this.#nodeCounts.set(key, (this.#nodeCounts.get(key) ?? 0) + count);
  }

  /** A request has to reclaim itself: `allocstall_*`, by the highest zone that it may use. */
  stalled(gfp: number): void {
    this.add(`allocstall_${gfpZone(gfp, this.#types).toLowerCase()}`);
  }

  /** Of a move something is freed in any case: the page that moved, or its target. */
  compacted({ zone, migrateScanned, freeScanned, isolated, targets }: CompactionRun): void {
    this.add('compact_migrate_scanned', migrateScanned);
    this.add('compact_free_scanned', freeScanned);
    this.add('compact_isolated', isolated);
    this.#targets[zone]! += targets;
    this.#pagesFreed[zone]! += targets;
  }

  /** Counts what others allocated or freed and did not tell: as single pages, those that came and went not at all. */
  settle(zones: readonly ZoneReport[]): void {
    for (const [zone, report] of zones.entries()) {
      const grown = report.managed - this.#managed[zone]!;
      if (grown > 0) this.#given[zone]! += grown;
      this.#managed[zone] = report.managed;
      const known = this.#pagesAllocated[zone]! + this.#targets[zone]! - this.#pagesFreed[zone]!;
      const untold = pagesInUse(report) - known;
      if (untold > 0) {
        this.#pagesAllocated[zone]! += untold;
        this.#requests[zone]! += untold;
      } else this.#pagesFreed[zone]! -= untold;
    }
  }

  /** The NUMA counters of a zone, by its place in the list of `zones()`. */
  ofZone(zone: number): Stats {
    const requests = this.#requests[zone]!;
    const missed = this.#missed[zone]!;
    const other = this.#other[zone]!;
    return {
      ...{ numa_hit: requests - missed, numa_miss: missed, numa_foreign: this.#foreign[zone]! },
      ...{ numa_interleave: this.#interleaved[zone]!, numa_local: requests - other, numa_other: other },
    };
  }

  /** The events of a node. */
  ofNode(node: number): Stats {
    const prefix = `${node} `;
    const own = [...this.#nodeCounts].filter(([key]) => key.startsWith(prefix));
    return Object.fromEntries(own.map(([key, count]) => [key.slice(prefix.length), count]));
  }

  /** All event counters, as /proc/vmstat names them. */
  all(): Stats {
    const sums: Record<string, number> = Object.fromEntries(this.#counts);
    const add = (name: string, count: number): void => void (sums[name] = (sums[name] ?? 0) + count);
    for (const [zone, name] of this.#names.entries()) {
      add(`pgalloc_${name.toLowerCase()}`, this.#pagesAllocated[zone]!);
      add('pgfree', this.#given[zone]! + this.#pagesFreed[zone]!);
      for (const [counter, count] of Object.entries(this.ofZone(zone))) add(counter, count);
    }
    for (const [key, count] of this.#nodeCounts) add(key.slice(key.indexOf(' ') + 1), count);
    return sums;
  }

  /** A request was not served by the node that runs, or not by the one it asked for: mm/vmstat.c `zone_statistics()`. */
  #countRemote(zone: number, gfp: number, node: number): void {
    const preferred = this.#preferredZone(gfp, node);
    if (this.#nodes[zone] !== this.#allocator.node) this.#other[zone]!++;
    if (this.#nodes[zone] === this.#nodes[preferred]) return;
    this.#missed[zone]!++;
    this.#foreign[preferred]!++;
  }

  /** The first zone of a request's zonelist: on the nearest node the highest one that it may use and that has memory. */
  #preferredZone(gfp: number, node: number): number {
    const types = this.#types;
    const highest = types.indexOf(gfpZone(gfp, types));
    const distance = (zone: number): number => {
      const other = this.#nodes[zone]!;
      return this.#distances[node]?.[other] ?? (other === node ? LOCAL_DISTANCE : REMOTE_DISTANCE);
    };
    const usable = this.#names.map((_, zone) => zone).filter((zone) => this.#managed[zone]! > 0);
    return usable
      .filter((zone) => zone % types.length <= highest)
      .reduce((best, zone) => {
        const nearer = distance(zone) - distance(best) || this.#nodes[zone]! - this.#nodes[best]!;
        return nearer < 0 || (nearer === 0 && zone > best) ? zone : best;
      });
  }
}

/** Pages that somebody has: neither in a free area nor on a per-cpu list. */
const pagesInUse = ({ managed, free, pagesets }: ZoneReport): number =>
  managed - free - pagesets.reduce((pages, { count }) => pages + count, 0);
