import type { PageAllocator } from '@page-owner/buddy-allocator';

/** Lists everything that hooks and tracer are told, in order. */
export function recorder(allocator: PageAllocator): string[] {
  const events: string[] = [];
  allocator.tracer = {
    alloc: (pfn, order, gfp, type) =>
      events.push(`alloc ${pfn} order ${order} gfp 0x${gfp.toString(16)} type ${type}`),
    free: (pfn, order) => events.push(`free ${pfn} order ${order}`),
    freeBatched: (pfn) => events.push(`batched ${pfn}`),
    allocZoneLocked: (pfn, order, type, refill) =>
      events.push(`locked ${pfn} order ${order} type ${type} refill ${refill}`),
    pcpuDrain: (pfn, order, type) => events.push(`drain ${pfn} order ${order} type ${type}`),
    allocExtfrag: (pfn, order, from, type, fallback, owns) =>
      events.push(`extfrag ${pfn} order ${order} from ${from} type ${type} of ${fallback} owns ${owns}`),
  };
  return events;
}

/** The same for the hooks. */
export function hooked(allocator: PageAllocator): string[] {
  const events: string[] = [];
  allocator.hooks = {
    allocated: (pfn, order, gfp) => events.push(`allocated ${pfn} order ${order} gfp 0x${gfp.toString(16)}`),
    freed: (pfn, order) => events.push(`freed ${pfn} order ${order}`),
    split: (pfn, oldOrder, newOrder) => events.push(`split ${pfn} from ${oldOrder} to ${newOrder}`),
    migrated: (to, from, order, reason) =>
      events.push(`migrated ${from} to ${to} order ${order} reason ${reason}`),
  };
  return events;
}
