/** The memory of a machine as its kernel finds it, before there is an allocator: memory map, command line, image, CMA. */
import { PAGEBLOCK_PAGES, type FrameRange, type NodeOptions } from '@page-owner/buddy-allocator';
import * as lines from './boot-lines.js';
import type { CommandLine } from './command-line.js';
import { directMap, type DirectMap } from '../memory/direct-map.js';
import { isBefore, type Kernel } from '../kernel/kernel.js';
import { KERNEL_IMAGES, placeImage, type KernelImage, type PlacedImage } from '../memory/kernel-image.js';
import { memmapPages, nodesOf, type MemoryOption } from '../memory/memory-map.js';
import { cmaArea, cmaLine, isOfOneZone, limitMemory, withMovable } from './memory-parameters.js';

interface MemoryPlanOptions {
  readonly memory: MemoryOption;
  readonly reserved?: readonly FrameRange[] | undefined;
  readonly cma?: readonly FrameRange[] | undefined;
  readonly image?: boolean | KernelImage | undefined;
}

export interface MemoryPlan {
  readonly nodes: readonly NodeOptions[];
  /** Frames that the allocator does not get, but for the struct pages. */
  readonly taken: readonly FrameRange[];
  readonly cma: readonly FrameRange[];
  /** An area that `cma=` sets aside lies in more than one zone. */
  readonly cmaNotActivated: boolean;
  readonly image: KernelImage | null;
  readonly placed: PlacedImage | null;
  /** Pages of the struct pages. */
  readonly memmapPages: number;
  readonly directMap: DirectMap;
}

/**
 * Logs what it finds, up to the ranges of the zones.
 *
 * @throws TypeError if both image and reserved frames are given
 */
export function planMemory(
  options: MemoryPlanOptions,
  kernel: Kernel,
  cmdline: CommandLine,
  cpus: number,
  print: (line: string) => void,
): MemoryPlan {
  const modern = !isBefore(kernel.era, '6.12');
  const whole = nodesOf(options.memory);
  lines.banner(print, kernel.release, cmdline.text, whole);
  const limited = limitMemory(whole, cmdline, print);
  if (limited !== whole) lines.ramMap(print, 'user', limited);
  const image = imageOf(options, kernel);
  const placed = image && placeImage(limited, image, cpus);
  const taken = options.reserved ?? placed?.reserved ?? [];
  const ownCma = options.cma ? null : cmaArea(limited, taken, cmdline, print, modern);
  const reserved = ownCma ? [ownCma] : (options.cma ?? []);
  for (const area of reserved) print(cmaLine(area, modern));
  const nodes = withMovable(limited, cmdline, print);
  const cmaNotActivated = ownCma !== null && !isOfOneZone(nodes, ownCma);
  lines.zoneRanges(print, nodes);
  const ranges = limited.flatMap((node) => node.ranges);
  const mapped = directMap(ranges, taken, cmdline.value('nogbpages') === undefined);
  return {
    ...{ nodes, taken, cmaNotActivated, image, placed },
    cma: cmaNotActivated ? [] : reserved,
    memmapPages: options.reserved ? 0 : nodes.reduce((pages, node) => pages + memmapPages(node), 0),
    directMap: splitMap(mapped, image?.splits ?? 0),
  };
}

function imageOf({ image = false, reserved }: MemoryPlanOptions, kernel: Kernel): KernelImage | null {
  if (image === false) return null;
  if (reserved !== undefined)
    throw new TypeError('a machine has an image or frames that are reserved, not both');
  if (image !== true && (typeof image !== 'object' || image === null))
    throw new TypeError(`image is true, false or sizes, got ${String(image)}`);
  return image === true ? KERNEL_IMAGES[kernel.allocator] : image;
}

/** When the sections of the image are protected, so many large pages become small ones. */
function splitMap(map: DirectMap, splits: number): DirectMap {
  const pages = Math.min(splits * PAGEBLOCK_PAGES, map.pages2m);
  return { ...map, pages4k: map.pages4k + pages, pages2m: map.pages2m - pages };
}
