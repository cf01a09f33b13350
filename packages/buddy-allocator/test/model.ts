/**
 * A buddy allocator as slow and obvious as it can be: an array of blocks per order, front is the head of the list.
 * One zone, one migratetype.
 */
export class ModelBuddy {
  readonly lists: number[][] = Array.from({ length: 11 }, () => []);
  readonly #frames: number;

  constructor(frames: number) {
    this.#frames = frames;
    for (let pfn = 0; pfn < frames;) {
      let order = 10;
      while (pfn % 2 ** order !== 0 || pfn + 2 ** order > frames) order--;
      this.lists[order]!.push(pfn);
      pfn += 2 ** order;
    }
  }

  alloc(order: number): number {
    const found = this.lists.findIndex((list, o) => o >= order && list.length > 0);
    if (found < 0) return -1;
    const pfn = this.lists[found]!.shift()!;
    for (let o = found - 1; o >= order; o--) this.lists[o]!.unshift(pfn + 2 ** o);
    return pfn;
  }

  free(pfn: number, order: number): void {
    const buddy = Math.floor(pfn / 2 ** order) % 2 === 0 ? pfn + 2 ** order : pfn - 2 ** order;
    const at = order < 10 ? this.lists[order]!.indexOf(buddy) : -1;
    if (at >= 0) {
      this.lists[order]!.splice(at, 1);
      this.free(Math.min(pfn, buddy), order + 1);
      return;
    }
    const size = 2 ** (order + 1);
    const parent = Math.floor(pfn / size) * size;
    const uncle = Math.floor(parent / size) % 2 === 0 ? parent + size : parent - size;
    const likely = order < 9 && this.lists[order + 1]!.includes(uncle);
    if (likely) this.lists[order]!.push(pfn);
    else this.lists[order]!.unshift(pfn);
  }

  get freePages(): number {
    return this.lists.reduce((sum, list, order) => sum + list.length * 2 ** order, 0);
  }
  get frames(): number {
    return this.#frames;
  }
}
