import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { formatRecord, formatRecordBytes, parseDump, variantOf } from '@page-owner/dump-format';
import type { PageOwnerRecord } from '@page-owner/dump-format';
import { printable } from '@page-owner/page-owner-sort';
import {
  beside,
  inHome,
  json,
  ODD_NAMES,
  read,
  run,
  SMALL,
  snapshot,
  spawned,
  text,
  unpacked,
} from './page-owner.js';

const T2 = snapshot('6.12-t2');
const T3 = snapshot('6.12-t3');
/** The records of a fixture, for a brute-force answer. */
const parsed = new Map<string, Promise<readonly PageOwnerRecord[]>>();
function recordsOf(path: string): Promise<readonly PageOwnerRecord[]> {
  let records = parsed.get(path);
  if (!records || path.startsWith(inHome()))
    parsed.set(path, (records = unpacked(path).then((bytes) => parseDump(bytes.toString('utf8')).records)));
  return records;
}
const pagesOf = (records: readonly PageOwnerRecord[]) =>
  records.reduce((sum, { order }) => sum + 2 ** order, 0);

const DIMENSIONS =
  'stack function module task pid tgid cgroup allocator reclaim order gfp type block zone node'.split(' ');

describe('top', () => {
  test('by anything, its pages are those of the dump', async () => {
    const records = await recordsOf(SMALL);
    for (const by of DIMENSIONS) {
      const { top, pages } = await json('top', '--by', by, '--limit', 'all', SMALL);
      const sum = top.reduce((total: number, row: { pages: number }) => total + row.pages, 0);
      expect([by, sum, pages]).toEqual([by, pagesOf(records), pagesOf(records)]);
    }
  });

  test('by task, as counted by hand', async () => {
    const byHand = new Map<string, number>();
    for (const { comm = '', order } of await recordsOf(T2))
      byHand.set(comm, (byHand.get(comm) ?? 0) + 2 ** order);
    const { top } = await json('top', '--by', 'task', '--limit', 'all', T2);
    expect(new Map(top.map((row: { task: string; pages: number }) => [row.task, row.pages]))).toEqual(byHand);
    const [first] = top;
    const screen = await text('top', '--by', 'task', '--limit', '1', T2);
    expect(screen).toMatch(new RegExp(`\n +${first.pages} .* ${first.task} `));
    expect(screen).toContain(
      ` and ${byHand.size - 1} more with ${pagesOf(await recordsOf(T2)) - first.pages} pages`,
    );
  });

  const FILTERS: [string[], (record: PageOwnerRecord) => boolean][] = [
    [['--task', 'init,cp'], ({ comm }) => comm === 'init' || comm === 'cp'],
    [['--task', 'init', '--task', 'cp'], ({ comm }) => comm === 'init' || comm === 'cp'],
    [['--pid', '1'], ({ pid }) => pid === 1],
    [['--tgid', '738'], ({ tgid }) => tgid === 738],
    [['--gfp', 'GFP_KERNEL'], ({ gfpNames }) => gfpNames!.split('|').includes('GFP_KERNEL')],
    [['--gfp', '0xCC0,3264'], ({ gfpMask }) => gfpMask === 0xcc0],
    // The bit of 6.12.
    [['--gfp', '__GFP_ACCOUNT'], ({ gfpMask }) => (gfpMask! & 0x400000) !== 0],
    [['--type', 'unmovable'], ({ migratetype }) => migratetype === 'Unmovable'],
    [['--block', 'Movable,CMA'], ({ pageblockMigratetype: type }) => type === 'Movable' || type === 'CMA'],
    [['--not-task', 'cat,init'], ({ comm }) => comm !== 'cat' && comm !== 'init'],
    [['--not-pid', '1', '--not-tgid', '738'], ({ pid, tgid }) => pid !== 1 && tgid !== 738],
    [['--not-module', 'vmlinux'], ({ stack }) => stack.some((frame) => frame.endsWith(']'))],
    [['--not-cgroup', '/'], ({ memcg }) => memcg?.kind !== 'charged' || memcg.name !== '/'],
    [
      ['--not-stack', '^vfs_', '--not-stack=\\[leaky\\]'],
      ({ stack }) => !stack.some((frame) => frame.startsWith('vfs_') || frame.endsWith('[leaky]')),
    ],
    [['--stack', '^vfs_', '--stack', '^do_'], ({ stack }) => stack.some((frame) => /^(vfs|do)_/.test(frame))],
    [
      ['--type', 'Unmovable', '--not-block', 'Unmovable', '--not-gfp', '__GFP_ACCOUNT'],
      ({ migratetype, pageblockMigratetype, gfpMask }) =>
        migratetype === 'Unmovable' && pageblockMigratetype !== migratetype && !(gfpMask! & 0x400000),
    ],
    [['--not-order', '0', '--not-zone', 'Normal', '--not-node', '1'], ({ order }) => order > 0],
    [['--order', '1-3,9'], ({ order }) => (order >= 1 && order <= 3) || order === 9],
    [['--node', '0'], ({ flagNames }) => flagNames!.includes('node=0')],
    [['--zone', 'DMA32'], ({ flagNames }) => flagNames!.includes('zone=1')],
    [['--zone', '0-1'], ({ flagNames }) => /zone=[01]/.test(flagNames!)],
    [['--stack', '^vfs_write$'], ({ stack }) => stack.some((frame) => frame.startsWith('vfs_write+'))],
    [['--stack', '\\[zram\\]'], ({ stack }) => stack.some((frame) => frame.endsWith('[zram]'))],
    [['--module', 'zram'], ({ stack }) => stack.some((frame) => frame.endsWith('[zram]'))],
    [['--module', 'zsmalloc'], ({ stack }) => stack.some((frame) => frame.endsWith('[zsmalloc]'))],
    [['--module', 'vmlinux'], ({ stack }) => !stack.some((frame) => frame.endsWith(']'))],
    [['--cgroup', 'jobA'], ({ memcg }) => memcg?.kind === 'charged' && memcg.name === 'jobA'],
    [['--cgroup', 'jobB'], ({ memcg }) => memcg?.kind === 'charged' && memcg.name === 'jobB'],
    // As `top --by cgroup` shows it.
    [
      ['--cgroup', 'offline jobB'],
      ({ memcg }) => memcg?.kind === 'charged' && memcg.name === 'jobB' && memcg.offline,
    ],
    [['--task', 'init', '--order', '0'], ({ comm, order }) => comm === 'init' && order === 0],
  ];
  test.each(FILTERS)('%j', async (options, matches) => {
    const chosen = (await recordsOf(T2)).filter(matches);
    const { records, pages, recordsRead } = await json('top', ...options, T2);
    expect([records, pages, recordsRead]).toEqual([
      chosen.length,
      pagesOf(chosen),
      (await recordsOf(T2)).length,
    ]);
  });

  test('by module, as page_owner_sort culls it', async () => {
    const { top } = await json('top', '--by', 'module', '--limit', 'all', T3);
    const { stdout } = await spawned(['sort', '--cull=module', '-m', T3, '-']);
    const culled = stdout.matchAll(/, (\d+) pages, module: (\w+):?$/gm);
    expect(top.map((row: { module: string; pages: number }) => [row.module, row.pages])).toEqual(
      [...culled].map(([, pages, module]) => [module, Number(pages)]),
    );
    expect(top.length).toBeGreaterThan(3);
  });

  test('--older-than, of a file and of a pipe', async () => {
    const all = await recordsOf(T2);
    const now = all.reduce((latest, { tsNs = 0n }) => (tsNs > latest ? tsNs : latest), 0n);
    const chosen = all.filter(({ tsNs = 0n }) => tsNs <= now - 30_000_000_000n);
    const { records, pages } = await json('top', '--older-than', '30s', T2);
    expect([records, pages]).toEqual([chosen.length, pagesOf(chosen)]);
    const piped = await spawned(['top', '--json', '--older-than', '30s', '-'], await unpacked(T2));
    expect(JSON.parse(piped.stdout)).toMatchObject({ records, pages, input: '-' });
  });

  test('--newer-than is the rest of --older-than, and both are a span', async () => {
    const all = await recordsOf(T2);
    const now = all.reduce((latest, { tsNs = 0n }) => (tsNs > latest ? tsNs : latest), 0n);
    const [newer, older, span] = await Promise.all(
      [
        ['--newer-than', '30s'],
        ['--older-than', '30s'],
        ['--older-than', '10s', '--newer-than', '30s'],
      ].map((args) => json('top', ...args, T2)),
    );
    expect(newer.pages).toBeGreaterThan(0);
    expect(newer.records + older.records).toBe(all.length);
    const chosen = all.filter(
      ({ tsNs = 0n }) => tsNs > now - 30_000_000_000n && tsNs <= now - 10_000_000_000n,
    );
    expect([span.records, span.pages]).toEqual([chosen.length, pagesOf(chosen)]);
  });

  test('by pid and by tgid, whatever the names, as counted by hand', async () => {
    for (const by of ['pid', 'tgid'] as const) {
      const pages = new Map<number, number>();
      const names = new Map<number, Map<string, number>>();
      for (const { [by]: id = -1, comm = '', order } of await recordsOf(T2)) {
        pages.set(id, (pages.get(id) ?? 0) + 2 ** order);
        const of = names.get(id) ?? names.set(id, new Map()).get(id)!;
        of.set(comm, (of.get(comm) ?? 0) + 2 ** order);
      }
      const { top } = await json('top', '--by', by, '--limit', 'all', T2);
      expect(new Map(top.map((row: Record<string, unknown>) => [row[by], row.pages]))).toEqual(pages);
      for (const row of top) {
        const of = names.get(row[by])!;
        expect(of.get(row.comm)).toBe(Math.max(...of.values()));
        expect(new Set(row.tasks)).toEqual(new Set(of.keys()));
      }
      const several = top.find((row: { tasks: string[] }) => row.tasks.length > 2);
      const line = `${several[by]} ${several.comm}, +${several.tasks.length - 1}`;
      expect(await text('top', '--by', by, '--limit', 'all', T2)).toContain(` ${line} `);
    }
    expect(await text('top', '--by', 'pid,task', '--limit', '1', T2)).toMatch(
      / pid +task +mostly\n.* \d+ +[a-z]/,
    );
  });

  test('--json has numbers, names and whether a group is removed apart', async () => {
    const rowsOf = async (by: string) => (await json('top', '--by', by, '--limit', 'all', T2)).top;
    for (const by of ['order', 'zone', 'node', 'pid', 'tgid'])
      for (const row of await rowsOf(by)) expect([by, Number.isInteger(row[by])]).toEqual([by, true]);
    const charged = (await recordsOf(T2)).map(({ memcg, order }) => ({
      ...(memcg?.kind === 'charged'
        ? { cgroup: memcg.name, offline: memcg.offline }
        : { cgroup: null, offline: null }),
      order,
    }));
    const groups = await rowsOf('cgroup');
    expect(groups.some(({ offline }: { offline: boolean }) => offline)).toBe(true);
    for (const { cgroup, offline, pages } of groups)
      expect(pages).toBe(
        pagesOf(charged.filter((page) => page.cgroup === cgroup && page.offline === offline) as never),
      );
    for (const { gfp, gfpNames } of await rowsOf('gfp'))
      expect((await recordsOf(T2)).find(({ gfpMask }) => gfpMask === gfp)?.gfpNames).toBe(gfpNames);
  });

  test('a name with a comma', async () => {
    const { records } = await json('top', '--task', 'a)\\, ts 5 ns', ODD_NAMES);
    expect(records).toBeGreaterThan(0);
  });

  test('every name selects as it is shown', async () => {
    const { top: rows } = await json('top', '--by', 'task', '--limit', 'all', ODD_NAMES);
    const odd = rows.filter(({ task }: { task: string }) => printable(task) !== task);
    expect(odd.length).toBeGreaterThan(2);
    for (const { task, pages } of odd)
      expect(await json('top', '--task', printable(task), ODD_NAMES)).toMatchObject({ pages });
    // Of bytes, as exports and JSON have them; of characters that are shown alike.
    const record = (comm: string) => ({ order: 0, gfpMask: 0, pid: 1, tgid: 1, comm, stack: ['f+0x1/0x2'] });
    const names = ['\udc9bx', '\u009bx', '\\x9bx', 'a\\b', '\u202e'];
    writeFileSync(inHome('names'), Buffer.concat(names.map((name) => formatRecordBytes(record(name)))));
    const selected = async (...args: string[]) => (await json('top', ...args, inHome('names'))).records;
    expect(await selected('--task', '\\x9bx')).toBe(3);
    expect(await selected('--task', '\\udc9bx')).toBe(1);
    expect(await selected('--task', 'a\\b')).toBe(1);
    expect(await selected('--task', 'a\\\\b')).toBe(1);
    expect(await selected('--task', '\\u202e,a\\b')).toBe(2);
  });

  test('what is named twice is named once', async () => {
    expect(await text('top', '--by', 'task,task', T2)).toBe(await text('top', '--by', 'task', T2));
  });

  test('nothing selected is said, and no failure', async () => {
    const { code, stderr } = await run(['top', '--task', 'nobody', SMALL]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/: none of 300 records is selected\n$/);
  });

  test('trees sum up, both ways', async () => {
    for (const towards of ['callers', 'callees']) {
      const { root, pages } = await json('top', `--tree=${towards}`, '--full-stacks', T2);
      expect(root.pages).toBe(pages);
      const check = (node: { pages: number; self: number; children?: never[] }): void => {
        const below = (node.children ?? []).reduce((sum, child: typeof node) => sum + child.pages, 0);
        expect(node.self + below).toBe(node.pages);
        (node.children ?? []).forEach(check);
      };
      check(root);
    }
    expect(await text('top', '--tree', T2)).toBe(await text('top', '--tree', 'inverted', T2));
  });

  test('--full-stacks and --offsets', async () => {
    const screen = await text('top', '--module', 'leaky', '--limit', '1', '--full-stacks', '--offsets', T2);
    expect(screen).toMatch(/get_page_from_freelist\+0x[0-9a-f]+\/0x[0-9a-f]+\n/);
    expect(screen).toMatch(/\n +leaky_alloc_buffers\+0xc\/0x30 \[leaky\]\n/);
    expect(await text('top', '--module', 'leaky', '--limit', '1', T2)).not.toMatch(
      /get_page_from_freelist|\+0x/,
    );
  });
});

