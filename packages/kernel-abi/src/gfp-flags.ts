/**
 * The bits of a gfp mask, the compound masks made of them, and the order in which the kernel tries their names.
 *
 * A gfp mask is an unsigned 32-bit number. Its two ends as 6.1 and later have them; every era has the zone bits:
 *
 * ```
 *   31            24 23                        12 11   10    9    8   7  6  5   4    3   2     1       0
 *  +----------------+---- ... -------------------+----+----+----+----+--+--+--+----+---+-----+-------+---+
 *  | optional bits  | ZEROTAGS   NOWARN    WRITE |KSWD|DRCT|    |ZERO|FS|IO|HI|RECL|MOV|DMA32|HIGHMEM|DMA|
 *  +----------------+---- ... -------------------+----+----+----+----+--+--+--+----+---+-----+-------+---+
 *                                                 \_______/                    \______/ \_______________/
 *                                                __GFP_RECLAIM              migratetype    zone (with MOV)
 * ```
 */
import { inEra, type Era, type EraChanges, type Release } from './era.js';
import { memoizeTable, type FullConfig, type KernelConfig } from './kernel-config.js';
import { isOptional, nameOf, words } from './words.js';

/** One name and the bits it stands for. */
export interface GfpName {
  /** As the kernel prints it: `GFP_KERNEL`, `__GFP_ZERO`. */
  readonly name: string;
  /** Unsigned 32-bit. */
  readonly mask: number;
}

/** The gfp flags of one era and configuration. */
export interface GfpTable {
  /** Whose flags these are. */
  readonly era: Era;
  /** Which kernel source the table was read from, and what about it is unsure. */
  readonly source: string;
  /** Every single bit, lowest first, by its `__GFP_` name. */
  readonly bits: readonly GfpName[];
  /** Names in the order in which the kernel's printer tries them. */
  readonly printed: readonly GfpName[];
  /** Every name of the era, printed or not, to its bits. */
  readonly masks: ReadonlyMap<string, number>;
}

interface GfpBits {
  readonly source: string;
  /**
   * Names without `__GFP_`, from 0x1 upwards, four bits (one hex digit) a group. `-` is a bit without a name, `?`
   * one that exists only with its option (see OPTION_OF).
   */
  readonly bits: readonly string[];
  /** True: an optional bit that is off leaves no gap, and those above it move down. */
  readonly packed?: true;
}

