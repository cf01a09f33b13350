import { UNKNOWN } from '../indices.js';
import type { FunctionIndex, StackIndex } from '../indices.js';
import { CMA, MIGRATETYPES, MOVABLE } from '../facts/page-facts.js';
import type { Pageblocks } from '../tables/pageblocks.js';
import type { Profile } from '../tables/profile.js';

/** How many pageblocks are mixed in a zone, by type as the kernel prints them. */
export interface MixedCount {
  /** NUMA node. */
  readonly node: number;
  /** Zone index. */
  readonly zone: number;
  /** By index of MIGRATETYPES. */
  readonly count: readonly number[];
}

/**
 * Mixed pageblocks, counted as the kernel does for the last table of /proc/pagetypeinfo
 * (pagetypeinfo_showmixedcount_print() in mm/page_owner.c): a block is mixed as soon as one allocated page in it was
 * asked for with another migratetype than the block has, and is counted under the block's type, a CMA block under
 * Movable. No request has the type CMA, so a CMA block is mixed as soon as anything is allocated in it.
 */
export function mixedCounts(blocks: Pageblocks): MixedCount[] {
  const counts = new Map<string, { node: number; zone: number; count: number[] }>();
  for (let row = 0; row < blocks.length; row++) {
    const node = blocks.node[row]!;
    const zone = blocks.zone[row]!;
    const key = `${node} ${zone}`;
    let entry = counts.get(key);
    if (!entry) counts.set(key, (entry = { node, zone, count: MIGRATETYPES.map(() => 0) }));
    const type = blocks.mixedType[row]!;
    if (type !== UNKNOWN) entry.count[type]!++;
  }
  return [...counts.values()].sort((a, b) => a.node - b.node || a.zone - b.zone);
}

/** Some pageblocks with pages that cannot be moved. */
export interface BlockedPages {
  /** How many blocks. */
  readonly blocks: number;
  /** Base pages in them that cannot be moved. */
  readonly pages: number;
  /** The rest of these blocks: base pages that cannot be part of a huge page because of `pages`. */
  readonly deniedPages: number;
}

/** Who stops huge pages from forming. */
export interface Fragmentation {
  /** All blocks in which a page cannot be moved. */
  readonly all: BlockedPages;
  /** Of these, those in which all such pages have one owner. */
  readonly sole: BlockedPages;
  /** The others: such pages have several owners. */
  readonly shared: BlockedPages;
  /** All owners of such pages that `select` lets through, those with the most `deniedPages` first. */
  readonly blockers: readonly Blocker[];
}

/**
 * What an owner does to pageblocks. In `deniedPages` the denied pages of each of its blocks are shared out among all who
 * have pages there that cannot be moved, in proportion to these pages. Shares are rounded to whole pages at the end, so that
 * those of all owners together are exactly `all.deniedPages`; each is less than a page from its exact value.
 */
export interface Blocker extends BlockedPages {
  /** The stack; by owner, the one with the most pages among those that count together and are selected. */
  readonly stack: StackIndex;
  /** Function of its owner frame; -1 where a record has no stack. */
  readonly owner: FunctionIndex;
  /** Of its blocks, those of type Movable or CMA, where such pages do not belong. */
  readonly movableBlocks: number;
  /** Of its blocks, those in which nobody else has such pages: without it compaction could empty them. */
  readonly soleBlocks: number;
  /** Its pages in these that cannot be moved. */
  readonly solePages: number;
  /** The rest of these: what would become free for huge pages if it went, and nobody else. */
  readonly soleDeniedPages: number;
}

/** What counts together, and whose rows are asked for. */
export interface FragmentationOptions {
  /**
   * What is an owner: a stack, or the function of the owner frame, whatever the stacks behind it; the default is `owner`.
   */
  readonly by?: 'stack' | 'owner' | undefined;
  /** Whose rows are asked for, by stack; pages of others still count in their blocks. The default is all. */
  readonly select?: ((stack: StackIndex) => boolean) | undefined;
}

/**
 * Who stops huge pages from forming: the owners of pages that cannot be moved, those first that deny the most pages to huge
 * pages. A block that is full of such pages is in use and denies none; a few pages in each of many blocks deny many.
 *
 * Whether a page can be moved is told by its mask and flags: asked for as movable, or on the LRU. Pins (long-term GUP)
 * do not show in a dump, nor do reserved pages, so a block can be held by more than its owners.
 *
 * @throws RangeError when the profile has no pageblocks
 */
