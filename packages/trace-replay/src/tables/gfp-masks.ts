import { ERAS, formatGfp, gfpMigratetype, gfpTable, parseGfp } from '@page-owner/kernel-abi';
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
  if (NUMBER.test(text)) {
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

/** Whether a mask ends within a name, or before one, of whatever kernel. */
export function isCutMask(text: string): boolean {
  return text.split('|').some((name) => {
    if (NEWEST.has(name) || name === 'none' || NUMBER.test(name)) return false;
    if (name === '' || name === '0x') return true;
    const names = (knownNames ??= allNames());
    return !names.has(name) && [...names].some((known) => known.startsWith(name));
  });
}

/**
 * Whether a mask that asks for pages neither movable nor reclaimable would ask for some if its last name went on:
 * `GFP_HIGHUSER`, of `GFP_HIGHUSER_MOVABLE`.
 */
export function lacksMobility(text: string): boolean {
  const names = text.split('|');
  if (names.some((name) => isMobile(NEWEST.get(name)))) return false;
  const last = names[names.length - 1] as string;
  for (const [name, mask] of NEWEST) if (name.startsWith(last) && isMobile(mask)) return true;
  return false;
}

const isMobile = (mask = 0): boolean => gfpMigratetype(mask, 'newest') !== 0;

const NUMBER = /^(0x[0-9a-f]+|\d+)$/i;
const NEWEST = gfpTable('newest').masks;
let knownNames: Set<string> | undefined;

/** Of single bits also as they were before 4.6, without their first underscores. */
function allNames(): Set<string> {
  const names = ERAS.flatMap((era) => [...gfpTable(era).masks.keys()]);
  return new Set(['none', ...names, ...names.map((name) => name.replace(/^__/, ''))]);
}

function tryParse(text: string, era: Era): number | undefined {
  try {
    return parseGfp(text, era);
  } catch {
    return undefined;
  }
}
