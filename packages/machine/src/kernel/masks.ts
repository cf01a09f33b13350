/** gfp masks: the allocator has the bits of 6.1 and 6.12; page_owner of another kernel is to see that kernel's. */
import type { PageHooks } from '@page-owner/buddy-allocator';
import { gfpTable } from '@page-owner/kernel-abi';
import type { Kernel } from './kernel.js';

/** Flags by the names they had before. */
const OLDER_NAMES: Readonly<Record<string, string>> = {
  __GFP_DIRECT_RECLAIM: '__GFP_WAIT',
  __GFP_RETRY_MAYFAIL: '__GFP_REPEAT',
};

/** Bits in the allocator's kernel to bits in the machine's; those it does not have are dropped. */
function translation({ allocator, era }: Kernel): (gfp: number) => number {
  const { masks } = gfpTable(era);
  const pairs = gfpTable(allocator).bits.map(
    ({ name, mask }) => [mask, masks.get(name) ?? masks.get(OLDER_NAMES[name] ?? '') ?? 0] as const,
  );
  return (gfp) => {
    let translated = 0;
    for (const [from, to] of pairs) if ((gfp & from) !== 0) translated |= to;
    return translated >>> 0;
  };
}

/** Whether none of the allocator's bits is another flag's in the machine's kernel. */
export const hasAllocatorMasks = ({ allocator, era }: Kernel): boolean =>
  gfpTable(allocator).bits.every(({ name, mask }) => (gfpTable(era).masks.get(name) ?? mask) === mask);

/** Whether the machine's kernel has all flags of the allocator's, too: 6.3 and later have no __GFP_ATOMIC. */
const hasAllocatorFlags = ({ allocator, era }: Kernel): boolean =>
  gfpTable(allocator).bits.every(({ name, mask }) => gfpTable(era).masks.get(name) === mask);

/** A mask of the allocator's as the machine's kernel has it. */
export const translatedMask = (kernel: Kernel): ((gfp: number) => number) =>
  hasAllocatorFlags(kernel) ? (gfp) => gfp : translation(kernel);

/** What the allocator is to call: the hooks themselves, unless masks have other bits for them. */
export function translatingHooks(hooks: PageHooks | null, kernel: Kernel): PageHooks | null {
  if (hooks === null || hasAllocatorFlags(kernel)) return hooks;
  const translate = translation(kernel);
  return {
    allocated: (pfn, order, gfp) => hooks.allocated(pfn, order, translate(gfp)),
    freed: (pfn, order) => hooks.freed(pfn, order),
    split: (pfn, oldOrder, newOrder) => hooks.split(pfn, oldOrder, newOrder),
    migrated: (newPfn, oldPfn, order, reason) => hooks.migrated(newPfn, oldPfn, order, reason),
  };
}
