/**
 * Slab growth: `find` walks file systems and fills slabs with dentries and inodes, `tar` creates files, and drivers take
 * buffers of all sizes. Dentries and inodes stay, asked for as reclaimable, and a shrinker frees the oldest when the
 * allocator asks; buffers are freed soon, the last at the end. Blocks of directories are page cache, charged to the reader's
 * group.
 */
import { FOLIO, PAGE, SYSCALL, WRITE } from '../kernel/call-path.js';
import { Reclaimable } from './reclaimable.js';
import { MS, type Steps } from './workload.js';
import type { Folio, Site, Workbench } from './workbench.js';

const SLABS = 16;
/** For so many slabs one block of a directory is read. */
const BLOCKS = 8;

export function* slab(bench: Workbench): Steps {
  const { random } = bench;
  const lookup = `__lookup_slow walk_component path_lookupat filename_lookup vfs_statx vfs_fstatat __do_sys_newfstatat ${SYSCALL}`;
  const readdir = `iterate_dir __x64_sys_getdents64 ${SYSCALL}`;
  const open = `path_openat do_filp_open do_sys_openat2 __x64_sys_openat ${SYSCALL}`;
  const caches: readonly (readonly [task: string, site: Site])[] = [
    ['find', bench.slab(0, `kmem_cache_alloc_lru_noprof __d_alloc d_alloc_parallel ${lookup}`, true)],
    [
      'find',
      bench.slab(
        1,
        `kmem_cache_alloc_lru_noprof alloc_inode iget_locked kernfs_get_inode kernfs_iop_lookup ${lookup}`,
        true,
      ),
    ],
    [
      'find',
      bench.slab(
        1,
        `kmem_cache_alloc_lru_noprof proc_alloc_inode alloc_inode new_inode proc_pid_make_inode proc_pident_instantiate proc_fill_cache proc_pident_readdir ${readdir}`,
        true,
      ),
    ],
    [
      'find',
      bench.slab(
        2,
        `kmem_cache_alloc_lru_noprof ext4_alloc_inode alloc_inode iget_locked __ext4_iget ext4_lookup ${lookup}`,
        true,
      ),
    ],
    [
      'tar',
      bench.slab(
        2,
        `kmem_cache_alloc_lru_noprof ext4_alloc_inode alloc_inode new_inode __ext4_new_inode ext4_create ${open}`,
        true,
      ),
    ],
    ['tar', bench.slab(0, `kmem_cache_alloc_lru_noprof __d_alloc d_alloc_parallel ${open}`, true)],
    [
      'cp',
      bench.slab(
        2,
        `kmem_cache_alloc_lru_noprof shmem_alloc_inode alloc_inode new_inode __shmem_get_inode shmem_mknod ${open}`,
        true,
      ),
    ],
  ];
  const block = bench.site({
    gfp: 'GFP_NOFS|__GFP_NOFAIL|__GFP_COMP|__GFP_HARDWALL|__GFP_MOVABLE',
    path: `${FOLIO} __filemap_get_folio __getblk_slow ext4_getblk ext4_bread __ext4_read_dirblock htree_dirblock_to_tree ext4_htree_fill_tree ext4_readdir ${readdir}`,
    flags: 'uptodate|lru|private',
    memcg: 'user.slice',
  });
  const ioctl = `snd_ioctl[snd] __x64_sys_ioctl ${SYSCALL}`;
  const buffers: readonly (readonly [task: string, site: Site])[] = [
    ['systemd', bench.kernelSlab(0, `__kmalloc_noprof kernfs_fop_write_iter ${WRITE}`)],
    [
      'systemd',
      bench.slab(
        1,
        `__kmalloc_cache_noprof seq_open single_open proc_reg_open do_dentry_open vfs_open ${open}`,
      ),
    ],
    [
      'udevd',
      bench.kernelSlab(
        3,
        `__kmalloc_node_noprof __kvmalloc_node_noprof kobject_uevent_env device_add ${WRITE}`,
      ),
    ],
    ['pulseaudio', bench.kernelSlab(2, `__kmalloc_noprof snd_pcm_hw_params[snd] ${ioctl}`)],
    // Above the largest cache kmalloc() takes pages itself.
    [
      'pulseaudio',
      bench.site({
        gfp: 'GFP_KERNEL|__GFP_COMP|__GFP_ZERO',
        order: 4,
        path: `${PAGE} ___kmalloc_large_node __kmalloc_large_noprof snd_pcm_lib_malloc_pages[snd] ${ioctl}`,
      }),
    ],
  ];
  const shrink =
    '__free_slab discard_slab kmem_cache_free dentry_free shrink_dentry_list prune_dcache_sb super_cache_scan do_shrink_slab shrink_slab shrink_node';
  const kfree = bench.path(`__free_slab __slab_free kfree seq_release __fput task_work_run ${SYSCALL}`);

  const reclaimable = new Reclaimable(bench, shrink);

  const names = [...caches, ...buffers].map(([name]) => name);
  const tasks = new Map(names.map((name) => [name, bench.task(name)]));
  const allocate = ([name, site]: readonly [string, Site]) => bench.take(site, tasks.get(name)!);
  const inUse: Folio[] = [];
  try {
    for (;;) {
      for (let i = bench.count(SLABS); i > 0; i--) {
        const filled = allocate(caches[random.below(caches.length)]!);
        if (filled) reclaimable.push(filled);
        if (random.below(BLOCKS) === 0) {
          const read = allocate(['find', block]);
          if (read) reclaimable.push(read);
        }
        const buffer = allocate(buffers[random.below(buffers.length)]!);
        if (buffer) inUse.push(buffer);
      }
      bench.giveAll(inUse.splice(0, inUse.length >> 1), kfree, tasks.get('systemd'));
      yield 10 * MS;
    }
  } finally {
    bench.giveAll(inUse, kfree, tasks.get('systemd'));
  }
}
