/**
 * Call paths by function names, innermost first and separated by blanks: `alloc_inode new_inode ext4_create`, with
 * `leaky_write[leaky]` for a function of a module, and `open#2` for the second place in `open` that calls the same function.
 * Offsets and sizes are those of this machine's own kernel, in which they follow from the names.
 */
import { isBefore, type Kernel } from './kernel.js';

/** What every stack begins with. Paths and masks of all workloads: as dumps of 6.12 have them. */
export const PAGE = 'get_page_from_freelist __alloc_pages_noprof alloc_pages_mpol_noprof';
export const FOLIO = `${PAGE} folio_alloc_noprof`;
export const ANON_FOLIO = `${PAGE} vma_alloc_folio_noprof`;
export const SLAB = `${PAGE} allocate_slab ___slab_alloc`;
export const VMALLOC = `${PAGE} __vmalloc_node_range_noprof`;

/** What they end with. */
export const SYSCALL = 'do_syscall_64 entry_SYSCALL_64_after_hwframe';
export const WRITE = `vfs_write ksys_write ${SYSCALL}`;
export const FAULT = '__handle_mm_fault handle_mm_fault exc_page_fault asm_exc_page_fault';
export const KTHREAD = 'kthread ret_from_fork ret_from_fork_asm';
export const WORK = `process_one_work worker_thread ${KTHREAD}`;
export const SOFTIRQ = 'handle_softirqs __irq_exit_rcu common_interrupt asm_common_interrupt';
export const EXIT = `do_exit do_group_exit __x64_sys_exit_group ${SYSCALL}`;

/** Reclaim of page cache, up to where it says on whose behalf. */
export const SHRINK_CACHE = 'free_unref_folios shrink_folio_list shrink_lruvec shrink_node';

const FUNCTION = /^(.+?)(?:#(\d+))?(\[.+\])?$/;

/** The frames of a path. Before 6.10 functions had no `_noprof` behind their names; the nearest era is told by 6.12. */
export function framesOf(path: string, kernel: Kernel): string[] {
  const old = isBefore(kernel.era, '6.12');
  let callee = '';
  return path.split(' ').map((text) => {
    const [, name = text, place = '1', module] =
      FUNCTION.exec(old ? text.replace('_noprof', '') : text) ?? [];
    const size = 0x20 + 0x10 * (hash(name) % 0x7e);
    // A call takes five bytes, and the address that a stack holds is the one behind it.
    const call = hash(`${name} ${callee}`) + 8 * (Number(place) - 1);
    const offset = 5 + (call % (size - 5));
    callee = name;
    return `${name}+0x${offset.toString(16)}/0x${size.toString(16)}${module ? ` ${module}` : ''}`;
  });
}

/** Names of the functions of a path. */
export const functionsOf = (path: string): string[] => path.replaceAll(/#\d+|\[.*?\]/g, '').split(' ');

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
