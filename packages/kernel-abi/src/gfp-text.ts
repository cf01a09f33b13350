/** gfp masks to the kernel's text and back: what `%pGg` prints in a page_owner record or a tracepoint. */
import type { Release } from './era.js';
import { gfpTable } from './gfp-flags.js';
import type { KernelConfig } from './kernel-config.js';
import { hex, requireGfpMask } from './words.js';

/**
 * A mask as the kernel prints it: names joined by `|`, bits without a name as hex at the end.
 *
 * Zero gives the empty string, as page_owner shows it (`mask 0x0()`); tracepoints print `none` instead. Before 4.6
 * page_owner printed the number only, so for those eras the names are the ones of 4.6.
 *
 * @param mask unsigned 32-bit
 * @throws RangeError if `mask` is not an unsigned 32-bit integer; as {@link gfpTable} for `release`
 */
export function formatGfp(mask: number, release: Release, config?: KernelConfig): string {
  requireGfpMask(mask);
  let rest = mask;
  let text = '';
  for (const { name, mask: bits } of gfpTable(release, config).printed) {
    if (rest === 0) break;
    if ((rest & bits) >>> 0 !== bits) continue;
    rest = (rest & ~bits) >>> 0;
    text += text === '' ? name : `|${name}`;
  }
  if (rest === 0) return text;
  return text === '' ? hex(rest) : `${text}|${hex(rest)}`;
}

/**
 * The mask that a text stands for; the inverse of {@link formatGfp}.
 *
 * Accepts every name of the era, also the ones the kernel never prints (`__GFP_NOLOCKDEP`), single bits without their
 * leading `__` as old tracepoints had them (`GFP_COMP`; a compound such as `GFP_ATOMIC` wins), hex numbers anywhere,
 * and `none` or nothing for zero.
 *
 * @returns unsigned 32-bit
 * @throws RangeError for a name the era does not have, or a number above 32 bits; TypeError if it is no text
 */
export function parseGfp(text: string, release: Release, config?: KernelConfig): number {
  if (typeof text !== 'string')
    throw new TypeError(`names of gfp flags are text such as "GFP_KERNEL|__GFP_ZERO", got ${String(text)}`);
  const { masks } = gfpTable(release, config);
  if (text === '' || text === 'none') return 0;
  let mask = 0;
  for (const name of text.split('|')) {
    const bits = masks.get(name) ?? masks.get(`__${name}`) ?? parseHex(name);
    if (bits === undefined) throw new RangeError(`unknown gfp flag "${name}" in Linux ${release}`);
    mask |= bits;
  }
  return mask >>> 0;
}

function parseHex(text: string): number | undefined {
  return /^0x[0-9a-f]{1,8}$/i.test(text) ? Number(text) : undefined;
}
