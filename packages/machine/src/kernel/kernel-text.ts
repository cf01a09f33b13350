/**
 * Functions of the kernel and its modules, laid out at addresses as they are first named.
 *
 * ```
 *   0xffffffff81000000              0xffffffffc0000000
 *   +---------+-----+---------+--   +---------+-----+--
 *   | func. 1 | gap | func. 2 |     | func. 3 | gap |         kernel; modules
 *   +---------+-----+---------+--   +---------+-----+--
 * ```
 *
 * The gap is there because a return address may be the first byte behind a function that does not return.
 */
import { RAW_ADDRESSES, type Symbolizer } from '@page-owner/stackdepot';

/** All addresses are in the top 4 GiB: their high word. */
export const TEXT_HIGH = 0xffffffff;
const KERNEL_START = 0x81000000;
const MODULES_START = 0xc0000000;
const TEXT_END = 0xff000000;
const ALIGNMENT = 16;

const FRAME = /^(.+)\+0x([0-9a-f]+)\/0x([0-9a-f]+)( \[.+\])?$/;
const ADDRESS = /^0x(?:ffffffff)?([0-9a-f]{1,8})$/;

export class KernelText implements Symbolizer {
  /** Start by `name/0xSIZE [module]`: functions of one name and different sizes are different functions. */
  readonly #functions = new Map<string, number>();
  readonly #texts = new Map<number, string>();
  #kernelEnd = KERNEL_START;
  #modulesEnd = MODULES_START;

  /**
   * The low word of the address that prints as `frame`: `name+0xOFFSET/0xSIZE`, ` [module]` behind it for a module's.
   * Equal texts have equal addresses.
   *
   * @throws RangeError for any other text
   */
  addressOf(frame: string): number {
    const [, name, offset, size, module = ''] = FRAME.exec(frame) ?? [];
    if (name === undefined) return this.#bareAddress(frame);
    const bytes = parseInt(size!, 16);
    const at = parseInt(offset!, 16);
    if (at > bytes) throw new RangeError(`the frame "${frame}" lies beyond its function`);
    const key = `${name}/${size}${module}`;
    let start = this.#functions.get(key);
    if (start === undefined) {
      start = this.#place(bytes, module !== '');
      this.#functions.set(key, start);
    }
    this.#texts.set(start + at, frame);
    return start + at;
  }

  symbolize(lo: number, hi: number): string {
    const text = hi >>> 0 === TEXT_HIGH ? this.#texts.get(lo >>> 0) : undefined;
    return text ?? RAW_ADDRESSES.symbolize(lo, hi);
  }

  /** The function's name, without offset, size and module, as ftrace prints it. */
  static functionOf(frame: string): string {
    return FRAME.exec(frame)?.[1] ?? frame;
  }

  #place(bytes: number, module: boolean): number {
    const start = module ? this.#modulesEnd : this.#kernelEnd;
    const end = Math.ceil((start + bytes + 1) / ALIGNMENT) * ALIGNMENT;
    if (end > (module ? TEXT_END : MODULES_START))
      throw new RangeError('there is no room for more functions');
    if (module) this.#modulesEnd = end;
    else this.#kernelEnd = end;
    return start;
  }

  /** Unwinders without symbols print addresses. */
  #bareAddress(frame: string): number {
    const digits = ADDRESS.exec(frame)?.[1];
    if (digits === undefined) {
      throw new RangeError(
        `a frame is name+0xOFFSET/0xSIZE, with [module] behind it if it has one, got "${frame}"`,
      );
    }
    return parseInt(digits, 16);
  }
}
