import { readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { formatRecord, parseDump } from '@page-owner/dump-format';
import { ALLOCATOR_SLAB, sortDump } from '@page-owner/page-owner-sort';
import type { SortDumpOptions } from '@page-owner/page-owner-sort';
import { breakdown, profileDump, selectsRecord } from '@page-owner/profile';
import type { Selection } from '@page-owner/profile';
import { inHome, ODD_NAMES, read, SMALL, snapshot, spawned, unpacked } from './page-owner.js';

const T2 = snapshot('6.12-t2');

/** What `page-owner sort` writes to standard output, when it ends well and says nothing else. */
async function sorted(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await spawned(['sort', ...args]);
  if (code !== 0 || stderr) throw new Error(`exit ${code}: ${stderr}`);
  return stdout;
}

/** The sorter on its own, on those records of a dump that are selected, as they are in it. */
async function byHand(path: string, select: Selection, options: SortDumpOptions): Promise<string> {
  const dump = await unpacked(path);
  const { text } = await sortDump(Object.keys(select).length ? chosen(dump, select) : dump, options);
  return Buffer.concat([...text()]).toString();
}

function chosen(dump: Buffer, select: Selection): Buffer {
  const pieces = dump.toString('latin1').split(/(?<=\n\n)/);
  const records = pieces.filter((text) =>
    parseDump(Buffer.from(text, 'latin1')).records.every((record) => selectsRecord(select, record)),
  );
  return Buffer.from(records.join(''), 'latin1');
}

test('is page_owner_sort', async () => {
  expect((await sorted('-m', '--cull=name', '--top', '2', T2, '-')).trimEnd().split('\n')).toHaveLength(2);
  expect(await sorted('--help')).toMatch(/^Usage: page_owner_sort[\s\S]*\n {2}--older-than TIME\n/);
});

describe('slab is what `top` calls slab', () => {
  const slabPages = async (dump: Uint8Array): Promise<[number, number]> => {
    const { groups } = await sortDump(dump, { cull: ['allocator'] });
    const rows = breakdown(await profileDump(dump), ['allocator']);
    const sum = (pages: number[]) => pages.reduce((a, b) => a + b, 0);
    return [
      sum([...groups()].filter(({ allocator }) => allocator & ALLOCATOR_SLAB).map(({ pages }) => pages)),
      sum(rows.filter(({ names }) => names[0] === 'slab').map(({ pages }) => pages)),
    ];
  };

  test.each([
    [['__rmqueue_pcplist', 'get_page_from_freelist', 'allocate_slab'], 4],
    [['slab_alloc_node.isra.0', 'kmem_cache_alloc'], 4],
    [['__alloc_contig_pages', 'new_slab'], 4],
    [['alloc_pages.constprop.0', '____cache_alloc_node'], 4],
    [['alloc_pages', 'slab_allocator', 'allocate_slab'], 0],
  ])('%j', async (names, pages) => {
    const stack = names.map((name) => `${name}+0x1/0x2`);
    const dump = Buffer.from(formatRecord({ order: 2, gfpMask: 0, gfpNames: '', stack }));
    expect(await slabPages(dump)).toEqual([pages, pages]);
  });

  test('in a real dump', async () => {
    const [sorter, profiler] = await slabPages(await unpacked(ODD_NAMES));
    expect(sorter).toBeGreaterThan(1000);
    expect(profiler).toBe(sorter);
  });
});

describe('its command line means what it always meant', () => {
  // `--n`, `--s`, `--m`: an option of more letters that is new does not make them unclear.
  test.each([
    [
      ['--n', 'init', '--s', 'pid', '--cu', 'pid,name'],
      { names: ['init'], cull: ['pid', 'name'], sort: 'pid' },
    ],
    [['--m=leaky', '--p=1', '--to', '1'], { modules: ['leaky'], pids: [1], top: 1 }],
    // What follows an option with a value is its value.
    [['--name', '--json', '--cull', 'pid'], { names: ['--json'], cull: ['pid'] }],
    [['--tg', '1', '--cull=tgid'], { tgids: [1], cull: ['tgid'] }],
  ])('%j', async (args, { sort, ...options }: Record<string, unknown>) => {
    const wanted = await byHand(T2, {}, {
      ...options,
      ...(sort !== undefined && { sort: [{ key: sort, descending: false }] }),
    } as unknown as SortDumpOptions);
    const { code, stdout } = await spawned(['sort', ...args, T2, '-']);
    expect([code, stdout]).toEqual([0, wanted]);
  });

  test('what is new is written out', async () => {
    for (const [args, sentence] of [
      [['--ord', '1'], /unrecognized option '--ord'/],
      [
        ['--t', 'x'],
        /option '--t' is ambiguous; possibilities: --tgid --top --threads --temporary-directory$/m,
      ],
      [['--json=yes'], /option '--json' doesn't allow an argument/],
      [['--order', 'x'], /--order: "x" is no number and no range/],
      [['--stack', '('], /--stack: "\(" is no regular expression/],
      [['--limit', '-1'], /--limit: "-1" is no whole number/],
      [['--limit', '2', '--top', '3'], /--limit and --top are both given; they are the same$/m],
      [['--redact-key', 'secret'], /--redact-key does nothing without --redact$/m],
      [['--older-than'], /requires an argument/],
    ] as const) {
      // Options may stand behind the files.
      const { code, stdout, stderr } = await spawned(['sort', SMALL, 'out', ...args]);
      expect([args, code, stdout]).toEqual([args, 2, '']);
      expect(stderr).toMatch(sentence);
      expect(stderr.trimEnd()).not.toContain('\n');
    }
    expect(readdirSync(inHome())).toEqual([]);
  });
});

describe('filters', () => {
  test.each<[string[], Selection]>([
    [['--task', 'init,cp'], { tasks: ['init', 'cp'] }],
    [['--cgroup', 'jobA', '--cgroup=offline jobB'], { cgroups: ['jobA', 'offline jobB'] }],
    [['--stack', '^vfs_'], { stacks: [/^vfs_/] }],
    [['--order=1-3,9'], { orders: [1, 2, 3, 9] }],
    [['--zone', 'DMA32', '--node', '0'], { zones: [1], nodes: [0] }],
    [['--gfp=GFP_KERNEL', '--type', 'Unmovable'], { gfp: ['GFP_KERNEL'], types: ['Unmovable'] }],
    [
      ['--not-task', 'cat', '--not-pid=1', '--not-module', 'leaky'],
      { not: { tasks: ['cat'], pids: [1], modules: ['leaky'] } },
    ],
    [['--allocator', 'slab,page cache'], { allocators: ['slab', 'page cache'] }],
  ])('%j choose the records that are sorted', async (args, select) => {
    const wanted = await byHand(T2, select, { sort: [{ key: 'pages', descending: true }] });
    expect(wanted.length).toBeGreaterThan(0);
    expect(await sorted('-m', ...args, T2, '-')).toBe(wanted);
  });

  test('together with those of page_owner_sort, and with --compat', async () => {
    const select: Selection = { tasks: ['init'], orders: [0] };
    const options = { modules: ['leaky'], pids: [1], cull: ['module'] } as const;
    const args = ['--task', 'init', '--order', '0', '--module', 'leaky', '--pid=1', '--cull=module'];
    expect(await sorted(...args, T2, '-')).toBe(await byHand(T2, select, options));
    const compat = { compat: '6.12', cull: ['name'] } as const;
    const { code, stdout } = await spawned([
      'sort',
      '--compat=6.12',
      '--task=init',
      '--cull=name',
      '--limit=1',
      T2,
      '-',
    ]);
    expect([code, stdout]).toEqual([0, await byHand(T2, { tasks: ['init'] }, { ...compat, top: 1 })]);
  });

  test('--tgid is that of page_owner_sort, --not-tgid is not', async () => {
    const args = ['--tgid', '1', '--not-task', 'init'];
    expect(await sorted(...args, T2, '-')).toBe(
      await byHand(T2, { not: { tasks: ['init'] } }, { tgids: [1] }),
    );
    expect(await sorted('--not-tgid', '1', T2, '-')).toBe(await byHand(T2, { not: { tgids: [1] } }, {}));
  });

  test('--older-than, of a file and of a pipe', async () => {
    const records = parseDump(await unpacked(T2)).records;
    const now = records.reduce((latest, { tsNs = 0n }) => (tsNs > latest ? tsNs : latest), 0n);
    const wanted = await byHand(T2, { until: now - 30_000_000_000n }, {});
    expect(await sorted('--older-than', '30s', T2, '-')).toBe(wanted);
    const piped = await spawned(['sort', '--older-than=30s', '-', '-'], await unpacked(T2));
    expect([piped.code, piped.stdout]).toEqual([0, wanted]);
  });

  test('what is odd comes through byte for byte, and findings are told of the whole dump', async () => {
    const bytes = await unpacked(ODD_NAMES);
    const name = inHome('noisy');
    writeFileSync(name, Buffer.concat([Buffer.from('noise \u001b[31m\n\n'), bytes]));
    const { code, stdout, stderr } = await spawned(['sort', '--zone', '0-9', name, '-']);
    expect([code, stdout]).toEqual([0, await byHand(ODD_NAMES, {}, {})]);
    expect(stderr).toMatch(
      /^page-owner: \S+noisy: skipped 1 piece \(\d+ bytes\) .*: line 1, byte 0, .*"noise \\x1b/,
    );
    const every = await spawned(['sort', '-d', '--zone', '0-9', name, '-']);
    expect(every.stderr).toMatch(/noisy: no record: line 1, byte 0/);
  });

  test('that select nothing give an empty output and say so', async () => {
    const { code, stdout, stderr } = await spawned(['sort', '--task', 'nobody', SMALL, inHome('out')]);
    expect([code, stdout, read('out')]).toEqual([0, '', '']);
    expect(stderr).toMatch(/^page-owner: \S+: none of 300 records is selected\n$/);
    writeFileSync(inHome('garbage'), 'garbage\n');
    const garbage = await spawned(['sort', '--task', 'nobody', inHome('garbage'), inHome('new')]);
    expect([garbage.code, garbage.stderr]).toEqual([
      1,
      expect.stringMatching(/no page_owner record in 8 bytes; line 1 begins "garbage/),
    ]);
    expect(readdirSync(inHome()).sort()).toEqual(['garbage', 'out']);
  });
});

test('--limit is --top', async () => {
  expect(await sorted('-m', '--limit', '3', T2, '-')).toBe(await sorted('-m', '--top', '3', T2, '-'));
  expect(await sorted('--limit', 'all', SMALL, '-')).toBe(await sorted(SMALL, '-'));
});

interface SortedGroup {
  records: number;
  pages: number;
  text: string;
  [key: string]: unknown;
}

describe('--json', () => {
  test.each([
    [[]],
    [['-m', '--cull=pid,name']],
    [['--cull=stacktrace,free,module,allocator,tgid', '--task=init']],
    [['-a']],
  ])('%j: the groups of the sorted file, in its words and in numbers', async (args) => {
    const text = await sorted(...args, T2, '-');
    await sorted(...args, '--json', T2, inHome('out.json'));
    const document = JSON.parse(read('out.json')) as Record<string, unknown> & { groups: SortedGroup[] };
    expect(document).toMatchObject({ format: 'page-owner/sort', version: 1, input: T2 });
    expect(document.groups.map((group) => group.text).join('')).toBe(text);
    expect(document.groups.reduce((sum, { records }) => sum + records, 0)).toBe(document.records);
    for (const group of document.groups) {
      expect(group.text).toMatch(new RegExp(`^${group.records} times, ${group.pages} pages`));
      if (args.includes('-a')) expect(group.text).toContain(`, ts ${String(group.tsNs)} ns\n`);
      else expect(group.tsNs).toBeUndefined();
    }
  });

  test('values of the keys', async () => {
    const keys = ['pid', 'tgid', 'name', 'stacktrace', 'free', 'module', 'allocator'];
    const { groups } = JSON.parse(
      await sorted('--json', `--cull=${keys.join()}`, '--module=leaky', '-m', '--limit=1', T2, '-'),
    );
    expect(groups).toHaveLength(1);
    const [{ stacktrace, ...group }] = groups;
    expect(group).toMatchObject({ records: 3200, pages: 3800, pid: 1, tgid: 1, name: 'init', free: false });
    expect(group).toMatchObject({ module: 'leaky', allocator: ['OTHERS'] });
    expect(stacktrace).toContain('leaky_alloc_buffers+0xc/0x30 [leaky]');
    const [first] = JSON.parse(await sorted('--json', '-m', T2, '-')).groups;
    expect(Object.keys(first)).toEqual([
      'records',
      'pages',
      'pid',
      'tgid',
      'name',
      'stacktrace',
      'module',
      'allocator',
      'text',
    ]);
    const culled = JSON.parse(await sorted('--json', '--cull=name', T2, '-')).groups[0];
    expect(Object.keys(culled)).toEqual(['records', 'pages', 'name', 'text']);
  });

  test('hostile names do nothing, and stay what they are; nothing selected is no group', async () => {
    const json = await sorted('--json', '--cull=name', ODD_NAMES, '-');
    // eslint-disable-next-line no-control-regex
    expect(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.exec(json)).toBeNull();
    const names = JSON.parse(json).groups.map(({ name }: SortedGroup) => name);
    expect(names).toEqual(expect.arrayContaining(['x\ny', 'a), ts 5 ns', '\udcff\udcfe']));
    const none = await spawned(['sort', '--json', '--task=nobody', SMALL, '-']);
    expect(JSON.parse(none.stdout)).toMatchObject({ recordsRead: 300, records: 0, groups: [] });
  });

  test('--redact leaves no name in it', async () => {
    const record = formatRecord({
      order: 0,
      gfpMask: 0,
      pid: 1,
      tgid: 1,
      comm: 'secret',
      stack: ['f+0x1/0x2'],
    });
    writeFileSync(inHome('dump'), record + record);
    for (const args of [[], ['--name', 'secret'], ['--task', 'secret'], ['--cull=name']]) {
      const json = await sorted('--json', '--redact', ...args, inHome('dump'), '-');
      expect(json).not.toContain('secret');
      expect(JSON.parse(json).groups).toMatchObject([
        { records: 2, name: expect.stringMatching(/^task-[0-9a-f]{8}$/) },
      ]);
    }
  });

  test('--compat: what the tool of 6.1 counts twice is in the numbers of records too', async () => {
    const record = formatRecord({
      order: 0,
      gfpMask: 0,
      pid: 1,
      tgid: 1,
      comm: 'init',
      stack: ['f+0x1/0x2'],
    });
    writeFileSync(inHome('dump'), record.repeat(3));
    const { code, stdout } = await spawned(['sort', '--json', '--compat', '6.1', inHome('dump'), '-']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ recordsRead: 3, records: 3, groups: [{ records: 3 }] });
  });
});
