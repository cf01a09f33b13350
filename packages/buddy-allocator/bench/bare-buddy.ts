/**
 * The limit: a buddy loop over typed arrays and nothing else. One zone, one type, no watermarks, no lists per cpu, no
 * hooks, and it believes whatever it is told.
 */
const MAX_ORDER = 10;
const FREE = 0x80;

export class BareBuddy {
  readonly #links: Int32Array;
  readonly #state: Uint8Array;
  readonly #heads: number;
  #nonEmpty = 0;

  constructor(frames: number) {
    this.#heads = frames;
    this.#links = new Int32Array((frames + MAX_ORDER + 1) * 2);
    this.#state = new Uint8Array(frames);
    for (let order = 0; order <= MAX_ORDER; order++) {
      const head = (frames + order) * 2;
      this.#links[head] = head;
      this.#links[head + 1] = head;
    }
    for (let pfn = 0; pfn < frames; pfn += 1 << MAX_ORDER) this.#insert(pfn, MAX_ORDER);
  }

  #insert(pfn: number, order: number): void {
    const links = this.#links;
    const head = (this.#heads + order) * 2;
    const at = pfn * 2;
    const first = links[head]!;
    links[at] = first;
    links[at + 1] = head;
    links[first + 1] = at;
    links[head] = at;
    this.#nonEmpty |= 1 << order;
    this.#state[pfn] = FREE | order;
  }

  #remove(pfn: number, order: number): void {
    const links = this.#links;
    const next = links[pfn * 2]!;
    const prev = links[pfn * 2 + 1]!;
    links[prev] = next;
    links[next + 1] = prev;
    if (next === prev) this.#nonEmpty &= ~(1 << order);
    this.#state[pfn] = 0;
  }

  alloc(order: number): number {
    const orders = this.#nonEmpty >> order;
    if (orders === 0) return -1;
    let found = order + 31 - Math.clz32(orders & -orders);
    const pfn = this.#links[(this.#heads + found) * 2]! >> 1;
    this.#remove(pfn, found);
    while (found > order) this.#insert(pfn + (1 << --found), found);
    return pfn;
  }

  free(freed: number, freedOrder: number): void {
    let pfn = freed;
    let order = freedOrder;
    while (order < MAX_ORDER) {
      const buddy = pfn ^ (1 << order);
      if (this.#state[buddy] !== (FREE | order)) break;
      this.#remove(buddy, order);
      pfn &= buddy;
      order++;
    }
    this.#insert(pfn, order);
  }
}
