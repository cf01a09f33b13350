/**
 * What page_owner does differently from kernel to kernel: one list of changes, oldest first. How a record is laid out is
 * not here but in kernel-abi, which has it by era.
 */
import { eraOf } from '@page-owner/kernel-abi';
import type { EntryRule } from '@page-owner/page-ext';

/** Behaviour of one kernel's page_owner. */
export interface TrackerRules {
  // ---- boot
  /** `on`: only exactly that. `bool`: the first one or two characters, see boot-param.ts. `bool+tf`: letters t and f too. */
  readonly parameter: 'on' | 'bool' | 'bool+tf';
  /** `page_owner=on` asks for the hash table of the stack depot before the page allocator is up. */
  readonly earlyDepot: boolean;
  /** How page_ext lays out its entries. */
  readonly entryRule: EntryRule;
  /** Stacks are in the depot, and page_ext has their handles; else the frames themselves are in page_ext. */
  readonly depot: boolean;
  /** Frames kept of a stack. */
  readonly maxFrames: number;
  /** Innermost frames left out, which are the tracker's own. */
  readonly skip: number;
  /** Early pages share one stack, `register_early_stack`; else the stack of marking them is captured for each. */
  readonly earlyHandle: boolean;
  /** Per-cpu lists are drained before early pages are marked. */
  readonly drainsAtBoot: boolean;
  /** Per-cpu lists are drained before every read. */
  readonly drainsAtRead: boolean;

  // ---- recording
  /** A block's head alone has a record, or each of its frames. */
  readonly scope: 'head' | 'block';
  /** Records outlive the free, and the free has a stack, too; a second flag tells which frames are allocated. */
  readonly keepsFreed: boolean;
  /** A free whose stack is 0, because the depot is off, leaves the frame marked as allocated. */
  readonly freeNeedsStack: boolean;
  /** The clock is read once, before the capture; else for each frame of a block. */
  readonly oneTime: boolean;
  /** A split records each page anew, with mask 0 or the block's; copies the head's record; or changes orders only. */
  readonly split: 'anew, mask 0' | 'anew' | 'copy head' | 'order';
  /** What a migration copies; `block` also swaps handles. */
  readonly migration: 'nothing' | 'head' | 'block';
  /** Who freed the frame before, in a migrated page: the task that migrates, or the one that did. */
  readonly migratedFreeIds: 'current' | 'old';
  /** What the count of a stack counts. */
  readonly counts: 'nothing' | 'allocations' | 'pages';
  /** A mask that forbids to spin stores no new stack if that means to wait, and lists none. */
  readonly heedsNoSpin: boolean;

  // ---- reading
  /** A file position is a frame number plus 1, less the machine's first one; or as it is. */
  readonly position: 'relative' | 'absolute';
  /** The most a read returns. */
  readonly readLimit: number;
  /** A free block ends, for the walk, at the next multiple of 1024. */
  readonly clampsBuddy: boolean;
  /** debugfs page_owner can be written: print mode and filters. */
  readonly filters: boolean;
  /** show_handles and show_stacks_handles exist. */
  readonly handleFiles: boolean;
  /** The text of count_threshold ends with a newline. */
  readonly thresholdNewline: boolean;
  /** Stack lines in the log begin with the address. */
  readonly bracketedStacks: boolean;
  /** What dump_page() says about the owner; see dump-page.ts. */
  readonly dump: DumpWording;
}

/** Wording of dump_page(). */
export interface DumpWording {
  /** `none`: it says nothing; `active`: of allocated pages only; `last`: of all that were ever recorded. */
  readonly style: 'none' | 'active' | 'last';
  /** What follows the mask. */
  readonly allocated: '' | 'pid ts' | 'pid ts free' | 'tgid ts free' | 'tgid ts';
  /** What stands before the stack of the free. */
  readonly freed: '' | 'ids' | 'ids ts';
}

interface Change {
  /** First release with these rules. */
  readonly since: string;
  /** Where they were read. */
  readonly source: string;
  readonly rules: Partial<TrackerRules>;
}

const FIRST: TrackerRules = {
  parameter: 'on',
  earlyDepot: false,
  entryRule: 'one-struct',
  depot: false,
  maxFrames: 8,
  skip: 3,
  earlyHandle: false,
  drainsAtBoot: true,
  drainsAtRead: true,
  scope: 'head',
  keepsFreed: false,
  freeNeedsStack: false,
  oneTime: false,
  split: 'anew, mask 0',
  migration: 'nothing',
  migratedFreeIds: 'current',
  counts: 'nothing',
  heedsNoSpin: false,
  position: 'relative',
  readLimit: Infinity,
  clampsBuddy: false,
  filters: false,
  handleFiles: false,
  thresholdNewline: false,
  bracketedStacks: true,
  dump: { style: 'none', allocated: '', freed: '' },
};

