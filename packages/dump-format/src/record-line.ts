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
 * Whether a line of a console log belongs to the record around it, rather than to another message of the kernel that
 * was printed meanwhile. Stricter about frames than the parser, which has no such doubt.
 */
export function isRecordLine(line: string): boolean {
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
