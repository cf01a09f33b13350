import { SPACE, isDigit } from './bytes.js';
import { decodeText } from './text-bytes.js';

const PLUS = 0x2b;
const SLASH = 0x2f;
const ZERO = 0x30;
const QUESTION_MARK = 0x3f;
const LETTER_A = 0x61;
const LETTER_F = 0x66;
const LETTER_X = 0x78;
const TILDE = 0x7e;

/*
 * The lines of a record after its header, in the order in which a kernel prints them. Only frames begin with a space.
 * Task names are in the header alone, and the kernel lets no newline into the name of a control group (cgroup_mkdir()
 * refuses it), so a line of these shapes is one.
 */

/** `PFN 0x5be8e type Movable Block 735 type Movable Flags 0x28(uptodate|lru)`: 4.6 on, decimal PFN up to 6.4. */
export const PFN_LINE =
  /^PFN (0x[0-9a-f]+|\d+) type (\S+) Block (\d+) type (\S+) Flags 0x([0-9a-f]+)\((.*)\)$/s;

/** `PFN 30625 Block 59 type 2 Fallback Flags    U LA     `: 3.19 to 4.5; blanks at the end may have been trimmed. */
export const LETTERS_PFN_LINE =
  /^PFN (\d+) Block (\d+) type (\d+) (Fallback| {8}) Flags ?([KERUDLASWCBM ]{0,12})$/;

/** ` post_alloc_hook+0x77/0xf0`, ` f+0x1/0x2 [xfs]`, ` 0xffffffff81000000`, ` [<ffffffff8116147e>] f+0x1/0x2` (to 4.9). */
export const FRAME_LINE =
  /^ (?:\[<[0-9a-f]+>\] )?(?:[^\s?]\S*\+0x[0-9a-f]+\/0x[0-9a-f]+(?: \[[^\]]+\])?|0x[0-9a-f]+)$/;

/** `[0xc01441b5] __alloc_pages+181`: the -mm kernels of 2005. No space before it. */
export const BARE_FRAME_LINE = /^\[0x[0-9a-f]+\] \S/;

/** `handle: 1310721`: the newest kernels, with mode=handle or mode=stack_handle. */
export const HANDLE_LINE = /^handle: (\d+)$/;

/** 4.6 on. */
export const MIGRATED_LINE = /^Page has been migrated, last migrate reason: (.*)$/s;

/** 5.18 on. */
export const SLAB_LINE = 'Slab cache page';

/** `Charged (via objcg) to offline memcg NAME`: 5.18 on; early patches wrote `offlined`. NAME may hold any byte. */
export const CHARGED_LINE = /^Charged (\(via objcg\) )?to (offlined? )?memcg (.*)$/s;

/**
 * Whether a line of a console log, [start, end), belongs to the record around it, rather than to another message of the
 * kernel that was printed meanwhile. Stricter about frames than the parser, which has no such doubt.
 */
export function isRecordLine(bytes: Uint8Array, start: number, end: number): boolean {
  if (isUsualFrame(bytes, start, end)) return true;
  const line = decodeText(bytes.subarray(start, end));
  return (
    line.startsWith('PFN ') ||
    FRAME_LINE.test(line) ||
    BARE_FRAME_LINE.test(line) ||
    HANDLE_LINE.test(line) ||
    MIGRATED_LINE.test(line) ||
    line === SLAB_LINE ||
    CHARGED_LINE.test(line)
  );
}

/** Whether a line is ` name+0xOFFSET/0xSIZE`, as most are: told without a string, for a log holds millions of them. */
function isUsualFrame(bytes: Uint8Array, start: number, end: number): boolean {
  const size = beforeHex(bytes, start, end, SLASH);
  const offset = beforeHex(bytes, start, size, PLUS);
  if (offset - start < 2 || bytes[start] !== SPACE || bytes[start + 1] === QUESTION_MARK) return false;
  for (let at = start + 1; at < offset; at++) if (bytes[at]! <= SPACE || bytes[at]! > TILDE) return false;
  return true;
}

/** Where `sign0xDIGITS` begins, which ends at `end`, or -1. */
function beforeHex(bytes: Uint8Array, start: number, end: number, sign: number): number {
  let digits = end;
  while (digits > start && isSmallHexDigit(bytes[digits - 1]!)) digits--;
  const at = digits - '+0x'.length;
  const isNumber = at >= start && digits < end && bytes[at + 1] === ZERO && bytes[at + 2] === LETTER_X;
  return isNumber && bytes[at] === sign ? at : -1;
}

function isSmallHexDigit(byte: number): boolean {
  return isDigit(byte) || (byte >= LETTER_A && byte <= LETTER_F);
}
