/** A stack frame as a dump prints it, taken apart. */
export interface FrameText {
  /** The symbol, compiler suffixes included; the address itself, `0xffffffff81000000`, when there is none. */
  readonly name: string;
  /** The kernel had no symbol for it. */
  readonly isAddress: boolean;
  /** Bytes into the function. */
  readonly offset?: number;
  /** Bytes of the function. */
  readonly size?: number;
  /** Undefined in the kernel itself. */
  readonly module?: string;
}

/**
 * `name+0xOFF/0xSIZE[ [module]]`, before it `[<ADDR>] ` up to 4.9; `[0xADDR] name+DEC` in 2005. In a log the brackets
 * can hold a build id after the module.
 */
const SYMBOL =
  /^(?:\[(?:<[0-9a-f]+>|0x[0-9a-f]+)\] )?(\S+?)\+(0x[0-9a-f]+|\d+)(?:\/(0x[0-9a-f]+))?(?: \[([^\]\s]+)[^\]]*\])?$/;
const ADDRESS = /^(?:\[(?:<[0-9a-f]+>|0x[0-9a-f]+)\] )?(0x[0-9a-f]+)$/;
/** What unwinders of x86 up to 4.13 print after the last frame. */
const END_MARKER = /^0xf{8}(?:f{8})?$/;

/** Takes one frame apart; whatever is no frame counts as a function of that name. Undefined: an end marker. */
export function parseFrame(text: string): FrameText | undefined {
  const symbol = SYMBOL.exec(text);
  if (symbol) {
    const [, name = '', offset, size, module] = symbol;
    // Field by field: spreading takes longer than all the rest, and a dump of many stacks has millions of frames.
    const frame: { -readonly [Field in keyof FrameText]: FrameText[Field] } = {
      name,
      isAddress: false,
      offset: Number(offset),
    };
    if (size !== undefined) frame.size = Number(size);
    if (module !== undefined) frame.module = module;
    return frame;
  }
  const address = ADDRESS.exec(text)?.[1];
  if (address === undefined) return { name: text, isAddress: false };
  return END_MARKER.test(address) ? undefined : { name: address, isAddress: true };
}

/** The frames of a stack as a record has them, innermost first. */
export function parseFrames(stack: readonly string[]): FrameText[] {
  return stack.map(parseFrame).filter((frame) => frame !== undefined);
}
