import { encodeText } from '@page-owner/dump-format';
import type { FrameText } from './frame-text.js';

/**
 * FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ (offset basis and prime are from there). Chosen because
 * it is ten lines in any language, and so that ids can be made elsewhere, in SQL or a shell script.
 */
const OFFSET_BASIS_HIGH = 0xcbf29ce4;
const OFFSET_BASIS_LOW = 0x84222325;
/** The prime is 2^40 + 0x1b3: a multiplication by it is one by 0x1b3 and a shift by 40. */
const PRIME_LOW = 0x1b3;
const PRIME_SHIFT = 8; // 40 - 32, into the upper word

/** A running FNV-1a hash in two words. */
export class StackHash {
  low = OFFSET_BASIS_LOW;
  high = OFFSET_BASIS_HIGH;

  /** Goes on from a hash that was kept. */
  from(high: number, low: number): this {
    this.high = high;
    this.low = low;
    return this;
  }

  add(bytes: Uint8Array): this {
    let { low, high } = this;
    for (let i = 0; i < bytes.length; i++) {
      const mixed = (low ^ bytes[i]!) >>> 0;
      const product = mixed * PRIME_LOW; // below 2^41: exact
      low = product >>> 0;
      high = (Math.imul(high, PRIME_LOW) + Math.floor(product / 2 ** 32) + (mixed << PRIME_SHIFT)) >>> 0;
    }
    this.low = low;
    this.high = high;
    return this;
  }

  get value(): bigint {
    return (BigInt(this.high) << 32n) | BigInt(this.low);
  }
}

/**
 * The name of a function as it counts in a stack's id. A compiler may split, clone or rename a function from one build
 * to the next: `.isra.0`, `.constprop.0`, `.part.0`, `.cold`, `.llvm.1234`, `.lto_priv.0`. No C function has a dot in
 * its name, so all from the first dot on is cut off. A frame without a symbol is an address, which differs from boot
 * to boot: it counts as `0x`.
 */
function stableName(frame: FrameText): string {
  if (frame.isAddress) return '0x';
  const dot = frame.name.indexOf('.', 1);
  return dot < 0 ? frame.name : frame.name.slice(0, dot);
}

/** One line of the text that is hashed: `name` or `name [module]`, and a newline. */
export function stableLine(frame: FrameText): Uint8Array {
  return lineOf(stableName(frame), frame.module);
}

/** The same with offset and size: `name+0x10/0x80 [module]`. Compiler suffixes and addresses stay. */
export function exactLine(frame: FrameText): Uint8Array {
  const { name, offset, size } = frame;
  const place = offset === undefined ? '' : `+0x${offset.toString(16)}`;
  return lineOf(name + place + (size === undefined ? '' : `/0x${size.toString(16)}`), frame.module);
}

function lineOf(name: string, module: string | undefined): Uint8Array {
  return encodeText(module === undefined ? `${name}\n` : `${name} [${module}]\n`);
}

/**
 * The id of a stack, innermost frame first: the 64-bit FNV-1a hash of its functions, outermost first as folded stacks
 * have them, each on a line with its module. No offsets, no addresses: it is the same after a reboot, with KASLR, and
 * for a rebuilt kernel, as long as the same functions call each other. It will not change in later versions.
 */
export function stackId(frames: readonly FrameText[]): bigint {
  return hashOf(frames, stableLine);
}

/** The id of a stack with offsets, sizes and compiler suffixes: the same for the same build only. */
export function exactStackId(frames: readonly FrameText[]): bigint {
  return hashOf(frames, exactLine);
}

function hashOf(frames: readonly FrameText[], line: (frame: FrameText) => Uint8Array): bigint {
  const hash = new StackHash();
  for (let i = frames.length - 1; i >= 0; i--) hash.add(line(frames[i]!));
  return hash.value;
}
