/**
 * A module that loses pages. Each request to `[leaky]` takes a buffer, and a scratch page that is freed at once; on one
 * path of four the buffer is forgotten. A work item loses some as well, more rarely. The module's pool is of constant
 * size, and the log that the server writes grows faster than the leak, but is page cache: neither is one.
 */
import { FOLIO, PAGE, SHRINK_CACHE, SYSCALL, WORK, WRITE } from '../kernel/call-path.js';
import { Reclaimable } from './reclaimable.js';
import { MS, type Steps } from './workload.js';
import type { Workbench } from './workbench.js';

const POOL_PAGES = 64;
const REQUESTS = 4;

export function* leak(bench: Workbench): Steps {
  const { random } = bench;
  const request = `leaky_do_request[leaky] leaky_write[leaky] full_proxy_write ${WRITE}`;
  const pool = bench.site({
    gfp: 'GFP_KERNEL',
    path: `${PAGE} pool_refill_buffers[leaky] leaky_init[leaky] do_one_initcall do_init_module init_module_from_file __x64_sys_finit_module ${SYSCALL}`,
  });
  const scratch = bench.site({ gfp: 'GFP_KERNEL', path: `${PAGE} tidy_alloc_buffers[leaky] ${request}` });
  const buffer = bench.site({ gfp: 'GFP_KERNEL', path: `${PAGE} leaky_alloc_buffers[leaky] ${request}` });
  const deferred = bench.site({
    gfp: 'GFP_KERNEL|__GFP_COMP',
    order: 2,
    path: `${PAGE} leaky_alloc_buffers[leaky] leaky_work_fn[leaky] ${WORK}`,
  });
  const log = bench.site({
    gfp: 'GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_WRITE',
    path: `${FOLIO} __filemap_get_folio ext4_da_write_begin generic_perform_write ext4_buffered_write_iter ${WRITE}`,
    flags: 'uptodate|dirty|lru|private',
    memcg: 'server.service',
  });
  const done = bench.path(`free_unref_page leaky_put_buffers[leaky] ${request}`);

  const cache = new Reclaimable(bench, SHRINK_CACHE);

  const insmod = bench.task('insmod');
  for (let i = 0; i < POOL_PAGES; i++) bench.take(pool, insmod);
  bench.machine.tasks.exit(insmod);

  const server = bench.task('server');
  const kworker = bench.task('kworker/0:1');
  for (;;) {
    for (let i = 0; i < bench.count(REQUESTS); i++) {
      const [work, page] = [bench.take(buffer, server), bench.take(scratch, server)];
      bench.giveAll([page], done, server);
      // The path that forgets: nobody knows of `work` any more.
      if (random.below(4) !== 0) bench.giveAll([work], done, server);
      const line = bench.take(log, server);
      if (line) cache.push(line);
    }
    if (random.below(32) === 0) bench.take(deferred, kworker);
    yield 10 * MS;
  }
}
