/**
 * Hooks belong to a thread, a shared allocator to many. So that a tracker knows what it does not know, threads without hooks
 * mark the blocks they take as soon as any thread has hooks, in the link that a block in use does not need:
 *
 * ```
 *   link of a head:   free      word of the next, word of the one before       both positive
 *                     in use    UNTOLD (-1), or anything else: its owner was told
 * ```
 */
import { H_HOOKED, H_UNHOOKED } from './layout/header-layout.js';
import type { PageHooks } from './hooks.js';
import { LINK_WORDS } from './layout/list-heads.js';
import type { Pfn } from './limits.js';
import type { Lock } from './lock.js';
import { linkOf, OBSERVED_BY_HOOKS, OBSERVED_BY_TRACER, type Memory } from './memory.js';

const UNTOLD = -1;
const TOLD = 0;

/** The hooks of one thread of a shared allocator; `own` is what the thread has set. */
export class SharedHooks implements PageHooks {
  readonly #m: Memory;
  readonly own: PageHooks | null;

  constructor(m: Memory, own: PageHooks | null) {
    this.#m = m;
    this.own = own;
  }

  allocated(pfn: Pfn, order: number, gfp: number): void {
    this.#mark(pfn, this.own === null ? UNTOLD : TOLD);
    if (this.own === null) this.#miss();
    else this.own.allocated(pfn, order, gfp);
  }

  freed(pfn: Pfn, order: number): void {
    if (this.own === null) this.#miss();
    else this.own.freed(pfn, order);
  }

  split(pfn: Pfn, oldOrder: number, newOrder: number): void {
    const mark = this.own === null || isUntold(this.#m, pfn) ? UNTOLD : TOLD;
    for (let piece = pfn; piece < pfn + (1 << oldOrder); piece += 1 << newOrder) this.#mark(piece, mark);
    if (this.own === null) this.#miss();
    else this.own.split(pfn, oldOrder, newOrder);
  }

  migrated(newPfn: Pfn, oldPfn: Pfn, order: number, reason: number): void {
    if (isUntold(this.#m, oldPfn)) this.#mark(newPfn, UNTOLD);
    if (this.own === null) this.#miss();
    else this.own.migrated(newPfn, oldPfn, order, reason);
  }

  #mark(pfn: Pfn, mark: number): void {
    this.#m.words[linkOf(this.#m, pfn)] = mark;
  }

  #miss(): void {
    this.#m.words[H_UNHOOKED]!++;
  }
}

/** Whether this head of a block in use has a mark. */
export const isUntold = (m: Memory, head: Pfn): boolean => m.words[linkOf(m, head)] === UNTOLD;

/** Takes all marks out of the links, or out of a copy of them. */
export function forgetUntold({ links, frames }: Memory, words: Int32Array): void {
  for (let at = links; at < links + frames.length * LINK_WORDS; at += LINK_WORDS) {
    if (words[at] === UNTOLD) words[at] = TOLD;
  }
}

/** The hooks that a thread sets, as its allocator has to call them. Of a shared allocator: with the lock held. */
export function hooksFor(m: Memory, own: PageHooks | null): PageHooks | null {
  if (m.lock === null) return own;
  if (own !== null) m.words[H_HOOKED] = 1;
  return m.words[H_HOOKED] === 0 ? null : new SharedHooks(m, own);
}

/** What the thread has set. */
export const ownHooks = (hooks: PageHooks | null): PageHooks | null =>
  hooks instanceof SharedHooks ? hooks.own : hooks;

/** Takes the lock for this thread; another one may have set hooks since it had it last. */
export function enter(m: Memory, lock: Lock): void {
  lock.acquire();
  if (m.hooks !== null || m.words[H_HOOKED] === 0) return;
  m.hooks = hooksFor(m, null);
  observe(m);
}

/** To be called when hooks or tracer have changed. */
export function observe(m: Memory): void {
  m.observed = (m.hooks === null ? 0 : OBSERVED_BY_HOOKS) | (m.tracer === null ? 0 : OBSERVED_BY_TRACER);
}
