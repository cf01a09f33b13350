/** What one would write in an afternoon instead: an object per page, its stack as text made of the frames. */
import type { PageHooks } from '../src/index.js';

interface Owner {
  order: number;
  gfp: number;
  stack: string;
  pid: number;
  comm: string;
  time: number;
}

export class MapTracker implements PageHooks {
  readonly owners = new Map<number, Owner>();
  readonly #stack: () => Uint32Array;
  #time = 0;

  constructor(stack: () => Uint32Array) {
    this.#stack = stack;
  }

  allocated(pfn: number, order: number, gfp: number): void {
    const stack = this.#stack().join();
    const time = ++this.#time;
    for (let i = 0; i < 2 ** order; i++) {
      this.owners.set(pfn + i, { order, gfp, stack, pid: 812, comm: 'dd', time });
    }
  }
  freed(pfn: number, order: number): void {
    for (let i = 0; i < 2 ** order; i++) this.owners.delete(pfn + i);
  }
  split(pfn: number, oldOrder: number, newOrder: number): void {
    for (let i = 0; i < 2 ** oldOrder; i++) this.owners.get(pfn + i)!.order = newOrder;
  }
  migrated(newPfn: number, oldPfn: number, order: number): void {
    for (let i = 0; i < 2 ** order; i++) this.owners.set(newPfn + i, this.owners.get(oldPfn + i)!);
  }
}
