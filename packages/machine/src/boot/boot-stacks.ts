/** Stacks of the boot itself. Offsets are those of one build of each kernel; a build of one's own has others. */
import type { OwnStackName } from '@page-owner/page-owner';

interface BootStacks {
  /** What runs while the kernel comes up. */
  readonly boot: readonly string[];
  readonly own: Readonly<Record<OwnStackName, readonly string[]>>;
}

/** Source: dumps of 6.12.117 and 6.1.192. */
const EARLY = ['mm_core_init+0x1a4/0x2e0', 'start_kernel+0x298/0x7a0'];
const LATE = ['kernel_init_freeable+0xbc/0x1c9', 'kernel_init+0x11/0x110'];

/** @param time when page_ext gets its tables: in start_kernel(), or by the first task */
export function bootStacks(time: 'early' | 'late'): BootStacks {
  const early = time === 'early';
  const outer = early ? EARLY : LATE;
  const own = (name: string, callOffset: string): readonly string[] =>
    early
      ? [`${name}+0x36/0x50`, `init_page_owner+0x${callOffset}/0x2e0`, ...outer]
      : [`${name}+0x23/0x3e`, `init_page_owner+0x${callOffset}/0x305`, ...outer];
  return {
    boot: early
      ? ['get_page_from_freelist+0x1462/0x15e0', '__alloc_pages_noprof+0x14b/0x310', ...outer]
      : ['get_page_from_freelist+0x11f3/0x12d0', '__alloc_pages+0x174/0x2f0', ...outer],
    own: {
      register_dummy_stack: own('register_dummy_stack', early ? '21' : '20'),
      register_failure_stack: own('register_failure_stack', early ? '26' : '25'),
      register_early_stack: own('register_early_stack', early ? '2b' : '2a'),
    },
  };
}
