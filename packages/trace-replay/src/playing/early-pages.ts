/**
 * Early pages that lie on lists of a zone. When page_owner wakes it takes all pages that are on no such list for allocated
 * (`init_pages_in_zone`), those of per-cpu lists as well. Its record of one stays until someone is given the page or frees
 * it; the dump only leaves it out while the page lies on a list of the zone.
 */
export class EarlyPages {
  /** By page: the row of the baseline. */
  readonly #rows = new Map<number, number>();

  /** The page at `pfn` goes to a list of its zone. */
  put(pfn: number, row: number): void {
    this.#rows.set(pfn, row);
  }

  /** The 2^`order` pages at `pfn` are given out, or freed by who was given them: their records are gone. */
  forget(pfn: number, order: number): void {
    if (this.#rows.size === 0) return;
    for (const end = pfn + (1 << order); pfn < end; pfn++) this.#rows.delete(pfn);
  }

  /** The 2^`order` pages at `pfn` leave the lists of their zone; `back` gets those that have records. */
  take(pfn: number, order: number, back: (pfn: number, row: number) => void): void {
    if (this.#rows.size === 0) return;
    for (const end = pfn + (1 << order); pfn < end; pfn++) {
      const row = this.#rows.get(pfn);
      if (row === undefined) continue;
      this.#rows.delete(pfn);
      back(pfn, row);
    }
  }
}
