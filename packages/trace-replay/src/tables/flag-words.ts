import { formatPageFlags, pageFlagsTable, parsePageFlags } from '@page-owner/kernel-abi';
import type { Era } from '@page-owner/kernel-abi';
import type { TextId, TextTable } from './text-table.js';

/** A page's flags as page_owner prints them: the word, and names of flags and fields. */
export interface PageFlags {
  readonly flags: bigint;
  readonly flagNames: string;
}

interface LowFlags extends PageFlags {
  /** Whether every name is known to the kernel; bits of the others are not in `flags`. */
  readonly known: boolean;
}

/** No node, zone or other field above the flags. */
const NO_FIELDS = { section: 0, node: 0, zone: 0, lastcpupid: 0, kasantag: 0, lru: 0 };
const FIELDS = /(?:^|\|)((?:section|node|zone|lastcpupid|kasantag)=.*)$/;
const NUMBER = /^(?:0x[0-9a-f]+|\d+)$/;

/**
 * What stands above the flags in a word of a baseline: node, zone, lastcpupid; undefined when the names do not explain the
 * rest.
 */
export function fieldsOf(
  { flags = 0n, flagNames = '' }: Partial<PageFlags>,
  era: Era,
): PageFlags | undefined {
  const [found = '', names = ''] = FIELDS.exec(flagNames) ?? [];
  const low = lowFlags(flagNames.slice(0, flagNames.length - found.length), era);
  if (!low.known || (flags & low.flags) !== low.flags) return undefined;
  return { flags: flags & ~low.flags, flagNames: names };
}

/** The words of page flags that events of page_ref name. */
export class FlagWords {
  readonly #texts: TextTable;
  readonly #era: Era;
  readonly #low: LowFlags[] = [];

  constructor(texts: TextTable, era: Era) {
    this.#texts = texts;
    this.#era = era;
  }

  /** The flags of a text, and the fields of a page. */
  with(id: TextId, fields: PageFlags | undefined): PageFlags {
    const low = (this.#low[id] ??= lowFlags(this.#texts.text(id), this.#era));
    if (fields === undefined) return { flags: low.flags, flagNames: low.flagNames };
    return {
      flags: fields.flags | low.flags,
      flagNames: [low.flagNames, fields.flagNames].filter((names) => names !== '').join('|'),
    };
  }

  /** The texts with a name that the kernel does not have. */
  unknown(): string[] {
    const texts = Array.from({ length: this.#texts.length }, (_, id) => this.#texts.text(id));
    return texts.filter((text) => !lowFlags(text, this.#era).known);
  }
}

/**
 * Names joined by `|` and perhaps a number of bits without a name; `none`; or, by tools that cannot resolve names, a whole
 * word.
 */
function lowFlags(text: string, era: Era): LowFlags {
  const table = pageFlagsTable(era);
  if (NUMBER.test(text)) {
    const flags = BigInt.asUintN(table.bits.length, BigInt(text));
    return { flags, flagNames: formatPageFlags(flags, { era, layout: NO_FIELDS }), known: true };
  }
  const flagNames = text === 'none' ? '' : text;
  let flags = 0n;
  let known = true;
  for (const name of flagNames === '' ? [] : flagNames.split('|')) {
    if (table.bitOf.has(name) || NUMBER.test(name)) flags |= parsePageFlags(name, { era, layout: NO_FIELDS });
    else known = false;
  }
  return { flags, flagNames, known };
}
