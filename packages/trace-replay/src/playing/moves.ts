import { NO_FLAGS } from '../tables/live-table.js';
import type { TextId } from '../tables/text-table.js';
import { EVENT_REF_FREEZE, EVENT_REF_MOD, EVENT_REF_SET, EVENT_REF_TEST } from '../tables/trace-event.js';
import { EVENT_REF_UNFREEZE } from '../tables/trace-event.js';
import type { TraceEvent } from '../tables/trace-event.js';

/** Number of a reason for migration; 0 is that of pages that were not moved. */
type ReasonId = number;
export const NOT_MOVED: ReasonId = 0;
const NO_REASON: ReasonId = 1;
export const COMPACTION: ReasonId = 2;
const MOST_REASONS = 255;

/** Number of a task that moves pages: its pid, but of idle tasks, which all have pid 0, that of its cpu below 0. */
export type MoverId = number;
const NOBODY: MoverId = Number.NaN;

export function moverOf({ pid, cpu }: Pick<TraceEvent, 'pid' | 'cpu'>): MoverId {
  return pid === 0 ? -1 - cpu : pid;
}

/** The cpu of an idle task; undefined: it is another one. */
export function idleCpuOf(mover: MoverId): number | undefined {
  return mover < 0 ? -1 - mover : undefined;
}

/** No page. */
export const NOWHERE = -1;
/** A batch of migrations is not larger, a huge page's worth of blocks; where none ends, no more are kept. */
const MOST_ARRIVED = 1 << 12;
/**
 * Pages whose content is elsewhere and which are not freed yet: one for each task that migrates, unless someone holds a
 * reference.
 */
const MOST_GOING = 64;

/** A page that got its first reference, and has no `mm_page_alloc` since. */
interface Taken {
  by: MoverId;
  flags: TextId;
}

/** What a task did last with references of pages. */
interface Steps {
  /** The page of its last event, and the mapping that had. */
  last: number;
  mapping: number;
  /** The page that it froze in its last events, and the one that got references since; NOWHERE: there is none. */
  frozen: number;
  replaced: number;
  /** Where pages arrived since the last batch of migrations ended. */
  readonly arrived: number[];
}

/** What else is known of pages. */
interface PageFacts {
  /** Whether the page at `pfn` is the first of a block that this task has allocated. */
  isAllocatedBy(pfn: number, by: MoverId): boolean;
  /** Whether these flags are those of a page on an LRU list. */
  isOnLru(flags: TextId): boolean;
}

/**
 * Where the content of pages goes, as events of page_ref tell it. Two runs of events of one task show it, with nothing of
 * that task between them:
 *
 * ```
 *   page_ref_freeze old ret=1, page_ref_mod new, page_ref_unfreeze old
 *       interrupts are off: the old page's place in the page cache is the new one's now
 *   page_ref_mod or _mod_and_test new, page_ref_mod_and_test old ret=1
 *       the last reference of the old page, of the same mapping, and on no LRU list as it was isolated: anonymous memory
 * ```
 *
 * Then `mm_page_free old`. The new page is one that the task has taken: with `mm_page_alloc` or, for compaction, without.
 * Where an interrupt or a lost event comes between, nothing is followed.
 */
export class Moves {
  /** Names of reasons by number; undefined: not known. */
  readonly reasons: (string | undefined)[] = [undefined, undefined, 'compaction'];
  readonly #facts: PageFacts;
  readonly #taken = new Map<number, Taken>();
  readonly #spare: Taken[] = [];
  /** Pages whose content is elsewhere, and where. */
  readonly #going = new Map<number, number>();
  readonly #steps = new Map<MoverId, Steps>();
  /** The page in use that got a first reference last, and its flags then. */
  #again = NOWHERE;
  #againFlags: TextId = NO_FLAGS;
  /** The task of the last event. */
  #mover = NOBODY;
  #own!: Steps;

  constructor(facts: PageFacts) {
    this.#facts = facts;
  }

  /** Blocks in use that were taken without `mm_page_alloc`. */
  get taken(): number {
    return this.#taken.size;
  }

  /** Whether `pfn` was taken without `mm_page_alloc`. */
  isTaken(pfn: number): boolean {
    return this.#taken.has(pfn);
  }

