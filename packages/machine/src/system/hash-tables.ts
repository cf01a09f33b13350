/** Hash tables that a kernel makes after it has a page allocator: they grow with memory, like those in kernel-image.ts. */
import { MAX_ORDER, type ZoneReport } from '@page-owner/buddy-allocator';
import type { Machine } from '../machine.js';

/** The memory of the recorded boots, in pages, and where tables begin to grow with its square root only: 2 and 64 GiB. */
const RECORDED_PAGES = 2 ** 19;
const ADAPT_FROM_PAGES = 2 ** 24;
const MIB_PAGES = 256;

interface Limits {
  /** Who asks, and the order of the table in the recorded boots. */
  readonly caller: string;
  readonly order: number;
  readonly least: number;
  readonly most: number;
}

/**
 * The caller's limits, as orders: buckets of 8 bytes for IP idents (2^11 to 2^18) and established connections of TCP (to
 * 2^19), of 16 for listening ones (to 2^16), of 32 for bound ones and of UDP (2^8 to 2^16). Source: the lines "hash table
 * entries" of boots of 6.1.192 and 6.12.117 with 512 MiB to 4 GiB; net/ipv4/route.c, tcp.c, udp.c, fs/namespace.c.
 */
const GROWING: readonly Limits[] = [
  { caller: 'mnt_init', order: 3, least: 0, most: MAX_ORDER },
  { caller: 'ip_rt_init', order: 6, least: 2, most: 9 },
  { caller: 'inet_hashinfo2_init', order: 2, least: 0, most: 8 },
  { caller: 'tcp_init', order: 5, least: 0, most: 10 },
  { caller: 'tcp_init', order: 7, least: 0, most: 9 },
  { caller: 'udp_table_init', order: 3, least: 1, most: 9 },
];

/** With less the table of TCP's metrics has half as many slots, in pages: source net/ipv4/tcp_metrics.c. */
const FEW_PAGES = 2 ** 17;
const TCP_METRICS = { caller: / tcp_(?:net_)?metrics_init /, order: 5 } as const;

/**
 * For a machine: the order of a block that a path of functions, innermost first, asks for, if it had `order` in the recorded
 * boots. That of blocks which are no hash tables is the same.
 */
export function tableOrders({ allocator }: Machine): (path: string, order: number) => number {
  const zones = allocator.zones();
  const sum = (pick: (zone: ZoneReport) => number): number =>
    zones.reduce((all, zone) => all + pick(zone), 0);
  const present = sum((zone) => zone.present);
  let pages = Math.ceil(present / MIB_PAGES) * MIB_PAGES;
  for (let adapt = ADAPT_FROM_PAGES; adapt < present; adapt *= 4) pages /= 2;
  const shift = Math.ceil(Math.log2(pages / RECORDED_PAGES));
  const few = sum(({ managed }) => managed) < FEW_PAGES;
  return (path, order) => {
    if (few && order === TCP_METRICS.order && TCP_METRICS.caller.test(path)) return order - 1;
    const caller = /(?:^| )alloc_large_system_hash (\w+)/.exec(path)?.[1];
    const limits = GROWING.find((table) => table.caller === caller && table.order === order);
    return limits ? Math.min(Math.max(order + shift, limits.least), limits.most) : order;
  };
}
