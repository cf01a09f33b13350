/**
 * Files are read and written until memory is full; from then on every allocation that finds nothing frees the oldest
 * pages of the cache. The cache stays when the work is over, and goes on giving way to whoever needs memory.
 */
import { FOLIO, PAGE, SHRINK_CACHE, SLAB, SYSCALL, WRITE } from '../kernel/call-path.js';
import { Reclaimable } from './reclaimable.js';
import { MS, type Steps } from './workload.js';
import type { Site, Workbench } from './workbench.js';

/** Folios per step; a step takes so long that a machine of any size is full after some three seconds. */
const STEPS_TO_FULL = 300;

const READ_AHEAD =
  'GFP_NOFS|__GFP_HIGHMEM|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_HARDWALL|__GFP_MOVABLE';
const WRITTEN = 'GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_WRITE';

export function* pageCache(bench: Workbench): Steps {
  const { random } = bench;
  const read = (order: number, outer: string): Site =>
    bench.site({
      gfp: READ_AHEAD,
      order,
      path: `${FOLIO} page_cache_ra_order filemap_get_pages ${outer}`,
      flags: order > 0 ? 'referenced|uptodate|lru|head' : 'referenced|uptodate|lru',
      memcg: 'system.slice',
    });
  const written = (outer: string): Site =>
    bench.site({
      gfp: WRITTEN,
      path: `${FOLIO} __filemap_get_folio ext4_da_write_begin generic_perform_write ext4_buffered_write_iter ${outer}`,
      flags: 'uptodate|dirty|lru|private',
      memcg: 'backup.service',
    });
  const readCall = `filemap_read ext4_file_read_iter vfs_read ksys_read ${SYSCALL}`;
  const sendfile = `splice_direct_to_actor do_splice_direct do_sendfile __x64_sys_sendfile64 ${SYSCALL}`;
  // Readahead begins small and doubles: large folios for files that are read from end to end.
  const work: readonly (readonly [task: string, site: Site])[] = [
    ['tar', read(0, readCall)],
    ['tar', read(2, readCall)],
    ['tar', read(4, readCall)],
    ['nginx', read(2, `filemap_splice_read ${sendfile}`)],
    ['nginx', read(4, `filemap_splice_read ${sendfile}`)],
    [
      'postgres',
      read(
        0,
        `filemap_fault __do_fault do_fault __handle_mm_fault handle_mm_fault exc_page_fault asm_exc_page_fault`,
      ),
    ],
    ['rsync', written(WRITE)],
    ['rsync', written(`iter_file_splice_write direct_splice_actor ${sendfile}`)],
  ];
  // What the file system needs for it, and keeps.
  const metadata = bench.site({
    gfp: 'GFP_NOFS|__GFP_NOFAIL|__GFP_COMP|__GFP_HARDWALL|__GFP_MOVABLE',
    path: `${FOLIO} __filemap_get_folio __getblk_slow __ext4_get_inode_loc ext4_get_inode_loc ext4_reserve_inode_write __ext4_mark_inode_dirty ext4_dirty_inode __mark_inode_dirty generic_update_time file_update_time ext4_buffered_write_iter`,
    flags: 'referenced|lru|active|private',
  });
  const nodes = bench.slab(
    1,
    `kmem_cache_alloc_lru_noprof xas_alloc xas_create xas_store __filemap_add_folio filemap_add_folio page_cache_ra_order`,
    true,
  );
  const heads = bench.site({
    gfp: 'GFP_NOFS|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_RECLAIMABLE',
    path: `${SLAB} kmem_cache_alloc_noprof alloc_buffer_head folio_alloc_buffers create_empty_buffers ext4_block_write_begin ext4_da_write_begin generic_perform_write`,
  });
  const bounce = bench.site({
    gfp: 'GFP_NOIO',
    path: `${PAGE} mempool_alloc_noprof bio_alloc_bioset ext4_mpage_readpages read_pages page_cache_ra_order filemap_get_pages ${readCall}`,
  });
  const complete = bench.path(
    'free_unref_page mempool_free bio_free blk_update_request blk_mq_end_request handle_softirqs',
  );

  const cache = new Reclaimable(bench, SHRINK_CACHE);

  const tasks = new Map(work.map(([name]) => [name, bench.task(name)]));
  const pagesPerStep = bench.count(bench.memoryPages / STEPS_TO_FULL);
  for (;;) {
    for (let pages = 0; pages < pagesPerStep;) {
      const [name, site] = work[random.below(work.length)]!;
      const task = tasks.get(name)!;
      const folio = bench.take(site, task);
      // Not even reclaim found anything: the readers wait.
      if (folio === undefined) break;
      cache.push(folio);
      pages += 2 ** site.order;
      bench.giveAll([bench.take(bounce, task)], complete, task);
      if (random.below(256) === 0) for (const more of [metadata, nodes, heads]) bench.take(more, task);
    }
    yield 10 * MS;
  }
}
