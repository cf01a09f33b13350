import { isPageAllocator, plainName, SLAB_FUNCTION, VMALLOC_FUNCTION } from '@page-owner/dump-format';
import { ALLOCATOR_SLAB, ALLOCATOR_VMALLOC } from './group.js';

/** `name+0xOFF/0xSIZE[ [module]]`, before it `[<ADDR>] ` up to 4.9. */
const FRAME = /^ (?:\[<[0-9a-f]+>\] )?([^\s+]+)\+0x[0-9a-f]+(?:\/0x[0-9a-f]+)?(?: (\[[^\]]+\]))?/;

/**
 * The allocator classes that a stack text tells: SLAB or VMALLOC when the first function behind the page allocator's
 * own is one of that allocator's, or when the text says `Slab cache page` (5.18 on, pages charged to a memory cgroup).
 * The page flag `slab`, which the C tool looks for, is gone since 6.10.
 */
export function allocatorOfStack(stack: string): number {
  let allocator = /^Slab cache page$/m.test(stack) ? ALLOCATOR_SLAB : 0;
  for (const line of stack.split('\n')) {
    const name = FRAME.exec(line)?.[1];
    if (name === undefined) break;
    const plain = plainName(name);
    if (isPageAllocator(plain)) continue;
    if (SLAB_FUNCTION.test(plain)) allocator |= ALLOCATOR_SLAB;
    if (VMALLOC_FUNCTION.test(plain)) allocator |= ALLOCATOR_VMALLOC;
    break;
  }
  return allocator;
}

/** The module of the innermost frame that has one; of a record without any, `vmlinux`. */
export function moduleOfStack(stack: string): string {
  return /^ .*\+0x[0-9a-f]+\/0x[0-9a-f]+ \[([^\s\]]+)/m.exec(stack)?.[1] ?? 'vmlinux';
}

/** The functions of a stack text behind the page allocator's own, innermost first, without offsets. */
export function framesOfOwner(stack: string): string[] {
  const frames: string[] = [];
  for (const line of stack.split('\n')) {
    const [, name, module] = FRAME.exec(line) ?? [];
    if (name === undefined) break;
    if (frames.length || !isPageAllocator(plainName(name))) frames.push(module ? `${name} ${module}` : name);
  }
  return frames;
}
