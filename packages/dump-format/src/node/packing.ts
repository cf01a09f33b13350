/** How a file is packed. */
export type Packing = 'none' | 'gzip' | 'zstd' | 'xz';

const MAGIC: readonly (readonly [Exclude<Packing, 'none'>, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
];
/** So many first bytes tell how a file is packed. */
export const LONGEST_MAGIC = 6;

export function packingOf(front: Uint8Array): Packing {
  for (const [packing, magic] of MAGIC) if (magic.every((byte, i) => front[i] === byte)) return packing;
  return 'none';
}
