/**
 * Linear memory is handed out once, from the heap's base upwards, and taken back all at once (`release`).
 *
 *   0        __heap_base
 *   +--------+--------+----------+------+---------+-------------------------------------+
 *   | static | window | transfer | rows | scratch | interned texts, tables, oldest first |-> grows
 *   +--------+--------+----------+------+---------+-------------------------------------+
 *            '------------ kept for ever ---------' '-- mark ................... top --'
 */

/** Bytes that may be read past any text: the widest load is 16 bytes. */
export const SLACK: u32 = 16;

let top: u32 = <u32>__heap_base;

/** Takes `bytes` bytes (16-aligned, uninitialised) and grows the memory when they do not fit. */
export function allocate(bytes: u32): u32 {
  const at = (top + 15) & ~15;
  top = at + bytes;
  // In 64 bits: just below 4 GiB `top` wraps around.
  const pages = <i32>((<u64>at + bytes + SLACK + 0xffff) >> 16);
  const missing = pages - <i32>memory.size();
  // Growing by a sixteenth at a time keeps the number of detached views small.
  if (missing > 0 && memory.grow(max(missing, memory.size() >>> 4)) < 0) {
    if (memory.grow(missing) < 0) abort();
  }
  return at;
}

/** Where the next allocation would begin. */
export function mark(): u32 {
  return top;
}

/** Gives back all that was allocated since `mark()` returned `at`. */
export function release(at: u32): void {
  top = at;
}
