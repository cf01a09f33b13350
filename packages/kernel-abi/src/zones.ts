/**
 * Memory zones: the order in which a node numbers them, and their limits on x86-64.
 *
 * ```
 *  pfn 0        4096                1048576
 *   +-----------+-------------------+-----------------------------
 *   |    DMA    |       DMA32       |  Normal
 *   +-----------+-------------------+-----------------------------
 *   0         16 MiB              4 GiB
 * ```
 *
 * Movable is carved out of the top by boot options and is otherwise empty; Device is for device memory.
 */

/** A zone's name as every kernel file prints it. */
export type ZoneName = 'DMA' | 'DMA32' | 'Normal' | 'HighMem' | 'Movable' | 'Device';

/** Zones of a build in index order: a zone that is not configured has no index. */
export type ZoneList = readonly ZoneName[];

/** An ordinary 64-bit x86 kernel. Source: Linux 6.1 and 6.12 include/linux/mmzone.h. */
export const X86_64_ZONES: ZoneList = ['DMA', 'DMA32', 'Normal', 'Movable', 'Device'];

/** A 32-bit x86 kernel with high memory. Source: Linux 6.1 and 6.12 include/linux/mmzone.h. */
export const X86_32_ZONES: ZoneList = ['DMA', 'Normal', 'HighMem', 'Movable'];

/** First page frame above DMA on x86-64: 16 MiB of 4 KiB pages. */
export const X86_64_DMA_END_PFN = (16 * 2 ** 20) / 4096;

/** First page frame above DMA32 on x86-64: 4 GiB of 4 KiB pages. */
export const X86_64_DMA32_END_PFN = (4 * 2 ** 30) / 4096;

/**
 * The name behind a `zone=` number.
 *
 * @throws RangeError if the build has no such zone
 */
export function zoneName(index: number, zones: ZoneList = X86_64_ZONES): ZoneName {
  const name = zones[index];
  if (name === undefined) throw new RangeError(`no zone ${index} among ${zones.join(', ')}`);
  return name;
}

/**
 * The number of a zone in this build.
 *
 * @throws RangeError if the build has no such zone
 */
export function zoneIndex(name: string, zones: ZoneList = X86_64_ZONES): number {
  const index = zones.indexOf(name as ZoneName);
  if (index < 0) throw new RangeError(`no zone "${name}" among ${zones.join(', ')}`);
  return index;
}
