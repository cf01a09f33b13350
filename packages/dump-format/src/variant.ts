import type { PageOwnerRecord } from './record.js';
import { BARE_FRAME_LINE } from './record-line.js';

/** What the kernels of one variant print. Fields of a {@link PageOwnerRecord} by name. */
export interface VariantLayout {
  /** The mainline kernels that print it. Distributions backport: a 6.6 of a vendor may well print V7. */
  readonly kernels: string;
  /** Fields that every record has. */
  readonly always: readonly (keyof PageOwnerRecord)[];
  /** Fields that a record may have besides. */
  readonly sometimes: readonly (keyof PageOwnerRecord)[];
  /** How the page frame number is written. */
  readonly pfnRadix: 10 | 16;
}

/** The PFN line, which only a damaged record lacks. */
const LETTERS_LINE = ['pfn', 'pfnRadix', 'block', 'letters'] as const;
const NAMES_LINE = [
  'pfn',
  'pfnRadix',
  'migratetype',
  'block',
  'pageblockMigratetype',
  'flags',
  'flagNames',
] as const;

const V1_ALWAYS = ['order', 'gfpMask', 'stack'] as const;
const V2_ALWAYS = [...V1_ALWAYS, 'gfpNames'] as const;
const V3_ALWAYS = [...V2_ALWAYS, 'pid', 'tsNs'] as const;
const V4_ALWAYS = [...V3_ALWAYS, 'freeTsNs'] as const;
const V5_ALWAYS = [...V4_ALWAYS, 'tgid', 'comm'] as const;
const V7_ALWAYS = [...V3_ALWAYS, 'tgid', 'comm'] as const;

const V2_SOMETIMES = [...NAMES_LINE, 'migrateReason', 'extraLines'] as const;
const V5_SOMETIMES = [...V2_SOMETIMES, 'memcg'] as const;

/**
 * The text of debugfs page_owner changed eight times. The borders V1/V2, V4/V5, V5/V6 and V6/V7 are those of the
 * merged patch series; V2/V3 and V3/V4 lie between the sources of 5.10 (V2) and 5.15 (V4).
 */
export const VARIANTS = {
  V0: {
    kernels: '-mm before 3.19 (since 2005)',
    always: ['order', 'stack'],
    sometimes: ['gfpMask', ...LETTERS_LINE, 'extraLines'],
    pfnRadix: 10,
  },
  V1: { kernels: '3.19 - 4.5', always: V1_ALWAYS, sometimes: [...LETTERS_LINE, 'extraLines'], pfnRadix: 10 },
  V2: { kernels: '4.6 - 5.10', always: V2_ALWAYS, sometimes: V2_SOMETIMES, pfnRadix: 10 },
  V3: { kernels: '5.11 - 5.12', always: V3_ALWAYS, sometimes: V2_SOMETIMES, pfnRadix: 10 },
  V4: { kernels: '5.13 - 5.17', always: V4_ALWAYS, sometimes: V2_SOMETIMES, pfnRadix: 10 },
  V5: { kernels: '5.18 - 6.4', always: V5_ALWAYS, sometimes: V5_SOMETIMES, pfnRadix: 10 },
  V6: { kernels: '6.5 - 6.6', always: V5_ALWAYS, sometimes: V5_SOMETIMES, pfnRadix: 16 },
  V7: { kernels: '6.7 and later', always: V7_ALWAYS, sometimes: V5_SOMETIMES, pfnRadix: 16 },
  V8: {
    kernels: 'newest, with a print mode per open file',
    always: V7_ALWAYS,
    sometimes: [...V5_SOMETIMES, 'handle'],
    pfnRadix: 16,
  },
} as const satisfies Record<string, VariantLayout>;

/** One of the forms that dumps have had, `V0` to the newest; `VARIANTS` tells which kernels print it. */
export type Variant = keyof typeof VARIANTS;

const NAMES = Object.keys(VARIANTS) as readonly Variant[];

/** Fields that the text calls otherwise. */
const IN_THE_TEXT: { readonly [Field in keyof PageOwnerRecord]?: string } = {
  gfpMask: 'mask',
  gfpNames: 'names of the mask',
  tsNs: 'ts',
  freeTsNs: 'free_ts',
  letters: 'flags as letters',
  migratetype: 'type',
  block: 'Block',
  pageblockMigratetype: 'type of the pageblock',
  flags: 'Flags',
  flagNames: 'names of the flags',
  migrateReason: 'last migrate reason',
  extraLines: 'other lines',
};

/** A field of a record as a person finds it in the text: `free_ts` for `freeTsNs`. */
export function fieldText(field: keyof PageOwnerRecord): string {
  return IN_THE_TEXT[field] ?? field;
}

/** @throws RangeError if it is none */
export function layoutOfVariant(variant: Variant): VariantLayout {
  if (Object.hasOwn(VARIANTS, variant)) return VARIANTS[variant];
  throw new RangeError(`no variant ${JSON.stringify(variant)}; there are ${NAMES.join(', ')}`);
}

/** Why `variant` does not print such a record, as a sentence that names the field; undefined when it does. */
export function misfit(record: PageOwnerRecord, variant: Variant): string | undefined {
  const layout = layoutOfVariant(variant);
  for (const field of layout.always) {
    if (record[field] === undefined)
      return `${variant} (${layout.kernels}) prints ${fieldText(field)}, which the record lacks`;
  }
  for (const field of Object.keys(record) as (keyof PageOwnerRecord)[]) {
    if (record[field] === undefined || layout.always.includes(field) || layout.sometimes.includes(field))
      continue;
    return `${variant} (${layout.kernels}) does not print ${fieldText(field)}, which the record has`;
  }
  if (record.pfn !== undefined && record.pfnRadix !== layout.pfnRadix) {
    return `${variant} (${layout.kernels}) prints pfn in radix ${layout.pfnRadix}, not ${record.pfnRadix}`;
  }
  return undefined;
}

/**
 * The variant that prints such a record, the oldest when several do; but V1 rather than V0, which no released kernel
 * prints, unless the record lacks its PFN line. Undefined for a mixture that no mainline kernel prints, as backports
 * and damage make them.
 */
export function variantOf(record: PageOwnerRecord): Variant | undefined {
  const fitting = NAMES.filter((name) => misfit(record, name) === undefined);
  const released = record.pfn !== undefined && !record.stack.some(isBareFrame);
  return fitting[0] === 'V0' && fitting[1] === 'V1' && released ? 'V1' : fitting[0];
}

/** Whether a frame is one of 2005, `[0xc01441b5] __alloc_pages+181`: the one kind that has no space before it. */
export function isBareFrame(frame: string): boolean {
  return BARE_FRAME_LINE.test(frame);
}
