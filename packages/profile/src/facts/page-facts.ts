import { decodeText } from '@page-owner/dump-format';
import type { PageLetters, RecordPage } from '@page-owner/dump-format';
import { UNKNOWN } from '../indices.js';

/** The migratetypes by their index in samples and pageblocks; -1 is unknown. The order is the kernel's (4.4 on). */
export const MIGRATETYPES = ['Unmovable', 'Movable', 'Reclaimable', 'HighAtomic', 'CMA', 'Isolate'] as const;
/** Name of a migratetype, as Linux 6.12 prints it. */
export type MigratetypeName = (typeof MIGRATETYPES)[number];
const UNMOVABLE = 0;
export const MOVABLE = 1;
const RECLAIMABLE = 2;
export const CMA = 4;

/** What a distinct page text, a PFN line without its numbers, says. */
export interface PageFacts {
  /** Migratetype that the gfp mask asks for; -1 when the line does not say (before 4.6). */
  readonly gfpType: number;
  /** Migratetype of the pageblock; -1 when unknown. */
  readonly blockType: number;
  /** The two differ; known even where the types are not. */
  readonly differs: boolean;
  /** Zone index (x86-64: 0 DMA, 1 DMA32, 2 Normal, 3 Movable, 4 Device) and node: since 5.14; else -1. */
  readonly zone: number;
  readonly node: number;
  readonly lru: boolean;
  readonly swapBacked: boolean;
  readonly slab: boolean;
  readonly reserved: boolean;
}

const NAMES_LINE = /^PFN (?:0x)? type (\S+) Block {2}type (\S+) Flags 0x\((.*)\)$/s;
const LETTERS_LINE = /^PFN {2}Block {2}type (\d+) (Fallback| {8}) Flags ?([KERUDLASWCBM ]{0,12})$/;
/** 3.19 to 4.3; 4.4 and 4.5, which print letters too, have today's order, and cannot be told from them. */
const OLD_TYPES = [UNMOVABLE, RECLAIMABLE, MOVABLE];

const NOTHING: PageFacts = {
  gfpType: UNKNOWN,
  blockType: UNKNOWN,
  differs: false,
  zone: UNKNOWN,
  node: UNKNOWN,
  lru: false,
  swapBacked: false,
  slab: false,
  reserved: false,
};

/** Reads a page text of a scanner that reads pages. */
export function readPageText(bytes: Uint8Array): PageFacts {
  const text = decodeText(bytes.subarray(0, -1));
  const names = NAMES_LINE.exec(text);
  if (names) {
    const [, gfpName = '', blockName = '', flagText = ''] = names;
    return factsOfNames(gfpName, blockName, flagText);
  }
  const letters = LETTERS_LINE.exec(text);
  if (!letters) return NOTHING;
  const [, number, fallback, flags = ''] = letters;
  return factsOfLetters({ pageblockType: Number(number), fallback: fallback === 'Fallback', flags });
}

/** What the PFN line of a parsed record says, as {@link readPageText} reads it. */
export function factsOfPage(page: RecordPage): PageFacts {
  const { pfn, letters, migratetype, pageblockMigratetype, flagNames } = page;
  if (letters) return factsOfLetters(letters);
  return pfn === undefined
    ? NOTHING
    : factsOfNames(migratetype ?? '', pageblockMigratetype ?? '', flagNames ?? '');
}

/** What is known of a page without its PFN line: the migratetype that names of a gfp mask ask for, 4.6 on. */
export function factsOfMask(gfpNames: string | undefined): PageFacts {
  if (gfpNames === undefined) return NOTHING;
  const flags = gfpNames.split('|');
  const has = (pattern: RegExp) => flags.some((flag) => pattern.test(flag));
  const gfpType = has(MOVABLE_FLAG) ? MOVABLE : has(RECLAIMABLE_FLAG) ? RECLAIMABLE : UNMOVABLE;
  return { ...NOTHING, gfpType };
}

/** Names of masks and flags that ask for movable pages: include/trace/events/mmflags.h of 4.6 to 6.12. */
const MOVABLE_FLAG = /^(GFP_HIGHUSER_MOVABLE|GFP_TRANSHUGE(_LIGHT)?|__GFP_MOVABLE)$/;
/** GFP_TEMPORARY: up to 4.13. */
const RECLAIMABLE_FLAG = /^(__GFP_RECLAIMABLE|GFP_TEMPORARY)$/;

function factsOfLetters({ pageblockType, fallback, flags }: PageLetters): PageFacts {
  return {
    ...NOTHING,
    blockType: OLD_TYPES[pageblockType] ?? UNKNOWN,
    differs: fallback,
    lru: flags.includes('L'),
    slab: flags.includes('S'),
  };
}

/** What the names in a PFN line of 4.6 and later say. */
function factsOfNames(gfpName: string, blockName: string, flagText: string): PageFacts {
  const flags = flagText.split('|');
  const gfpType = typeOf(gfpName);
  const blockType = typeOf(blockName);
  return {
    gfpType,
    blockType,
    differs: gfpType !== blockType,
    zone: fieldOf(flags, 'zone='),
    node: fieldOf(flags, 'node='),
    lru: flags.includes('lru'),
    swapBacked: flags.includes('swapbacked'),
    slab: flags.includes('slab'),
    reserved: flags.includes('reserved'),
  };
}

const ___GFP_MOVABLE = 0x8;
/** include/linux/gfp.h of 3.19 to 4.3. */
const OLD_GFP_RECLAIMABLE = 0x80000;

/** The migratetype that a gfp mask of 3.19 to 4.5 asks for, where the PFN line does not say it. */
function oldGfpType(mask: number | undefined): number {
  if (mask === undefined) return UNKNOWN;
  if (mask & ___GFP_MOVABLE) return MOVABLE;
  return mask & OLD_GFP_RECLAIMABLE ? RECLAIMABLE : UNMOVABLE;
}

/** The migratetypes of a record: as its PFN line says, and before 4.6, where that has one type only, its mask. */
export function typesOf(page: PageFacts, mask: number | undefined): { gfpType: number; blockType: number } {
  const gfpType = page.gfpType < 0 && page.blockType >= 0 ? oldGfpType(mask) : page.gfpType;
  return { gfpType, blockType: page.gfpType < 0 && !page.differs ? gfpType : page.blockType };
}

const MOST_MASK = 2 ** 31 - 1;

/** A gfp mask as samples hold it. */
export function knownMask(mask: number | undefined): number {
  return mask === undefined || mask > MOST_MASK ? UNKNOWN : mask;
}

function typeOf(name: string): number {
  return (MIGRATETYPES as readonly string[]).indexOf(name);
}

function fieldOf(flags: readonly string[], prefix: string): number {
  const text = flags.find((flag) => flag.startsWith(prefix))?.slice(prefix.length);
  return text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) : UNKNOWN;
}