  /** An event of page_ref; `isLive`: the page is known to be allocated. */
  reference(event: TraceEvent, isLive: boolean): void {
    const { kind, pfn, flags, mapping, val, ret } = event;
    const mover = moverOf(event);
    if (kind === EVENT_REF_SET) {
      this.#stay(pfn);
      if (isLive) {
        // Linux 6.14 (unsure) and later give the first reference after `mm_page_alloc`; earlier ones then allocate the page
        // anew.
        this.#again = pfn;
        this.#againFlags = flags;
      } else if (val > 0) this.#take(pfn, mover);
      else this.#giveBack(pfn);
    }
    const taken = this.#taken.get(pfn);
    if (taken) taken.flags = flags;
    const own = this.#stepsOf(mover);
    const { last, frozen, replaced } = own;
    own.frozen = own.replaced = NOWHERE;
    if (kind === EVENT_REF_FREEZE && ret === 1) own.frozen = pfn;
    else if (kind === EVENT_REF_MOD && frozen !== NOWHERE && replaced === NOWHERE) {
      own.frozen = frozen;
      own.replaced = pfn;
    } else if (kind === EVENT_REF_UNFREEZE && pfn === frozen) {
      if (this.#isTakenBy(replaced, mover)) this.#go(pfn, replaced);
    } else if (kind === EVENT_REF_TEST && ret === 1 && last !== pfn && !this.#going.has(pfn)) {
      const isSame = mapping !== 0 && mapping === own.mapping;
      if (isSame && !this.#facts.isOnLru(flags) && this.#isTakenBy(last, mover)) this.#go(pfn, last);
    }
    own.last = pfn;
    own.mapping = mapping;
  }

  /** `mm_page_alloc` tells of the page at `pfn`: the flags that it had just before; NO_FLAGS if that is not known. */
  allocated(pfn: number): TextId {
    if (this.#steps.size === 0) return NO_FLAGS;
    this.#stay(pfn);
    if (pfn !== this.#again) return this.#giveBack(pfn);
    this.#again = NOWHERE;
    return this.#againFlags;
  }

  /** The page at `pfn` is freed: where its content has gone, or NOWHERE. */
  freed(pfn: number): number {
    if (this.#steps.size === 0) return NOWHERE;
    const to = this.#going.get(pfn) ?? NOWHERE;
    this.#stay(pfn);
    this.#giveBack(pfn);
    if (pfn === this.#again) this.#again = NOWHERE;
    return to;
  }

  /**
   * What a task moved is now at `pfn`: the flags of that page if it was taken for it, and the reason as far as it is known.
   */
  arrived(pfn: number, mover: MoverId): { flags: TextId; reason: ReasonId } {
    const { arrived } = this.#stepsOf(mover);
    if (arrived.length === MOST_ARRIVED) arrived.length = 0;
    arrived.push(pfn);
    // Nobody but compaction takes pages without an event of kmem to move others there.
    const reason = this.isTaken(pfn) ? COMPACTION : NO_REASON;
    return { flags: this.#giveBack(pfn), reason };
  }

  /** A batch of migrations of a task has ended: the number of its reason, and where pages have arrived in it. */
  ended(mover: MoverId, reason: string): { reason: ReasonId; pfns: readonly number[] } {
    const pfns = this.#steps.get(mover)?.arrived.splice(0) ?? [];
    let id = this.reasons.indexOf(reason, NO_REASON);
    if (id < 0) id = this.reasons.length < MOST_REASONS ? this.reasons.push(reason) - 1 : NO_REASON;
    return { reason: id, pfns };
  }

  /** Events were lost. */
  forget(): void {
    this.#taken.clear();
    this.#going.clear();
    this.#steps.clear();
    this.#again = NOWHERE;
    this.#mover = NOBODY;
  }

  #isTakenBy(pfn: number, by: MoverId): boolean {
    const taken = this.#taken.get(pfn);
    return pfn !== NOWHERE && (taken ? taken.by === by : this.#facts.isAllocatedBy(pfn, by));
  }

  #take(pfn: number, by: MoverId): void {
    const taken = this.#taken.get(pfn) ?? this.#spare.pop() ?? { by, flags: NO_FLAGS };
    taken.by = by;
    this.#taken.set(pfn, taken);
  }

  #giveBack(pfn: number): TextId {
    const taken = this.#taken.get(pfn);
    if (taken === undefined) return NO_FLAGS;
    this.#taken.delete(pfn);
    this.#spare.push(taken);
    return taken.flags;
  }

  #go(from: number, to: number): void {
    if (this.#going.size === MOST_GOING) this.#going.clear();
    this.#going.set(from, to);
  }

  /** The page at `pfn` is another one now: what went from it or to it has not. */
  #stay(pfn: number): void {
    for (const [from, to] of this.#going) if (from === pfn || to === pfn) this.#going.delete(from);
  }

  #stepsOf(mover: MoverId): Steps {
    if (mover === this.#mover) return this.#own;
    let own = this.#steps.get(mover);
    if (own === undefined) {
      own = { last: NOWHERE, mapping: 0, frozen: NOWHERE, replaced: NOWHERE, arrived: [] };
      this.#steps.set(mover, own);
    }
    this.#mover = mover;
    this.#own = own;
    return own;
  }
}