test('summary tells who, what and how much, and holds it against the kernel', async () => {
  const screen = await text(
    'summary',
    ...['meminfo', 'vmstat', 'zoneinfo'].flatMap((name) => [`--${name}`, beside(`6.12-t2.${name}.txt`)]),
    T2,
  );
  expect(screen).toMatch(/:\s+Linux 6\.7 and later,\s+\d+ records,\s+up 86\.2 s\n/);
  for (const title of [
    'Who holds the memory:',
    'Tasks',
    'Kernel memory that nothing reclaims:',
    'Huge pages',
    'Against the kernel:',
  ])
    expect(screen).toContain(`\n${title}`);
  const { classes, pages, reconciliation, unreclaimable } = await json(
    'summary',
    '--meminfo',
    beside('6.12-t2.meminfo.txt'),
    T2,
  );
  expect(classes.reduce((sum: number, row: { pages: number }) => sum + row.pages, 0)).toBe(pages);
  expect(reconciliation.managed).toBeGreaterThan(reconciliation.free);
  expect(unreclaimable.map((row: { owner: string }) => row.owner)).toContain('leaky_alloc_buffers [leaky]');
});

test('summary has a row for each class, as top --by allocator and /proc/meminfo count', async () => {
  const meminfo = beside('6.12-t2.meminfo.txt');
  const screen = await text('summary', '--limit', 'all', '--meminfo', meminfo, T2);
  const [, table = ''] = /Who holds the memory:.*\n.*\n([^]*?)\n\n/.exec(screen)!;
  const rows = [...table.matchAll(/^ +(\d+) .*? % {2}([a-z]+(?: [a-z]+)?) {2}/gm)];
  const { top } = await json('top', '--by', 'allocator', '--limit', 'all', T2);
  expect(rows.map(([, pages, kind]) => [kind, Number(pages)])).toEqual(
    top.map((row: { allocator: string; pages: number }) => [row.allocator, row.pages]),
  );
  const slab = rows.find(([, , kind]) => kind === 'slab')![1];
  expect(screen).toMatch(new RegExp(`\\n +${slab} +8155  slab +Slab\\n`));
});