const NEWEST = 'newest';

/** Oldest first. `unsure` is about the release, not about the rule. */
export const TRACKER_CHANGES: readonly Change[] = [
  { since: '3.19', source: 'Linux 3.19 mm/page_owner.c', rules: FIRST },
  { since: '4.0', source: 'later copies; unsure', rules: { skip: 2 } },
  { since: '4.3', source: 'the patch that keeps the mask; unsure', rules: { split: 'anew' } },
  {
    since: '4.6',
    source: 'the patch series of 4.6',
    rules: { migration: 'head', dump: { style: 'active', allocated: '', freed: '' } },
  },
  {
    since: '4.8',
    source: 'the patch series of 4.8, and copies of 4.14',
    rules: { depot: true, maxFrames: 16, split: 'copy head' },
  },
  { since: '4.9', source: 'copies of 4.14; unsure', rules: { entryRule: 'flags-always' } },
  { since: '4.10', source: 'the shared stack printer; unsure', rules: { bracketedStacks: false } },
  { since: '4.14', source: 'a copy of 4.14', rules: { earlyHandle: true } },
  { since: '4.16', source: 'copies of 4.14 to 4.17; unsure', rules: { drainsAtBoot: false } },
  { since: '5.1', source: 'copies of 4.17 and 5.4; unsure', rules: { readLimit: 4096 } },
  {
    since: '5.4',
    source: 'copies of 5.4 and 5.10',
    rules: {
      scope: 'block',
      keepsFreed: true,
      split: 'order',
      dump: { style: 'last', allocated: '', freed: '' },
    },
  },
  {
    since: '5.11',
    source: 'a copy of 5.15; unsure',
    rules: { dump: { style: 'last', allocated: 'pid ts', freed: '' } },
  },
  {
    since: '5.13',
    source: 'a copy of 5.15; unsure',
    rules: { dump: { style: 'last', allocated: 'pid ts free', freed: '' } },
  },
  { since: '5.15', source: 'a copy of 5.15 (5.10 has it not)', rules: { parameter: 'bool' } },
  { since: '5.16', source: 'copies of 5.15 and 6.1; unsure', rules: { drainsAtRead: false } },
  {
    since: '5.18',
    source: 'Linux 6.1 mm/page_owner.c, and its patches',
    rules: { earlyDepot: true, dump: { style: 'last', allocated: 'tgid ts free', freed: '' } },
  },
  {
    since: '6.1',
    source: 'Linux 6.1 mm/page_owner.c, lib/kstrtox.c (letters: unsure since when)',
    rules: { position: 'absolute', parameter: 'bool+tf' },
  },
  {
    since: '6.8',
    source: 'a copy of 6.9-rc1 (entryRule: Linux 6.12)',
    rules: {
      entryRule: 'flags-on-demand',
      dump: { style: 'last', allocated: 'tgid ts free', freed: 'ids' },
    },
  },
  { since: '6.9-rc1', source: 'a copy of 6.9-rc1', rules: { counts: 'allocations' } },
  {
    since: '6.9',
    source: 'Linux 6.12 mm/page_owner.c, and the fixes after 6.9-rc1',
    rules: { counts: 'pages', migration: 'block', oneTime: true, freeNeedsStack: true },
  },
  { since: '6.19', source: 'the patch that adds them; unsure', rules: { handleFiles: true } },
  {
    since: NEWEST,
    source: 'the development tree of 2026',
    rules: {
      migratedFreeIds: 'old',
      heedsNoSpin: true,
      clampsBuddy: true,
      filters: true,
      thresholdNewline: true,
      dump: { style: 'last', allocated: 'tgid ts', freed: 'ids ts' },
    },
  },
];

/** Orders releases; 6.9 is the one release whose candidates behaved differently. */
function rankOf(release: string): number {
  if (release === NEWEST) return Infinity;
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(release) ?? [];
  return Number(major) * 1000 + Number(minor) - (/^v?6\.9-rc/.test(release) ? 0.5 : 0);
}

/**
 * How a kernel's page_owner behaves.
 *
 * @param kernel a release, such as `6.12.117` or `6.9-rc1`; `newest` for the development tree
 * @throws TypeError if it is no release; RangeError if it is older than 3.19
 */
export function trackerRules(kernel: string): TrackerRules {
  eraOf(kernel);
  const rank = rankOf(kernel);
  const past = TRACKER_CHANGES.filter(({ since }) => rankOf(since) <= rank);
  return Object.assign({}, ...past.map(({ rules }) => rules)) as TrackerRules;
}
