/** A tracker so simple that it is right: an object per frame in a Map, and stacks by their numbers. */

export interface Kernel {
  /** Each frame of a block has a record; records outlive the free. */
  readonly block: boolean;
  /** Migration copies all frames and swaps stacks. */
  readonly swaps: boolean;
  readonly migrates: boolean;
  readonly freeTs: boolean;
  readonly freeIds: 'none' | 'current' | 'old';
  readonly perFrameClock: boolean;
}

export interface Owner {
  owned: boolean;
  allocated: boolean;
  order: number;
  gfp: number;
  reason: number;
  stack: number;
  freeStack: number;
  ts: bigint;
  freeTs: bigint;
  pid: number;
  tgid: number;
  freePid: number;
  freeTgid: number;
}

export const NO_OWNER: Owner = {
  owned: false,
  allocated: false,
  order: 0,
  gfp: 0,
  reason: 0,
  stack: -1,
  freeStack: -1,
  ts: 0n,
  freeTs: 0n,
  pid: 0,
  tgid: 0,
  freePid: 0,
  freeTgid: 0,
};

export class Model {
  readonly owners = new Map<number, Owner>();
  now = 0n;
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  of(pfn: number): Owner {
    let owner = this.owners.get(pfn);
    if (owner === undefined) this.owners.set(pfn, (owner = { ...NO_OWNER }));
    return owner;
  }

  allocated(pfn: number, order: number, gfp: number, stack: number, pid: number, tgid: number): void {
    let ts = ++this.now;
    for (let i = 0; i < (this.#kernel.block ? 2 ** order : 1); i++) {
      if (this.#kernel.perFrameClock) ts = ++this.now;
      Object.assign(this.of(pfn + i), {
        ...{ owned: true, allocated: true, order, gfp, reason: -1, stack, ts, pid, tgid },
      });
    }
  }

  freed(pfn: number, order: number, stack: number, pid: number, tgid: number): void {
    if (this.#kernel.block) this.now++;
    for (let i = 0; i < 2 ** order; i++) {
      const owner = this.of(pfn + i);
      owner.allocated = false;
      if (!this.#kernel.block) owner.owned = false;
      else {
        owner.freeStack = stack;
        if (this.#kernel.freeTs) owner.freeTs = this.now;
        if (this.#kernel.freeIds !== 'none') Object.assign(owner, { freePid: pid, freeTgid: tgid });
      }
    }
  }

  split(pfn: number, oldOrder: number, newOrder: number): void {
    if (this.#kernel.block) {
      for (let i = 0; i < 2 ** oldOrder; i++) this.of(pfn + i).order = newOrder;
      return;
    }
    const head = this.of(pfn);
    head.order = newOrder;
    const { order, gfp, reason, stack } = head;
    for (let i = 2 ** newOrder; i < 2 ** oldOrder; i += 2 ** newOrder) {
      Object.assign(this.of(pfn + i), { order, gfp, reason, stack, owned: true, allocated: true });
    }
  }

  migrated(newPfn: number, oldPfn: number, reason: number, pid: number, tgid: number): void {
    if (!this.#kernel.migrates) return;
    const old = { ...this.of(oldPfn) };
    const { order, gfp, stack, ts } = old;
    const newStack = this.of(newPfn).stack;
    const copied = { order, gfp, stack, ts, pid: old.pid, tgid: old.tgid, reason: old.reason };
    for (let i = 0; i < (this.#kernel.swaps ? 2 ** order : 1); i++) {
      const owner = this.of(newPfn + i);
      Object.assign(owner, { ...copied, owned: true, allocated: true });
      if (this.#kernel.freeTs) owner.freeTs = this.#kernel.swaps ? old.freeTs : ts;
      if (!this.#kernel.swaps) continue;
      Object.assign(
        owner,
        this.#kernel.freeIds === 'old'
          ? { freePid: old.freePid, freeTgid: old.freeTgid }
          : { freePid: pid, freeTgid: tgid },
      );
      this.of(oldPfn + i).stack = newStack;
    }
    this.of(newPfn).reason = reason;
  }
}