test('summary says why a dump explains more than all', async () => {
  const explained = async (free: number, cached: number) => {
    const lines = [
      `MemTotal: 2040004 kB`,
      `MemFree: ${free} kB`,
      'Buffers: 0 kB',
      `Cached: ${cached} kB`,
      'Shmem: 0 kB',
    ];
    writeFileSync(inHome('meminfo'), `${lines.join('\n')}\n`);
    return (await text('summary', '--meminfo', inHome('meminfo'), T2)).split('Against the kernel')[1]!;
  };
  const { pages } = await json('summary', T2);
  const cache = (await json('top', '--allocator', 'page cache', T2)).pages;
  const free = (more: number) => 2040004 - 4 * (pages - more);
  expect(await explained(free(cache), 0)).toContain(
    `\nMore than all, as the dump was read after these counts: it has ${cache} pages more of\n` +
      '  page cache, which saving it to a file of that machine makes.\n',
  );
  for (const [more, cached] of [
    [3 * cache, 0],
    [cache, 4 * cache],
  ])
    expect(await explained(free(more!), cached!)).toContain(
      '\nMore than all, as the dump was read after these counts.\n',
    );
  expect(await explained(free(-1), 0)).not.toContain('More than all');
});

test('summary --limit limits kinds as well', async () => {
  const kinds = async (...args: string[]) => {
    const [, table = ''] = (await text('summary', ...args, T2)).split(/Who holds the memory:.*\n.*\n/);
    return table.split('\n').findIndex((line) => line.startsWith('  and '));
  };
  expect([await kinds(), await kinds('--limit', '1'), await kinds('--limit', '9')]).toEqual([8, 1, 9]);
  const none = await json('summary', '--limit', '0', T2);
  expect([none.classes, none.tasks, none.unreclaimable, none.hugePages]).toEqual([[], [], [], []]);
});