export function fragmentation(
  profile: Profile,
  { by = 'owner', select = () => true }: FragmentationOptions = {},
): Fragmentation {
  const { pageblocks, stacks, frames } = profile;
  if (!pageblocks) throw new RangeError('fragmentation needs pageblocks, and the profile has none');
  const { fixed, fixedPages } = pageblocks;
  const blockPages = pageblocks.order < 0 ? 0 : 2 ** pageblocks.order;
  const functionOf = (stack: StackIndex) => frames.function[stacks.frame[stacks.owner[stack]!]!] ?? UNKNOWN;
  const [all, sole, shared] = [nothing(), nothing(), nothing()];
  const drafts = new Map<number, Draft>();
  const draftOf = (stack: StackIndex): Draft => {
    const owner = functionOf(stack);
    const key = by === 'stack' ? stack : owner;
    let draft = drafts.get(key);
    if (!draft) drafts.set(key, (draft = newDraft(owner)));
    return draft;
  };
  for (let block = 0; block < pageblocks.length; block++) {
    const whole = fixedPages[block]!;
    if (!whole) continue;
    const denied = Math.max(0, blockPages - whole);
    const type = pageblocks.type[block]!;
    const movable = type === MOVABLE || type === CMA ? 1 : 0;
    const owners = new Set<Draft>();
    for (let row = fixed.start[block]!; row < fixed.start[block + 1]!; row++) {
      const draft = draftOf(fixed.stack[row]!);
      const pages = fixed.pages[row]!;
      owners.add(draft);
      draft.pages += pages;
      draft.share += (denied * pages) / whole;
      draft.ofStack.set(fixed.stack[row]!, (draft.ofStack.get(fixed.stack[row]!) ?? 0) + pages);
    }
    for (const draft of owners) {
      draft.blocks++;
      draft.movableBlocks += movable;
      if (owners.size > 1) continue;
      draft.soleBlocks++;
      draft.solePages += whole;
      draft.soleDeniedPages += denied;
    }
    for (const sum of [all, owners.size > 1 ? shared : sole]) {
      sum.blocks++;
      sum.pages += whole;
      sum.deniedPages += denied;
    }
  }
  const rows = [...drafts.values()];
  roundShares(rows, all.deniedPages);
  return { all, sole, shared, blockers: rows.flatMap((row) => blockerOf(row, select)).sort(byDenied) };
}

const nothing = () => ({ blocks: 0, pages: 0, deniedPages: 0 });

interface Draft extends Mutable<Omit<Blocker, 'stack'>> {
  /** `deniedPages`, not rounded. */
  share: number;
  /** Its pages, by stack. */
  readonly ofStack: Map<StackIndex, number>;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

function newDraft(owner: FunctionIndex): Draft {
  const counts = { movableBlocks: 0, soleBlocks: 0, solePages: 0, soleDeniedPages: 0 };
  return { ...nothing(), ...counts, owner, share: 0, ofStack: new Map() };
}

/** Whole pages that add up to `total`: all are rounded down, and those that lose most by it get a page each. */
function roundShares(rows: readonly Draft[], total: number): void {
  for (const row of rows) row.deniedPages = Math.floor(row.share);
  const left = total - rows.reduce((sum, { deniedPages }) => sum + deniedPages, 0);
  const lost = ({ share, deniedPages }: Draft) => share - deniedPages;
  for (const row of [...rows].sort((a, b) => lost(b) - lost(a)).slice(0, left)) row.deniedPages++;
}

/** None when no stack is selected. */
function blockerOf({ share: _, ofStack, ...row }: Draft, select: (stack: StackIndex) => boolean): Blocker[] {
  const [most] = [...ofStack].filter(([stack]) => select(stack)).sort(([, a], [, b]) => b - a);
  return most ? [{ ...row, stack: most[0] }] : [];
}

function byDenied(a: Blocker, b: Blocker): number {
  return b.deniedPages - a.deniedPages || b.blocks - a.blocks || b.pages - a.pages || a.stack - b.stack;
}
