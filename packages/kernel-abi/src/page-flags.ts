/**
 * The named bits of a page's flags word, and the order in which the kernel prints their names.
 *
 * The word is 64 bits wide. Names fill it from the bottom, fields (see page-flags-layout.ts) from the top.
 */
import { inEra, type Era, type EraChanges, type Release } from './era.js';
import { memoizeTable, type KernelConfig } from './kernel-config.js';
import { isOptional, nameOf, words } from './words.js';

/** A page flag and its bit number; all are below 32. */
export interface PageFlag {
  /** As the kernel prints it: `uptodate`. */
  readonly name: string;
  /** 0 to 31. */
  readonly bit: number;
}

/** The page flags of one era and configuration. */
export interface PageFlagsTable {
  /** Whose flags these are. */
  readonly era: Era;
  /** Which kernel source the table was read from, and what about it is unsure. */
  readonly source: string;
  /** Flags by bit number, from bit 0 upwards without gaps. */
  readonly bits: readonly PageFlag[];
  /** The same flags in the order in which the kernel prints them. */
  readonly printed: readonly PageFlag[];
  /** Bit number of each name. */
  readonly bitOf: ReadonlyMap<string, number>;
}

interface PageFlagBits {
  readonly source: string;
  /** Names from bit 0 upwards, eight a group. `?`: only with its option (see OPTION_OF), else those above move down. */
  readonly bits: readonly string[];
}

const BITS: EraChanges<PageFlagBits> = {
  '3.19': {
    source: 'include/linux/page-flags.h as it was before 4.4, 64-bit',
    bits: words(`
      locked       error      referenced uptodate    dirty       lru       active       slab
      owner_priv_1 arch_1     reserved   private     private_2   writeback head         tail
      swapcache    mappedtodisk reclaim  swapbacked  unevictable mlocked   uncached?    hwpoison?
      compound_lock`),
  },
  '4.4': {
    source: 'Linux 4.6 include/linux/page-flags.h (`tail` gone in 4.4 or 4.5)',
    bits: words(`
      locked       error      referenced uptodate    dirty       lru       active       slab
      owner_priv_1 arch_1     reserved   private     private_2   writeback head         swapcache
      mappedtodisk reclaim    swapbacked unevictable mlocked     uncached? hwpoison?    young?
      idle?`),
  },
  '4.10': {
    source:
      'Linux 4.6 with `waiters` put at bit 7 (not read; records of 4.17 agree: slab 8, head 15; first release unsure)',
    bits: words(`
      locked       error        referenced uptodate    dirty       lru         active    waiters
      slab         owner_priv_1 arch_1     reserved    private     private_2   writeback head
      mappedtodisk reclaim      swapbacked unevictable mlocked     uncached?   hwpoison? young?
      idle?`),
  },
  '4.20': {
    source: 'Linux 5.10 include/linux/page-flags.h (first release unsure)',
    bits: words(`
      locked    referenced   uptodate     dirty    lru        active      workingset waiters
      error     slab         owner_priv_1 arch_1   reserved   private     private_2  writeback
      head      mappedtodisk reclaim      swapbacked unevictable mlocked  uncached?  hwpoison?
      young?    idle?`),
  },
  '5.11': {
    source: 'Linux 5.15 include/linux/page-flags.h, 64-bit (`arch_2` is in 5.10 already)',
    bits: words(`
      locked    referenced   uptodate     dirty    lru        active      workingset waiters
      error     slab         owner_priv_1 arch_1   reserved   private     private_2  writeback
      head      mappedtodisk reclaim      swapbacked unevictable mlocked  uncached?  hwpoison?
      young?    idle?        arch_2`),
  },
  '5.14': {
    source: 'Linux 5.15 and 6.1 include/linux/page-flags.h, 64-bit',
    bits: words(`
      locked    referenced   uptodate     dirty    lru        active      workingset waiters
      error     slab         owner_priv_1 arch_1   reserved   private     private_2  writeback
      head      mappedtodisk reclaim      swapbacked unevictable mlocked  uncached?  hwpoison?
      young?    idle?        arch_2       skip_kasan_poison?`),
  },
  '6.3': {
    source: 'as 6.1, with `arch_2` and `arch_3` left to arm64 (first release unsure)',
    bits: words(`
      locked    referenced   uptodate     dirty    lru        active      workingset waiters
      error     slab         owner_priv_1 arch_1   reserved   private     private_2  writeback
      head      mappedtodisk reclaim      swapbacked unevictable mlocked  uncached?  hwpoison?
      young?    idle?        arch_2?      arch_3?`),
  },
  '6.6': {
    source:
      'Linux 6.6 include/linux/page-flags.h (6.10 and 6.11 lost `slab` and `error` one by one: not modelled)',
    bits: words(`
      locked     writeback    referenced   uptodate    dirty       lru          head      waiters
      active     workingset   error        slab        owner_priv_1 arch_1      reserved  private
      private_2  mappedtodisk reclaim      swapbacked  unevictable mlocked      uncached? hwpoison?
      young?     idle?        arch_2?      arch_3?`),
  },
  '6.12': {
    source: 'Linux 6.12 include/linux/page-flags.h',
    bits: words(`
      locked     writeback    referenced   uptodate    dirty       lru          head      waiters
      active     workingset   owner_priv_1 owner_2     arch_1      reserved     private   private_2
      reclaim    swapbacked   unevictable  mlocked     hwpoison?   young?       idle?     arch_2?
      arch_3?`),
  },
  newest: {
    source: 'Linux development tree, include/linux/page-flags.h (`dropbehind` since about 6.14)',
    bits: words(`
      locked     writeback    referenced   uptodate    dirty       lru          head      waiters
      active     workingset   owner_priv_1 owner_2     arch_1      reserved     private   private_2
      reclaim    swapbacked   unevictable  dropbehind  mlocked     hwpoison?    young?    idle?
      arch_2?    arch_3?`),
  },
};