describe('ages', () => {
  test('the histogram holds all pages that have a time', async () => {
    const { histogram, pages, stacks } = await json('ages', T3);
    expect(histogram.reduce((sum: number, row: { pages: number }) => sum + row.pages, 0)).toBe(pages);
    expect(stacks[0].frames.join()).toContain('leaky_alloc_buffers [leaky]');
    expect(stacks[0].history).toHaveLength(12);
  });

  test('--older-than ranks by what is older', async () => {
    const { stacks } = await json('ages', '--older-than', '60s', T3);
    const older = stacks.map((row: { older: number }) => row.older);
    expect(older).toEqual(older.toSorted((a: number, b: number) => b - a));
    expect(older[0]).toBeGreaterThan(0);
  });

  test('a time finer than what is kept is said', async () => {
    const sentence = '  times are kept to 268 ms: pages older by less than that may be missing';
    expect(await text('ages', '--older-than', '100ms', T3)).toContain(sentence);
    expect(await text('ages', '--older-than', '60s', T3)).not.toContain(sentence);
  });
});

describe('fragmentation', () => {
  test.each(['6.12-t1', '6.12-t2', '6.12-t3', '6.1-t1', '6.1-t2'])(
    '%s: as many mixed blocks as the kernel counts',
    async (name) => {
      const document = await json(
        'fragmentation',
        '--pagetypeinfo',
        beside(`${name}.pagetypeinfo.txt`),
        snapshot(name),
      );
      const kernel = document.kernelMixed.flatMap(({ count }: { count: Record<string, number> }) =>
        Object.values(count),
      );
      expect(document.mixed).toBe(kernel.reduce((sum: number, count: number) => sum + count, 0));
      const screen = await text(
        'fragmentation',
        '--pagetypeinfo',
        beside(`${name}.pagetypeinfo.txt`),
        snapshot(name),
      );
      expect(screen).toContain(`\n${document.mixed} mixed (the kernel counts ${document.mixed}).\n`);
    },
  );

  test('with --redact, filters take the real names', async () => {
    let found = 0;
    for (const args of [
      ['--task', 'init'],
      ['--not-task', 'init,cat'],
      ['--cgroup', '/,offline jobB'],
      ['--not-cgroup', '/'],
    ]) {
      const rows = async (...more: string[]) =>
        (await json('fragmentation', '--limit', 'all', ...args, ...more, T3)).blockers.map(
          ({ owner, deniedPages }: Record<string, unknown>) => [owner, deniedPages],
        );
      expect(await rows('--redact')).toEqual(await rows());
      found += (await rows()).length;
    }
    expect(found).toBeGreaterThan(10);
  });

  test('filters choose owners, and what others hold still counts', async () => {
    const all = await json('fragmentation', '--limit', 'all', T3);
    const some = await json('fragmentation', '--limit', 'all', '--module', 'leaky', T3);
    const ofLeaky = all.blockers.filter(({ owner }: { owner: string }) => owner.endsWith('[leaky]'));
    expect(
      some.blockers.map(({ owner, deniedPages }: Record<string, unknown>) => [owner, deniedPages]),
    ).toEqual(ofLeaky.map(({ owner, deniedPages }: Record<string, unknown>) => [owner, deniedPages]));
    expect(ofLeaky.length).toBeGreaterThan(0);
  });

  test('all that is denied is in the totals and in the rows', async () => {
    for (const by of ['function', 'stack']) {
      const { denied, blockers, pageblocks } = await json('fragmentation', '--by', by, '--limit', 'all', T3);
      const { all, sole, shared } = denied;
      const sum = blockers.reduce(
        (total: number, row: { deniedPages: number }) => total + row.deniedPages,
        0,
      );
      expect([sum, sole.deniedPages + shared.deniedPages]).toEqual([all.deniedPages, all.deniedPages]);
      const screen = await text('fragmentation', '--by', by, T3);
      expect(screen).toContain(
        `\n${pageblocks} pageblocks of 2 MiB hold allocated pages, ${all.blocks} of them`,
      );
      expect(screen).toContain(`\nDenied to huge pages:  ${all.deniedPages} pages, `);
      for (const { blocks, deniedPages } of [sole, shared])
        expect(screen).toMatch(new RegExp(`\\n +${deniedPages} .* ${blocks} .* (?:one|several)\\n`));
      const shown = blockers.filter((row: { deniedPages: number }) => row.deniedPages > 0);
      expect(screen).toContain(`\n  and ${blockers.length - shown.length} that deny less than a page\n`);
      expect(screen).toContain(`\n  and ${shown.length - 10} more with `);
    }
  });

  test('what the workload that fragments leaves behind', async () => {
    const machine = ['--memory', '256M', '--cmdline', 'page_owner=on', '--run', 'fragmenter'];
    writeFileSync(inHome('dump'), (await spawned(['boot', ...machine, '--cat', 'page_owner'])).stdout);
    const { denied, blockers } = await json('fragmentation', '--limit', '4', inHome('dump'));
    const owners = blockers.map(({ owner }: { owner: string }) => owner);
    expect(owners).toEqual(
      expect.arrayContaining(['fragger_alloc_table [fragger]', 'pipe_write', 'sk_prot_alloc']),
    );
    const sum = (rows: { deniedPages: number }[]) =>
      rows.reduce((total, { deniedPages }) => total + deniedPages, 0);
    expect(sum(blockers) / denied.all.deniedPages).toBeGreaterThan(0.99);
    const fragger = blockers.find(({ owner }: { owner: string }) => owner.startsWith('fragger_'));
    expect(fragger.blocks).toBeGreaterThan(5 * fragger.soleBlocks);
    expect(fragger.movableBlocks / fragger.blocks).toBeGreaterThan(0.9);
  });

  test('pageblocks of another machine are a warning', async () => {
    const other = readFileSync(beside('6.12-t2.pagetypeinfo.txt'), 'utf8').replace(
      'Page block order: 9',
      'Page block order: 5',
    );
    writeFileSync(inHome('pagetypeinfo'), other);
    const { code, stderr } = await run(['fragmentation', '--pagetypeinfo', inHome('pagetypeinfo'), T2]);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/has pageblocks of order 5, .* of order 9: another machine\?\n$/),
    ]);
  });
});