const BITS: EraChanges<GfpBits> = {
  '3.19': {
    source: 'include/linux/gfp.h of Linux 3.10 to 4.3',
    bits: words(`
      DMA        HIGHMEM  DMA32     MOVABLE
      WAIT       HIGH     IO        FS
      COLD       NOWARN   REPEAT    NOFAIL
      NORETRY    MEMALLOC COMP      ZERO
      NOMEMALLOC HARDWALL THISNODE  RECLAIMABLE
      -          NOTRACK  NO_KSWAPD OTHER_NODE
      WRITE`),
  },
  '4.4': {
    source:
      'Linux 4.6 include/linux/gfp.h (in 4.4 bit 0x100000 was __GFP_NOACCOUNT, with the opposite meaning)',
    bits: words(`
      DMA         HIGHMEM  DMA32          MOVABLE
      RECLAIMABLE HIGH     IO             FS
      COLD        NOWARN   REPEAT         NOFAIL
      NORETRY     MEMALLOC COMP           ZERO
      NOMEMALLOC  HARDWALL THISNODE       ATOMIC
      ACCOUNT     NOTRACK  DIRECT_RECLAIM OTHER_NODE
      WRITE       KSWAPD_RECLAIM`),
  },
  '4.10': {
    source: 'the change that removed __GFP_OTHER_NODE; __GFP_NOLOCKDEP since 4.12',
    bits: words(`
      DMA            HIGHMEM  DMA32          MOVABLE
      RECLAIMABLE    HIGH     IO             FS
      COLD           NOWARN   REPEAT         NOFAIL
      NORETRY        MEMALLOC COMP           ZERO
      NOMEMALLOC     HARDWALL THISNODE       ATOMIC
      ACCOUNT        NOTRACK  DIRECT_RECLAIM WRITE
      KSWAPD_RECLAIM NOLOCKDEP?`),
  },
  '4.13': {
    source: 'as 4.10, one bit renamed (release unsure)',
    bits: words(`
      DMA            HIGHMEM  DMA32          MOVABLE
      RECLAIMABLE    HIGH     IO             FS
      COLD           NOWARN   RETRY_MAYFAIL  NOFAIL
      NORETRY        MEMALLOC COMP           ZERO
      NOMEMALLOC     HARDWALL THISNODE       ATOMIC
      ACCOUNT        NOTRACK  DIRECT_RECLAIM WRITE
      KSWAPD_RECLAIM NOLOCKDEP?`),
  },
  '4.15': {
    source: 'as 4.13, two bits unused (release unsure)',
    bits: words(`
      DMA            HIGHMEM  DMA32          MOVABLE
      RECLAIMABLE    HIGH     IO             FS
      -              NOWARN   RETRY_MAYFAIL  NOFAIL
      NORETRY        MEMALLOC COMP           ZERO
      NOMEMALLOC     HARDWALL THISNODE       ATOMIC
      ACCOUNT        -        DIRECT_RECLAIM WRITE
      KSWAPD_RECLAIM NOLOCKDEP?`),
  },
  '4.18': {
    source:
      'Linux 4.19 include/linux/gfp.h (that 4.18 has it already is concluded from logs of 4.18 kernels)',
    bits: words(`
      DMA         HIGHMEM        DMA32          MOVABLE
      RECLAIMABLE HIGH           IO             FS
      WRITE       NOWARN         RETRY_MAYFAIL  NOFAIL
      NORETRY     MEMALLOC       COMP           ZERO
      NOMEMALLOC  HARDWALL       THISNODE       ATOMIC
      ACCOUNT     DIRECT_RECLAIM KSWAPD_RECLAIM NOLOCKDEP?`),
  },
  '5.1': {
    source: 'Linux 6.1 without the bits added since, names of Linux 5.10 (first release unsure: after 4.20)',
    bits: words(`
      DMA         HIGHMEM  DMA32          MOVABLE
      RECLAIMABLE HIGH     IO             FS
      ZERO        ATOMIC   DIRECT_RECLAIM KSWAPD_RECLAIM
      WRITE       NOWARN   RETRY_MAYFAIL  NOFAIL
      NORETRY     MEMALLOC COMP           NOMEMALLOC
      HARDWALL    THISNODE ACCOUNT        NOLOCKDEP?`),
  },
  '5.14': {
    source: 'names of Linux 5.15, bit values from its logs; __GFP_NOLOCKDEP and the first release unsure',
    bits: words(`
      DMA               HIGHMEM  DMA32          MOVABLE
      RECLAIMABLE       HIGH     IO             FS
      ZERO              ATOMIC   DIRECT_RECLAIM KSWAPD_RECLAIM
      WRITE             NOWARN   RETRY_MAYFAIL  NOFAIL
      NORETRY           MEMALLOC COMP           NOMEMALLOC
      HARDWALL          THISNODE ACCOUNT        ZEROTAGS
      SKIP_KASAN_POISON NOLOCKDEP?`),
  },
  '5.18': {
    source: 'Linux 6.1 include/linux/gfp_types.h (5.18 assumed to be the same)',
    bits: words(`
      DMA         HIGHMEM               DMA32              MOVABLE
      RECLAIMABLE HIGH                  IO                 FS
      ZERO        ATOMIC                DIRECT_RECLAIM     KSWAPD_RECLAIM
      WRITE       NOWARN                RETRY_MAYFAIL      NOFAIL
      NORETRY     MEMALLOC              COMP               NOMEMALLOC
      HARDWALL    THISNODE              ACCOUNT            ZEROTAGS
      SKIP_ZERO?  SKIP_KASAN_UNPOISON?  SKIP_KASAN_POISON? NOLOCKDEP?`),
  },
  '6.3': {
    source: 'Linux 6.6 include/linux/gfp_types.h (in 6.3 the KASAN bits were still those of 6.1)',
    bits: words(`
      DMA         HIGHMEM     DMA32          MOVABLE
      RECLAIMABLE HIGH        IO             FS
      ZERO        -           DIRECT_RECLAIM KSWAPD_RECLAIM
      WRITE       NOWARN      RETRY_MAYFAIL  NOFAIL
      NORETRY     MEMALLOC    COMP           NOMEMALLOC
      HARDWALL    THISNODE    ACCOUNT        ZEROTAGS
      SKIP_ZERO?  SKIP_KASAN? NOLOCKDEP?`),
  },
  '6.12': {
    source: 'Linux 6.12 include/linux/gfp_types.h (packed optional bits may begin a release or two before)',
    packed: true,
    bits: words(`
      DMA         HIGHMEM     DMA32          MOVABLE
      RECLAIMABLE HIGH        IO             FS
      ZERO        -           DIRECT_RECLAIM KSWAPD_RECLAIM
      WRITE       NOWARN      RETRY_MAYFAIL  NOFAIL
      NORETRY     MEMALLOC    COMP           NOMEMALLOC
      HARDWALL    THISNODE    ACCOUNT        ZEROTAGS
      SKIP_ZERO?  SKIP_KASAN? NOLOCKDEP?     NO_OBJ_EXT?`),
  },
  newest: {
    source: 'Linux development tree, include/linux/gfp_types.h (in 6.14 __GFP_NO_OBJ_EXT was still optional)',
    packed: true,
    bits: words(`
      DMA         HIGHMEM     DMA32          MOVABLE
      RECLAIMABLE HIGH        IO             FS
      ZERO        -           DIRECT_RECLAIM KSWAPD_RECLAIM
      WRITE       NOWARN      RETRY_MAYFAIL  NOFAIL
      NORETRY     MEMALLOC    COMP           NOMEMALLOC
      HARDWALL    THISNODE    ACCOUNT        ZEROTAGS
      SKIP_ZERO?  SKIP_KASAN? NOLOCKDEP?     NO_OBJ_EXT`),
  },
};

