import { ERAS, formatGfp, parseGfp } from '@page-owner/kernel-abi';
import type { Era } from '@page-owner/kernel-abi';

/** A gfp mask as page_owner prints it. */
export interface GfpMask {
  readonly mask: number;
  readonly names: string;
  /** Whether every name is known to some kernel; bits of the others are not in `mask`. */
  readonly known: boolean;
}

/**
 * The mask of the text in an event: names joined by `|`, `none`, or, where a tool could not resolve the names, a number. The
 * names say what was asked for; the number depends on the kernel.
 */
export function gfpMask(text: string, era: Era): GfpMask {
  if (/^(0x[0-9a-f]+|\d+)$/i.test(text)) {
    const mask = Number(BigInt(text) & 0xffff_ffffn);
    return { mask, names: formatGfp(mask, era), known: true };
  }
  const names = text === 'none' ? '' : text;
  const mask = tryParse(names, era);
  if (mask !== undefined) return { mask, names, known: true };
  // Names come and go: another kernel may know all of these.
  for (const other of [...ERAS].reverse()) {
    const found = tryParse(names, other);
    if (found !== undefined) return { mask: found, names, known: true };
  }
  let sum = 0;
  for (const name of names.split('|')) sum |= tryParse(name, era) ?? 0;
  return { mask: sum >>> 0, names, known: false };
}

function tryParse(text: string, era: Era): number | undefined {
  try {
    return parseGfp(text, era);
  } catch {
    return undefined;
  }
}
