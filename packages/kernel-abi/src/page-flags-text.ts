/** A page's flags word to the kernel's text and back: what `%pGp` prints between its parentheses. */
import { ERAS, type Era, type Release } from './era.js';
import type { KernelConfig } from './kernel-config.js';
import { pageFlagsTable, type PageFlagsTable } from './page-flags.js';
import {
  getPageFlagsField,
  pageFlagsShift,
  PAGE_FLAGS_FIELDS,
  setPageFlagsField,
  X86_64_LAYOUT,
  type PageFlagsField,
  type PageFlagsLayout,
} from './page-flags-layout.js';
import { hex, requireFlagsWord } from './words.js';

/** The build whose words are read or written. */
export interface PageFlagsFormat {
  /** Any release of the era will do. */
  readonly era: Release;
  /** Default: {@link X86_64_LAYOUT}. */
  readonly layout?: PageFlagsLayout | undefined;
  /** Default: an ordinary x86-64 distribution kernel. */
  readonly config?: KernelConfig | undefined;
}

/** From this era on the text shows the fields, before it only names. */
const FIELDS_SINCE: Era = '5.14';

/** A flags word from its two halves, each an unsigned 32-bit number. */
export const pageFlagsWord = (low: number, high: number): bigint => (BigInt(high) << 32n) | BigInt(low);

function tableFor(format: PageFlagsFormat, layout: PageFlagsLayout): PageFlagsTable {
  const table = pageFlagsTable(format.era, format.config);
  const room = pageFlagsShift('lru', layout);
  if (room < table.bits.length) {
    throw new RangeError(
      `layout leaves ${room} bits for page flags, Linux ${format.era} needs ${table.bits.length}`,
    );
  }
  return table;
}

/** section, node and zone are decimal; the others `0x` hex. */
const fieldText = (field: PageFlagsField, value: number): string =>
  `${field}=${field === 'lastcpupid' || field === 'kasantag' ? hex(value) : value}`;

/**
 * A flags word as the kernel prints it, without the leading hex: `uptodate|lru|node=0|zone=1|lastcpupid=0x3fff`.
 *
 * First names, then bits that have no name as hex, then (since 5.14) every field of non-zero width. A record's
 * `Flags 0x..(..)` is `hex(flags)` followed by this in parentheses.
 *
 * @param flags unsigned 64-bit
 * @throws RangeError if `flags` is not an unsigned 64-bit integer, or the layout leaves too little room for the era's
 * flags
 */
export function formatPageFlags(flags: bigint, format: PageFlagsFormat): string {
  requireFlagsWord(flags);
  const layout = format.layout ?? X86_64_LAYOUT;
  const { era, printed } = tableFor(format, layout);
  const parts: string[] = [];
  let rest = BigInt.asUintN(pageFlagsShift('lru', layout), flags);
  const low = Number(BigInt.asUintN(32, rest));
  for (const { name, bit } of printed) {
    if (((low >>> bit) & 1) === 0) continue;
    parts.push(name);
    rest &= ~(1n << BigInt(bit));
  }
  if (rest !== 0n) parts.push(hex(rest));
  if (ERAS.indexOf(era) >= ERAS.indexOf(FIELDS_SINCE)) {
    for (const field of PAGE_FLAGS_FIELDS) {
      if (layout[field] !== 0) parts.push(fieldText(field, getPageFlagsField(flags, field, layout)));
    }
  }
  return parts.join('|');
}

/**
 * The flags word that a text stands for; the inverse of {@link formatPageFlags} as far as the text tells: before 5.14
 * it has no fields, and never the `lru` bits. Fields are accepted in every era.
 *
 * @throws RangeError for a name the era does not have, a field the layout does not have, or a value too large for it
 */
export function parsePageFlags(text: string, format: PageFlagsFormat): bigint {
  const layout = format.layout ?? X86_64_LAYOUT;
  const { bitOf } = tableFor(format, layout);
  let flags = 0n;
  for (const part of text === '' ? [] : text.split('|')) {
    const bit = bitOf.get(part);
    const field = bit === undefined ? FIELD.exec(part) : null;
    if (bit !== undefined) {
      flags |= 1n << BigInt(bit);
    } else if (field?.[1] !== undefined) {
      flags = setPageFlagsField(flags, field[1] as PageFlagsField, Number(field[2]), layout);
    } else if (UNNAMED.test(part)) {
      flags |= BigInt(part);
    } else {
      throw new RangeError(`unknown page flag "${part}" in Linux ${format.era}`);
    }
  }
  return flags;
}

const FIELD = new RegExp(`^(${PAGE_FLAGS_FIELDS.join('|')})=(0x[0-9a-f]+|\\d+)$`, 'i');
const UNNAMED = /^0x[0-9a-f]{1,16}$/i;