const OPTION_OF: Readonly<Record<string, keyof KernelConfig>> = {
  SKIP_ZERO: 'kasanHwTags',
  SKIP_KASAN: 'kasanHwTags',
  SKIP_KASAN_POISON: 'kasanHwTags',
  SKIP_KASAN_UNPOISON: 'kasanHwTags',
  NOLOCKDEP: 'lockdep',
  NO_OBJ_EXT: 'slabObjExt',
};

/**
 * Compound masks as sums: a bit, or a compound defined above; `-` takes bits out again; `?` means "if the era has it".
 * Most build on GFP_NOIO, "may wait but not start I/O".
 */
type Compounds = Readonly<Record<string, string>>;

const ON_TOP_OF_NOIO: Compounds = {
  GFP_NOFS: 'GFP_NOIO IO',
  GFP_KERNEL: 'GFP_NOFS FS',
  GFP_USER: 'GFP_KERNEL HARDWALL',
  GFP_HIGHUSER: 'GFP_USER HIGHMEM',
  GFP_HIGHUSER_MOVABLE: 'GFP_HIGHUSER MOVABLE SKIP_KASAN? SKIP_KASAN_POISON? SKIP_KASAN_UNPOISON?',
  GFP_DMA: 'DMA',
  GFP_DMA32: 'DMA32',
};

const SPLIT_RECLAIM: Compounds = {
  __GFP_RECLAIM: 'DIRECT_RECLAIM KSWAPD_RECLAIM',
  GFP_ATOMIC: 'HIGH ATOMIC? KSWAPD_RECLAIM',
  GFP_NOWAIT: 'KSWAPD_RECLAIM',
  GFP_NOIO: '__GFP_RECLAIM',
  ...ON_TOP_OF_NOIO,
  GFP_KERNEL_ACCOUNT: 'GFP_KERNEL ACCOUNT',
};

const LIGHT_TRANSHUGE: Compounds = {
  ...SPLIT_RECLAIM,
  GFP_TRANSHUGE_LIGHT: 'GFP_HIGHUSER_MOVABLE COMP NOMEMALLOC NOWARN -__GFP_RECLAIM',
  GFP_TRANSHUGE: 'GFP_TRANSHUGE_LIGHT DIRECT_RECLAIM',
};

const TEMPORARY: Compounds = { GFP_TEMPORARY: 'GFP_KERNEL RECLAIMABLE' };

const COMPOUNDS: EraChanges<Compounds> = {
  '3.19': {
    GFP_NOWAIT: '',
    GFP_ATOMIC: 'HIGH',
    GFP_NOIO: 'WAIT',
    ...ON_TOP_OF_NOIO,
    ...TEMPORARY,
    GFP_TRANSHUGE: 'GFP_HIGHUSER_MOVABLE COMP NOMEMALLOC NORETRY NOWARN NO_KSWAPD',
  },
  '4.4': {
    ...SPLIT_RECLAIM,
    ...TEMPORARY,
    GFP_TRANSHUGE: 'GFP_HIGHUSER_MOVABLE COMP NOMEMALLOC NORETRY NOWARN -__GFP_RECLAIM',
  },
  // as in 4.19; that 4.8 has it already is unsure
  '4.8': { ...LIGHT_TRANSHUGE, ...TEMPORARY },
  '4.15': LIGHT_TRANSHUGE,
  // as in 6.12; 6.6 has not, the release between is unsure
  '6.8': { ...LIGHT_TRANSHUGE, GFP_NOWAIT: 'KSWAPD_RECLAIM NOWARN' },
};

/** Where names and their order come from, and the order itself; names that an era lacks drop out. */
interface GfpOrder {
  readonly source: string;
  readonly names: readonly string[];
  /** True: after `names` every single bit follows, lowest first, except __GFP_NO_OBJ_EXT. */
  readonly thenEveryBit?: true;
}

