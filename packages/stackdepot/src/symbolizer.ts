/** Addresses to text, the way the kernel's `%pS` prints them. */
import { toAddress } from './frames.js';

/** Turns the address `hi:lo` into text such as `vfs_write+0xf3/0x470` or `zram_submit_bio+0x1c/0x80 [zram]`. */
export interface Symbolizer {
  /** Low and high word of an address to its text. */
  symbolize(lo: number, hi: number): string;
}

/** A function: `size` bytes from `address`. */
export interface KernelSymbol {
  /** With the compiler's suffixes, such as `.isra.0` or `.cold`, which are part of the name. */
  readonly name: string;
  /** Of its first byte. */
  readonly address: bigint;
  /** Bytes. */
  readonly size: number;
  /** The module it is in; none for the kernel proper. */
  readonly module?: string;
}

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

/** What an address without a symbol prints as: its digits, no `+`. */
const symbolizeUnknown = (lo: number, hi: number): string => hex(toAddress(lo, hi));

/** A symbolizer without symbols. */
export const RAW_ADDRESSES: Symbolizer = { symbolize: symbolizeUnknown };

/** Symbols sorted by address. Where two overlap, the one that starts later wins. */
export class SymbolTable implements Symbolizer {
  readonly #symbols: readonly KernelSymbol[];
  readonly #starts: BigUint64Array;

  constructor(symbols: Iterable<KernelSymbol>) {
    const sorted = [...symbols].sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
    this.#symbols = sorted;
    this.#starts = BigUint64Array.from(sorted, ({ address }) => address);
  }

  /** The symbol an address lies in. */
  find(address: bigint): KernelSymbol | undefined {
    const starts = this.#starts;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! <= address) low = middle + 1;
      else high = middle;
    }
    const symbol = this.#symbols[low - 1];
    return symbol !== undefined && address - symbol.address < BigInt(symbol.size) ? symbol : undefined;
  }

  symbolize(lo: number, hi: number): string {
    const address = toAddress(lo, hi);
    const symbol = this.find(address);
    if (symbol === undefined) return symbolizeUnknown(lo, hi);
    const { name, module } = symbol;
    const text = `${name}+${hex(address - symbol.address)}/${hex(symbol.size)}`;
    return module === undefined ? text : `${text} [${module}]`;
  }
}
