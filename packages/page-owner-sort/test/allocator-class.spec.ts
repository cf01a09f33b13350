import { parseDump } from '@page-owner/dump-format';
import { describe, expect, test } from '@jest/globals';
import { allocatorOfStack, framesOfOwner, moduleOfStack } from '../src/allocator-class.js';
import { ALLOCATOR_SLAB, ALLOCATOR_VMALLOC } from '../src/group.js';
import { readDump } from './fixtures.js';

const text = (...frames: string[]): string => frames.map((frame) => ` ${frame}\n`).join('');
const stackOf = (...names: string[]): string => text(...names.map((name) => `${name}+0x1/0x2`));

describe('allocatorOfStack', () => {
  test.each([
    [['post_alloc_hook', 'get_page_from_freelist', '__alloc_pages', 'alloc_slab_page', 'allocate_slab']],
    [['__alloc_pages_noprof', 'alloc_pages_mpol_noprof', 'new_slab', '___slab_alloc']],
    [['alloc_slab_page.constprop.0', 'kmem_cache_alloc']],
    [['prep_new_page', 'kmem_getpages', 'cache_grow']],
    [['__alloc_frozen_pages_noprof', 'alloc_frozen_pages_noprof', 'allocate_slab.isra.0']],
    [['__rmqueue_pcplist', 'get_page_from_freelist', 'slab_alloc_node', 'kmem_cache_alloc']],
    [['__alloc_pages', '____cache_alloc', 'kmem_cache_alloc']],
  ])('SLAB: %j', (names) => expect(allocatorOfStack(stackOf(...names))).toBe(ALLOCATOR_SLAB));

  test.each([
    [['post_alloc_hook', '__alloc_pages_noprof', '__vmalloc_node_range_noprof', 'vmalloc_noprof']],
    // What the C tool misses: a frame between the page allocator's and __vmalloc_node_range.
    [['alloc_pages_bulk_array_mempolicy', '__vmalloc_area_node', '__vmalloc_node_range']],
    [['alloc_pages_bulk_noprof', 'vm_area_alloc_pages.constprop.0', '__vmalloc_node_range_noprof']],
    [['alloc_pages', 'vmalloc_user']],
    [['alloc_pages', 'vzalloc']],
  ])('VMALLOC: %j', (names) => expect(allocatorOfStack(stackOf(...names))).toBe(ALLOCATOR_VMALLOC));

  test.each([
    [[]],
    [['post_alloc_hook', '__alloc_pages']],
    [['__alloc_pages', 'pte_alloc_one', 'allocate_slab']],
    [['__alloc_pages', 'my_vmalloc', '__vmalloc_node_range']],
    [['alloc_pages', 'vmalloced_by_me']],
    // Large kmalloc takes pages of its own, which are no slab.
    [['__folio_alloc_noprof', '___kmalloc_large_node', '__kmalloc_noprof']],
  ])('neither: %j', (names) => expect(allocatorOfStack(stackOf(...names))).toBe(0));

  test('frames of kernels up to 4.9, frames without a name, and pages charged object by object', () => {
    expect(
      allocatorOfStack(
        text(
          '[<ffffffff8116147e>] __alloc_pages_nodemask+0x1de/0xb00',
          '[<ffffffff8116147f>] new_slab+0x1/0x2',
        ),
      ),
    ).toBe(ALLOCATOR_SLAB);
    expect(allocatorOfStack(text('0xffffffff81000000', 'new_slab+0x1/0x2'))).toBe(0);
    expect(allocatorOfStack(`${stackOf('pte_alloc_one')}Slab cache page\n`)).toBe(ALLOCATOR_SLAB);
    expect(allocatorOfStack(`${stackOf('pte_alloc_one')}Charged to memcg Slab cache page\n`)).toBe(0);
  });

  test('agrees with the page flag `slab`, which the kernel printed up to 6.9', async () => {
    const { records } = parseDump(await readDump('linux-6.1-t0'));
    let slabs = 0;
    const wrong: string[] = [];
    for (const { stack, flagNames = '' } of records) {
      const isSlab = flagNames.split('|').includes('slab');
      if (isSlab) slabs++;
      if (isSlab !== ((allocatorOfStack(text(...stack)) & ALLOCATOR_SLAB) !== 0)) wrong.push(stack[0]!);
    }
    expect([records.length, slabs]).toEqual([12091, 1342]);
    // Pages from before page_owner was up: their stack is that of their registration, whoever allocated them.
    expect(new Set(wrong)).toEqual(new Set(['register_early_stack+0x23/0x3e']));
    expect(wrong).toHaveLength(97);
  });

  test('finds all that the kernel calls a slab page in a dump without the flag', async () => {
    const { records } = parseDump(await readDump('linux-6.12-t5-oddnames'));
    const charged = records.filter(({ memcg }) => memcg?.kind === 'slab');
    expect(charged).toHaveLength(50);
    expect(charged.filter(({ stack }) => allocatorOfStack(text(...stack)) !== ALLOCATOR_SLAB)).toEqual([]);
  });
});

describe('moduleOfStack', () => {
  test.each([
    [text('f+0x1/0x2', 'g+0x1/0x2 [xfs]', 'h+0x1/0x2 [dm_mod]'), 'xfs'],
    [text('[<ffffffff8116147e>] f+0x1/0x2 [xfs]'), 'xfs'],
    [text('f+0x1/0x2 [nf-tables]'), 'nf-tables'],
    [text('f+0x1/0x2'), 'vmlinux'],
    // Nothing but a frame names a module: no control group, no address.
    [`${text('f+0x1/0x2', '[<ffffffff8116147e>] f+0x1/0x2')}Charged to memcg a+0x1/0x2 [xfs]\n`, 'vmlinux'],
    ['', 'vmlinux'],
  ])('%j', (stack, module) => expect(moduleOfStack(stack)).toBe(module));
});

describe('framesOfOwner', () => {
  test.each([
    [
      stackOf('__alloc_pages.isra.0', '__rmqueue_pcplist', 'vfs_write', 'alloc_pages'),
      ['vfs_write', 'alloc_pages'],
    ],
    [stackOf('alloc_pages_noprof.cold', 'f.isra.0', 'g_noprof'), ['f.isra.0', 'g_noprof']],
    [text('alloc_pages+0x1/0x2', 'f+0x1/0x2 [xfs]', '[<ffffffff8116147e>] g+0x1/0x2'), ['f [xfs]', 'g']],
    [stackOf('post_alloc_hook', 'alloc_pages'), []],
    ['', []],
  ])('%j', (stack, frames) => expect(framesOfOwner(stack)).toEqual(frames));
});