/** One list serves all kernels from 4.6 to 6.13: releases only added and removed names. */
const HAND_SORTED = words(`
  GFP_TRANSHUGE GFP_TRANSHUGE_LIGHT GFP_HIGHUSER_MOVABLE GFP_HIGHUSER GFP_USER GFP_TEMPORARY GFP_KERNEL_ACCOUNT
  GFP_KERNEL GFP_NOFS GFP_ATOMIC GFP_NOIO GFP_NOWAIT GFP_DMA __GFP_HIGHMEM GFP_DMA32
  __GFP_HIGH __GFP_WAIT __GFP_ATOMIC __GFP_IO __GFP_FS __GFP_COLD __GFP_NOWARN __GFP_REPEAT __GFP_RETRY_MAYFAIL
  __GFP_NOFAIL __GFP_NORETRY __GFP_COMP __GFP_ZERO __GFP_NOMEMALLOC __GFP_MEMALLOC __GFP_HARDWALL __GFP_THISNODE
  __GFP_RECLAIMABLE __GFP_MOVABLE __GFP_ACCOUNT __GFP_NOTRACK __GFP_NO_KSWAPD __GFP_WRITE
  __GFP_RECLAIM __GFP_DIRECT_RECLAIM __GFP_KSWAPD_RECLAIM __GFP_OTHER_NODE
  __GFP_ZEROTAGS __GFP_SKIP_ZERO __GFP_SKIP_KASAN __GFP_SKIP_KASAN_POISON __GFP_SKIP_KASAN_UNPOISON`);

const ORDER: EraChanges<GfpOrder> = {
  '3.19': {
    source: 'names as in 4.6, because page_owner printed none before',
    names: HAND_SORTED,
  },
  '4.6': {
    source: 'names from include/trace/events/mmflags.h of Linux 4.6, 5.10, 5.15, 6.1, 6.6 and 6.12',
    names: HAND_SORTED,
  },
  newest: {
    source: 'names from include/trace/events/mmflags.h of the development tree (new order since about 6.14)',
    names: words(`
      GFP_TRANSHUGE GFP_TRANSHUGE_LIGHT GFP_HIGHUSER_MOVABLE GFP_HIGHUSER GFP_USER GFP_KERNEL_ACCOUNT
      GFP_KERNEL GFP_NOFS GFP_ATOMIC GFP_NOIO GFP_NOWAIT GFP_DMA GFP_DMA32 __GFP_RECLAIM`),
    thenEveryBit: true,
  },
};

const PREFIX = '__GFP_';

function singleBits(table: GfpBits, config: FullConfig): GfpName[] {
  const found: GfpName[] = [];
  let position = 0;
  for (const entry of table.bits) {
    const name = nameOf(entry);
    const option = isOptional(entry) ? OPTION_OF[name] : undefined;
    const present = option === undefined || config[option];
    if (present && name !== '-') found.push({ name: PREFIX + name, mask: (1 << position) >>> 0 });
    if (present || table.packed !== true) position++;
  }
  return found;
}

function sum(formula: string, masks: ReadonlyMap<string, number>): number {
  let mask = 0;
  for (const term of formula === '' ? [] : words(formula)) {
    const name = nameOf(term.replace(/^-/, ''));
    const bits = masks.get(name) ?? masks.get(PREFIX + name) ?? 0;
    mask = term.startsWith('-') ? mask & ~bits : mask | bits;
  }
  return mask >>> 0;
}

/**
 * The gfp flags of a release. Tables are built once and shared; do not modify them.
 *
 * @throws TypeError if it is no release; RangeError if it is older than 3.19
 */
export const gfpTable: (release: Release, config?: KernelConfig) => GfpTable = memoizeTable(
  (era, config): GfpTable => {
    const bitTable = inEra(BITS, era, 'gfp flags');
    const order = inEra(ORDER, era, 'gfp names');
    const bits = singleBits(bitTable, config);
    const masks = new Map(bits.map(({ name, mask }) => [name, mask]));
    for (const [name, formula] of Object.entries(inEra(COMPOUNDS, era, 'gfp masks'))) {
      masks.set(name, sum(formula, masks));
    }
    const everyBit = bits.map(({ name }) => name).filter((name) => name !== '__GFP_NO_OBJ_EXT');
    const printed = [...order.names, ...(order.thenEveryBit ? everyBit : [])]
      .map((name) => ({ name, mask: masks.get(name) ?? 0 }))
      .filter(({ mask }) => mask !== 0);
    return { era, source: `${bitTable.source}; ${order.source}`, bits, printed, masks };
  },
);