describe('show', () => {
  test('every page of an allocation finds its record', async () => {
    const record = (await recordsOf(T2)).find(({ order }) => order === 3)!;
    for (const offset of [0, 1, 7]) {
      const { records, pageblock } = await json('show', String(record.pfn! + offset), T2);
      expect(records).toHaveLength(1);
      expect(records[0]).toMatchObject({ pfn: record.pfn, comm: record.comm, tsNs: String(record.tsNs) });
      expect(pageblock.block).toBe(record.block);
    }
    const screen = await text('show', `0x${(record.pfn! + 7).toString(16)}`, T2);
    expect(screen).toContain('page 7 of an allocation of order 3, 8 pages');
    expect(screen).toContain(formatRecord(record).split('\n')[1]);
  });

  test('the pageblock is told as it is', async () => {
    const all = await recordsOf(T2);
    for (const record of [all[0]!, all[all.length >> 1]!, all.at(-1)!]) {
      const { pageblock } = await json('show', String(record.pfn), '--limit', 'all', T2);
      const block = all.filter((other) => other.block === record.block);
      for (const { type, lru } of pageblock.owners)
        expect(
          block.some(
            ({ migratetype, flagNames }) =>
              migratetype === type && flagNames!.split('|').includes('lru') === lru,
          ),
        ).toBe(true);
      const told = pageblock.owners.reduce((sum: number, row: { pages: number }) => sum + row.pages, 0);
      expect([pageblock.block, told]).toEqual([record.block, pagesOf(block)]);
    }
  });

  test('an allocation larger than a pageblock is in all of its blocks', async () => {
    const record = (pfn: number, order: number, fn: string) =>
      formatRecord({
        order,
        gfpMask: 0xcc0,
        gfpNames: 'GFP_KERNEL',
        pid: 1,
        tgid: 1,
        comm: 'init',
        tsNs: 1n,
        pfn,
        pfnRadix: 16,
        migratetype: 'Unmovable',
        block: pfn >> 9,
        pageblockMigratetype: 'Unmovable',
        flags: 0n,
        flagNames: 'node=0|zone=1',
        stack: [`${fn}+0x1/0x2`],
      });
    const path = inHome('large.txt');
    const before = [record(0, 0, 'first'), record(600, 3, 'second')];
    for (const records of [before, []]) {
      writeFileSync(path, [...records, record(1024, 10, 'large'), record(2048, 0, 'after')].join(''));
      expect(await text('show', '1024', path)).toContain('Pageblock 2  Unmovable, 512 of 512 pages owned');
      expect(await text('show', '1700', path)).toContain(
        'Pageblock 3  of unknown type, 512 of 512 pages owned',
      );
      expect((await json('show', '1700', path)).pageblock).toMatchObject({
        block: 3,
        type: null,
        owners: [{ owner: 'large', records: 1, pages: 512 }],
      });
    }
    // From block 0 on, whose records do not tell how large a block is.
    writeFileSync(path, [record(0, 10, 'large'), record(1030, 1, 'after')].join(''));
    expect((await json('show', '700', path)).pageblock).toMatchObject({ block: 1, owners: [{ pages: 512 }] });
    expect((await json('show', '1030', path)).pageblock).toMatchObject({ block: 2, owners: [{ pages: 2 }] });
  });

  test('filters choose what is shown of page and pageblock', async () => {
    const all = await recordsOf(T2);
    const record = all.find(({ comm, block }) => {
      const tasks = new Set(all.filter((other) => other.block === block).map((other) => other.comm));
      return comm === 'init' && tasks.size > 2;
    })!;
    const pfn = String(record.pfn);
    const whole = await json('show', '--limit', 'all', pfn, T2);
    const own = await json('show', '--limit', 'all', '--task', 'init', pfn, T2);
    expect(own.records).toEqual(whole.records);
    expect(own.pageblock.owners.length).toBeLessThan(whole.pageblock.owners.length);
    for (const { tasks } of own.pageblock.owners) expect(tasks).toEqual(['init']);
    const pages = pagesOf(all.filter(({ block }) => block === record.block));
    const mine = pagesOf(all.filter(({ block, comm }) => block === record.block && comm === 'init'));
    expect(await text('show', '--task', 'init', pfn, T2)).toContain(
      `${pages} of 512 pages owned, ${mine} of them selected\n`,
    );
    expect(await text('show', pfn, T2)).toContain(`${pages} of 512 pages owned\n`);

    const { code, stdout, stderr } = await run(['show', '--task', 'nobody', pfn, T2]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /: PFN 0x[0-9a-f]+ has an owner, but its record is not one that the filters select\n$/,
      ),
    ]);
    expect(stdout).toMatch(/^Pageblock \d+ .*, 0 of them selected\n$/);
    const document = JSON.parse((await run(['show', '--json', '--task', 'nobody', pfn, T2])).stdout);
    expect(document).toMatchObject({ records: [], covering: 1, pageblock: { owners: [] } });
    const old = await run(['show', '--older-than', '1h', pfn, T2]);
    expect(old.stderr).toContain('has an owner, but');
  });

  test('a page that nobody owns', async () => {
    const { code, stderr } = await run(['show', '0xfffffff', T2]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/no record covers PFN 0xfffffff: it is free, reserved/),
    ]);
  });
});

