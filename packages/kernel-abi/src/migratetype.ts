/** Migratetypes: how movable the pages of a pageblock are, or the pages a request asks for. */
import { inEra, type Era, type EraChanges, type Release } from './era.js';
import { memoizeTable, type KernelConfig } from './kernel-config.js';
import { parseGfp } from './gfp-text.js';
import { requireGfpMask, words } from './words.js';

/** A migratetype's name as kernel files print it. `Reserve` became `HighAtomic` in 4.4. */
export type MigratetypeName =
  'Unmovable' | 'Movable' | 'Reclaimable' | 'Reserve' | 'HighAtomic' | 'CMA' | 'Isolate';

/** Types 0 to 2 live on per-cpu lists, have fallbacks and may be merged; the kernel calls their number PCPTYPES. */
export const MIGRATE_PCPTYPES = 3;

/** The migratetypes of one era and configuration. */
export interface MigratetypeTable {
  /** Whose types these are. */
  readonly era: Era;
  /** Which kernel source the table was read from. */
  readonly source: string;
  /** Names in numeric order. */
  readonly names: readonly MigratetypeName[];
}

const NAMES: EraChanges<{ readonly source: string; readonly names: readonly string[] }> = {
  '3.19': {
    source: 'include/linux/mmzone.h as it was before the renumbering of 4.4',
    names: words('Unmovable Reclaimable Movable Reserve CMA Isolate'),
  },
  '4.4': {
    source: 'Linux 6.1 and 6.12 include/linux/mmzone.h (renumbered in 4.4 together with the gfp bits)',
    names: words('Unmovable Movable Reclaimable HighAtomic CMA Isolate'),
  },
};

/**
 * The migratetypes of a release. Without CONFIG_CMA `Isolate` takes number 4.
 *
 * @throws TypeError if it is no release; RangeError if it is older than 3.19
 */
export const migratetypeTable: (release: Release, config?: KernelConfig) => MigratetypeTable = memoizeTable(
  (era, config): MigratetypeTable => {
    const { source, names } = inEra(NAMES, era, 'migratetypes');
    const configured = (names as readonly MigratetypeName[]).filter(
      (name) => (name !== 'CMA' || config.cma) && (name !== 'Isolate' || config.memoryIsolation),
    );
    return { era, source, names: configured };
  },
);

/**
 * The name of a number, as printed by tracepoints or by page_owner before 4.6 (`type 2`).
 *
 * @throws RangeError if the era and configuration have no such number
 */
export function migratetypeName(type: number, release: Release, config?: KernelConfig): MigratetypeName {
  const name = migratetypeTable(release, config).names[type];
  if (name === undefined) throw new RangeError(`no migratetype ${type} in Linux ${release}`);
  return name;
}

/**
 * The number of a name.
 *
 * @throws RangeError if the era and configuration have no such name
 */
export function migratetypeNumber(name: string, release: Release, config?: KernelConfig): number {
  const type = migratetypeTable(release, config).names.indexOf(name as MigratetypeName);
  if (type < 0) throw new RangeError(`no migratetype "${name}" in Linux ${release}`);
  return type;
}

/** The two mobility bits of a mask, and the migratetype each asks for. */
interface Mobility {
  readonly movable: number;
  readonly movableType: number;
  readonly reclaimable: number;
  readonly reclaimableType: number;
}

const mobilityOf = memoizeTable((era: Era): Mobility => ({
  movable: parseGfp('__GFP_MOVABLE', era),
  movableType: migratetypeNumber('Movable', era),
  reclaimable: parseGfp('__GFP_RECLAIMABLE', era),
  reclaimableType: migratetypeNumber('Reclaimable', era),
}));

/**
 * The migratetype number a gfp mask asks for, 0 to 2: what page_owner prints as a record's first `type`.
 *
 * Since 4.4 it is two neighbouring bits of the mask, `(mask >> 3) & 3`. A mask with both mobility bits is a bug of its
 * caller; only debugging kernels complain, and the result is 3, as in the kernel.
 *
 * @throws TypeError if it is no release; RangeError if it is older than 3.19, or `mask` not an unsigned 32-bit integer
 */
export function gfpMigratetype(mask: number, release: Release): number {
  requireGfpMask(mask);
  const { movable, movableType, reclaimable, reclaimableType } = mobilityOf(release);
  return ((mask & movable) !== 0 ? movableType : 0) | ((mask & reclaimable) !== 0 ? reclaimableType : 0);
}
