/**
 * A file below /proc/sys that holds one integer. Source: kernel/sysctl.c `do_proc_dointvec()`,
 * kernel.sysctl_writes_strict=1.
 */
import type { Errno } from '@page-owner/page-owner';
import type { MachineFile, OpenFile } from './file-tree.js';

interface Sysctl {
  readonly path: string;
  readonly mode: number;
  /** What it accepts, inclusive; null takes any text, and is never read as a number. */
  readonly range: readonly [least: number, most: number] | null;
  /** What a write does, with the number that is there then. */
  readonly written: (value: number) => void;
}

const READABLE = 0o444;
/** Space, a number as C writes it, then the end or space. */
const INTEGER = /^[\t-\r ]*((-?)(?:0x[\da-f]+|0[0-7]*|[1-9]\d*))(?:$|[ \t\n][\t-\r ]*)/i;
/** Longer ones are refused, whatever their value. */
const LONGEST = 20;

const encoder = new TextEncoder();

export function sysctl({ path, mode, range, written }: Sysctl): MachineFile {
  let stored = 0;
  const open = (): OpenFile => {
    let position = 0;
    return {
      read(into) {
        if ((mode & READABLE) === 0) return 'EACCES';
        if (position > 0) return 0;
        position = encoder.encodeInto(`${stored}\n`, into).written;
        return position;
      },
      // Only the first number of what is written is taken, and only at the beginning of the file; the rest counts as
      // written.
      write(text) {
        if (text === '') return 0;
        let bytes = encoder.encode(text).length;
        if (range !== null && position === 0) {
          const [whole, number] = INTEGER.exec(text) ?? [];
          const value = numberOf(number);
          if (whole === undefined || !(value >= range[0] && value <= range[1])) return 'EINVAL';
          stored = value;
          bytes = whole.length;
        }
        position += bytes;
        written(stored);
        return bytes;
      },
      seek(offset, whence): number | Errno {
        if (!Number.isSafeInteger(offset)) throw new RangeError(`an offset is a whole number, got ${offset}`);
        const wanted = whence === 'SET' ? offset : position + offset;
        if (whence === 'END' || wanted < 0) return 'EINVAL';
        return (position = wanted);
      },
    };
  };
  return { path, mode, open };
}

/** Octal with a leading 0, as base 0 of C. */
function numberOf(text: string | undefined): number {
  if (text === undefined || text.length > LONGEST) return NaN;
  const digits = text.replace('-', '');
  const value = /^0[0-7]/.test(digits) ? parseInt(digits, 8) : Number(digits);
  return text.startsWith('-') ? -value : value;
}
