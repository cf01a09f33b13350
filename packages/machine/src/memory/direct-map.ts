/**
 * The direct map of x86-64: with pages of which size a kernel maps all memory at its boot. Source: arch/x86/mm/init.c of 6.1
 * and 6.12; /proc/meminfo of 16 boots with 512 MiB to 4 GiB.
 *
 * ```
 *    0     1 MiB                                                  end of memory
 *    +------+--------------------------+-----------+------+---------+
 *    |  1   |  4, in one step          |  ... 4    |  3   | 2  | 5  |   mapped in this order: tables for the next
 *    +------+--------------------------+-----------+------+---------+   step lie in what is mapped by then
 * ```
 *
 * 2 is the highest free block of 2 MiB, steps grow by 256 as soon as as much is mapped, 5 is what lies above 2.
 */
import type { FrameRange } from '@page-owner/buddy-allocator';
import { without } from './memory-map.js';

/** In pages of 4 KiB. */
export interface DirectMap {
  /** Mapped in pages of 4 KiB. */
  readonly pages4k: number;
  /** Mapped in pages of 2 MiB. */
  readonly pages2m: number;
  /** Mapped in pages of 1 GiB. */
  readonly pages1g: number;
}

const MIB = 256;
const PAGES_2M = 2 * MIB;
const PAGES_1G = 1024 * MIB;
const STEP_GROWTH = 256;

const up = (pfn: number, unit: number): number => Math.ceil(pfn / unit) * unit;
const down = (pfn: number, unit: number): number => Math.floor(pfn / unit) * unit;

/**
 * @param memory frames that exist
 * @param taken frames that are in use before anything is mapped
 * @param huge whether the processor knows pages of 1 GiB
 */
export function directMap(
  memory: readonly FrameRange[],
  taken: readonly FrameRange[],
  huge: boolean,
): DirectMap {
  const ranges = merged(memory);
  const end = ranges.at(-1)!.end;
  const map = new MapCounter(ranges, huge);
  map.add(0, MIB);
  // Without a free block of 2 MiB it is done in one step.
  const block = highestBlock(without(ranges, taken));
  const top = block === undefined ? end : block + PAGES_2M;
  let step = block === undefined ? Infinity : PAGES_2M;
  let done = 0;
  for (let last = top; last > MIB;) {
    const start = last > step ? Math.max(down(last - 1, step), MIB) : MIB;
    done += map.addMemory(start, last);
    last = start;
    if (done >= step) step *= STEP_GROWTH;
  }
  map.addMemory(top, end);
  return { pages4k: map.pages4k, pages2m: map.pages2m, pages1g: map.pages1g };
}

function merged(memory: readonly FrameRange[]): FrameRange[] {
  const ranges: { start: number; end: number }[] = [];
  for (const { start, end } of [...memory].sort((a, b) => a.start - b.start)) {
    const before = ranges.at(-1);
    if (before?.end === start) before.end = end;
    else ranges.push({ start, end });
  }
  return ranges;
}

/** The highest 2 MiB that are free; undefined if there are none above the first MiB. */
function highestBlock(free: readonly FrameRange[]): number | undefined {
  const starts = free
    .map(({ start, end }) => [Math.max(start, MIB), down(end, PAGES_2M) - PAGES_2M] as const)
    .filter(([start, block]) => block >= start)
    .map(([, block]) => block);
  return starts.length === 0 ? undefined : Math.max(...starts);
}

/** Adds up what steps map. What is mapped with large pages is counted again when a step comes across it. */
class MapCounter {
  pages4k = 0;
  pages2m = 0;
  pages1g = 0;
  readonly #memory: readonly FrameRange[];
  readonly #huge: boolean;

  constructor(memory: readonly FrameRange[], huge: boolean) {
    this.#memory = memory;
    this.#huge = huge;
  }

  /** Maps the memory between two frames; returns how many pages that are. */
  addMemory(from: number, to: number): number {
    let pages = 0;
    for (const { start, end } of this.#memory) {
      const [first, last] = [Math.max(start, from), Math.min(end, to)];
      if (first >= last) continue;
      this.add(first, last);
      pages += last - first;
    }
    return pages;
  }

  /**
   * Maps a range: up to 2 MiB with small pages, then up to 1 GiB with those of 2 MiB, and so on; a part gets larger pages
   * where all around it is memory, too.
   */
  add(start: number, end: number): void {
    const parts: { start: number; end: number; size: number }[] = [];
    let at = start;
    const part = (to: number, unit: number): void => {
      if (to <= at) return;
      const size = this.#sizeOf(at, to, unit);
      const before = parts.at(-1);
      if (before?.size === size) before.end = to;
      else parts.push({ start: at, end: to, size });
      at = to;
    };
    part(Math.min(up(at, PAGES_2M), end), 1);
    if (this.#huge) {
      part(Math.min(up(at, PAGES_1G), down(end, PAGES_2M)), PAGES_2M);
      part(down(end, PAGES_1G), PAGES_1G);
    }
    part(down(end, PAGES_2M), PAGES_2M);
    part(end, 1);
    for (const { start, end, size } of parts) {
      const pages = up(end, size) - down(start, size);
      if (size === PAGES_1G) this.pages1g += pages;
      else if (size === PAGES_2M) this.pages2m += pages;
      else this.pages4k += pages;
    }
  }

  #sizeOf(start: number, end: number, unit: number): number {
    if (this.#huge && this.#isMemoryAround(start, end, PAGES_1G)) return PAGES_1G;
    return this.#isMemoryAround(start, end, PAGES_2M) ? PAGES_2M : unit;
  }

  #isMemoryAround(start: number, end: number, unit: number): boolean {
    return this.#memory.some((range) => range.start <= down(start, unit) && range.end >= up(end, unit));
  }
}