describe('convert', () => {
  test('without --to every record stays as its kernel wrote it', async () => {
    const small = await unpacked(SMALL);
    expect(await json('convert', '-o', inHome('same'), SMALL)).toMatchObject({ variant: 'V7', records: 300 });
    expect(read('same')).toBe(small.toString('utf8'));
    // A mixture that no mainline kernel prints, as backports make them.
    const odd = small.toString('utf8').replaceAll(' ns\n', ' ns, free_ts 7 ns\n');
    writeFileSync(inHome('odd'), odd.replaceAll(', tgid', ', vendor 3, tgid'));
    expect(await json('convert', '--limit', '2', '-o', inHome('o'), inHome('odd'))).toMatchObject({
      records: 2,
    });
    expect(odd.replaceAll(', tgid', ', vendor 3, tgid').startsWith(read('o'))).toBe(true);
    await text('convert', '--redact', '-o', inHome('redacted'), SMALL);
    const redacted = read('redacted');
    expect(redacted.replaceAll(/\(task-[0-9a-f]{8}\)/g, '()').split('\n')[1]).toBe(
      small.toString('utf8').split('\n')[1],
    );
    expect(redacted).not.toContain('(init)');
  });

  test('a kernel that is not known yet is told from those that are', async () => {
    for (const kernel of ['6.12', '6.19', 'V7'])
      expect((await run(['convert', '--to', kernel, '-o', inHome('o'), SMALL])).stderr).toBe('');
    const { code, stderr } = await run(['convert', '--to', '9.9', '-o', inHome('o'), SMALL]);
    expect([code, stderr]).toEqual([
      0,
      'page-owner: --to 9.9: nothing is known of kernels after 6.19; the text is that of V7, 6.7 and later\n',
    ]);
  });

  test('to its own variant it is the same, byte for byte; from a pipe too', async () => {
    const path = new URL('../../dump-format/test/fixtures/odd-names-6.12.txt', import.meta.url).pathname;
    await text('convert', '--to', 'V7', '-o', inHome('same'), path);
    expect(readFileSync(inHome('same')).equals(readFileSync(path))).toBe(true);
    const small = await unpacked(SMALL);
    expect((await spawned(['convert', '--to', '6.12', '-'], small)).stdout).toBe(small.toString('utf8'));
  });

  test('what cannot be expressed is refused, or left out on demand and said', async () => {
    const refused = await run(['convert', '--to', '5.15', '-o', inHome('old'), SMALL]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /: the record at byte 0: V4 \(5\.13 - 5\.17\) prints free_ts, which the record lacks; --lossy does without\n$/,
    );
    expect(() => read('old')).toThrow('ENOENT');
    const lossy = await run(['convert', '--to', '5.15', '--lossy', '-o', inHome('old'), SMALL]);
    expect(lossy.code).toBe(0);
    expect(lossy.stderr.split('\n')).toEqual(
      expect.arrayContaining([
        'page-owner: left out comm of 300 records',
        'page-owner: left out tgid of 300 records',
        'page-owner: wrote free_ts 0 ns into 300 records, which did not say',
      ]),
    );
    const records = await recordsOf(inHome('old'));
    expect(records).toHaveLength(300);
    expect(new Set(records.map(variantOf))).toEqual(new Set(['V4']));
  });

  test('filters and --limit choose records', async () => {
    const some = (await recordsOf(T2)).filter(({ comm }) => comm === 'init');
    await text('convert', '--to', 'V7', '--task', 'init', '-o', inHome('some'), T2);
    expect(await recordsOf(inHome('some'))).toEqual(some);
    await text('convert', '--to', 'V7', '--task', 'init', '--limit', '5', '-o', inHome('some'), T2);
    expect(await recordsOf(inHome('some'))).toEqual(some.slice(0, 5));
    const done = await json('convert', '--to', 'V7', '--limit', '5', '-o', inHome('some'), T2);
    expect(done).toMatchObject({ format: 'page-owner/convert', records: 5, variant: 'V7' });
  });
});