const OPTION_OF: Readonly<Record<string, keyof KernelConfig>> = {
  uncached: 'archUsesPgUncached',
  hwpoison: 'memoryFailure',
  young: 'pageIdleFlag',
  idle: 'pageIdleFlag',
  arch_2: 'archUsesPgArchX',
  arch_3: 'archUsesPgArchX',
  skip_kasan_poison: 'kasanHwTags',
};

/**
 * Print order; names that an era lacks drop out. It is the order of the first kernels with names, which later
 * releases kept while the bits moved. Source: include/trace/events/mmflags.h of Linux 4.6, 5.10, 5.15, 6.1, 6.6, 6.12.
 */
const FRONT = words(`
  locked waiters error referenced uptodate dirty lru active workingset slab owner_priv_1 owner_2 arch_1 reserved
  private private_2 writeback head tail swapcache mappedtodisk reclaim swapbacked unevictable dropbehind
  mlocked uncached hwpoison`);
const BACK = words('arch_2 arch_3 skip_kasan_poison compound_lock');

const ORDER: EraChanges<readonly string[]> = {
  '3.19': [...FRONT, 'young', 'idle', ...BACK],
  '6.6': [...FRONT, 'idle', 'young', ...BACK],
};

/**
 * The page flags of a release. Tables are built once and shared; do not modify them.
 *
 * @throws TypeError if it is no release; RangeError if it is older than 3.19
 */
export const pageFlagsTable: (release: Release, config?: KernelConfig) => PageFlagsTable = memoizeTable(
  (era, config): PageFlagsTable => {
    const { source, bits: entries } = inEra(BITS, era, 'page flags');
    const bits = entries
      .filter((entry) => !isOptional(entry) || config[OPTION_OF[nameOf(entry)] as keyof KernelConfig])
      .map((entry, bit) => ({ name: nameOf(entry), bit }));
    const bitOf = new Map(bits.map(({ name, bit }) => [name, bit]));
    const printed = inEra(ORDER, era, 'page flag order').flatMap((name) => {
      const bit = bitOf.get(name);
      return bit === undefined ? [] : [{ name, bit }];
    });
    return { era, source, bits, printed, bitOf };
  },
);
