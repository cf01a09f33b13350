import { readdirSync, writeFileSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { formatRecordBytes, formatStackList, parseDump } from '@page-owner/dump-format';
import { sortDump } from '@page-owner/page-owner-sort';
import { beside, inHome, json, read, run, SMALL, snapshot, spawned, text, unpacked } from './page-owner.js';

const T1 = snapshot('6.12-t1');
const T2 = snapshot('6.12-t2');
const LIST = beside('6.12-t2.show_stacks.txt.zst');

/** The table, without what is said of the input. */
const table = (screen: string): string => screen.slice(screen.indexOf('  pages '));

describe('a file of page_owner_sort', () => {
  let sorted: Buffer;
  beforeAll(async () => {
    sorted = Buffer.concat([...(await sortDump(await unpacked(T2))).text()]);
  });
  beforeEach(() => writeFileSync(inHome('sorted.txt'), sorted));

  test('tells what its dump tells', async () => {
    const [summed, dump] = [await json('top', inHome('sorted.txt')), await json('top', T2)];
    expect([summed.records, summed.pages]).toEqual([dump.records, dump.pages]);
    expect(table(await text('top', '--by', 'task,order', inHome('sorted.txt')))).toBe(
      table(await text('top', '--by', 'task,order', T2)),
    );
    expect(await text('summary', inHome('sorted.txt'))).toMatch(
      new RegExp(`sorted by page_owner_sort, ${dump.records} records\n`),
    );
    await text('export', '-o', inHome('a.csv'), inHome('sorted.txt'));
    const { stdout, stderr } = await run(['diff', '--all', '--json', inHome('sorted.txt'), T2]);
    expect(stderr).toMatch(
      /sorted\.txt is a file of page_owner_sort and \S+ a dump: pages that only their flags tell/,
    );
    const { delta } = JSON.parse(stdout);
    expect(delta.none + delta.shrinker + delta.lru).toBe(0);
  });

  test.each([
    [['fragmentation'], /which tells no page frames; this needs a dump, debugfs page_owner$/m],
    [['ages'], /this needs a dump/],
    [['show', '5'], /this needs a dump/],
    [['convert'], /this needs a dump/],
    [
      ['top', '--by', 'task,zone'],
      /--by zone: \S+ is a file of page_owner_sort, which tells tasks, orders and stacks only$/m,
    ],
    [['top', '--node', '0'], /--node: \S+ is a file of page_owner_sort/],
    [['top', '--older-than', '1s'], /--older-than: \S+ tells no times$/m],
  ])('%j: refused', async (args, sentence) => {
    const { code, stdout, stderr } = await run([...args, inHome('sorted.txt')]);
    expect([code, stdout, stderr.match(/\n/g)!.length]).toEqual([1, '', 1]);
    expect(stderr).toMatch(sentence);
  });

  test('with keys in place of records, or sorted once more, is refused', async () => {
    const culled = await sortDump(await unpacked(T2), { cull: ['name'] });
    writeFileSync(inHome('culled.txt'), Buffer.concat([...culled.text()]));
    const { code, stderr } = await run(['summary', inHome('culled.txt')]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/culled\.txt: line 1 is not .*; give the dump that was sorted/),
    ]);
    const files = readdirSync(inHome());
    for (const redact of [[], ['--redact']]) {
      const again = await spawned(['sort', ...redact, inHome('sorted.txt'), inHome('again.txt')]);
      expect(again).toMatchObject({ code: 1, stdout: '' });
      expect(again.stderr).toMatch(
        /^page-owner: .*sorted\.txt: line 1 begins "\d+ times,.*already; give the dump/,
      );
    }
    expect(readdirSync(inHome())).toEqual(files);
  });
});

describe('a list of stacks', () => {
  test('has no columns, and no numbers, of what it does not tell', async () => {
    const screen = await text('top', LIST);
    expect(table(screen).split('\n')[0]).toMatch(/^ *pages +size +share +stack$/);
    expect(screen).not.toMatch(/^ *- </m);
    expect(await text('summary', LIST)).not.toMatch(/tasks|^ *- </im);
    const document = await json('top', LIST);
    expect(document).toMatchObject({ records: null, top: expect.anything() });
    for (const row of document.top) expect(row).toMatchObject({ records: null, tasks: null });
    await text('export', '-o', inHome('list.csv'), LIST);
    const [names, ...rows] = read('list.csv').split('\r\n').slice(0, -1);
    for (const name of ['records', 'order', 'comm', 'migrated'])
      for (const row of rows) expect(row.split(',')[names!.split(',').indexOf(name)]).toBe('');
  });

  test.each([
    ...['task', 'pid', 'cgroup', 'order', 'gfp', 'type', 'block', 'zone', 'node'].map((by) => ['--by', by]),
    ['--task', 'init'],
    ['--pid', '1'],
    ['--cgroup', 'jobA'],
    ['--order', '0'],
    ['--zone', 'DMA'],
    ['--older-than', '1s'],
    ['--sort', 'records'],
  ])('%s %s is refused', async (option, value) => {
    const { code, stdout, stderr } = await run(['top', option, value, LIST]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      new RegExp(
        `^page-owner: ${option}( ${value})?: \\S+ is a list of page_owner_stacks, which tells stacks and pages only\n$`,
      ),
    );
  });
});

describe('diff', () => {
  test('of lists has no records, and no tasks', async () => {
    const screen = await text('diff', LIST, LIST);
    expect(screen).toMatch(/^ +\? +\? +a list of stacks +\S+show_stacks/m);
    expect(screen).not.toMatch(/^ *- </m);
    const { snapshots, rows } = await json('diff', '--all', '--limit', 'all', LIST, LIST);
    expect([snapshots[0].records, rows]).toEqual([null, []]);
    writeFileSync(inHome('none.txt'), ' f+0x1/0x2\nnr_base_pages: 1\n\n');
    const grown = await run(['diff', '--json', '--limit', '1', inHome('none.txt'), LIST]);
    expect(JSON.parse(grown.stdout).rows[0].tasks).toBeNull();
  });

  test.each([
    ['task', LIST, T2, 'a list of page_owner_stacks'],
    ['task,stack', T2, LIST, 'a list of page_owner_stacks'],
    ['block', 'sorted', T2, 'a file of page_owner_sort'],
    ['function,node', T2, 'sorted', 'a file of page_owner_sort'],
  ])('--by %s is refused of what does not tell it', async (by, ...files) => {
    const what = files.pop()!;
    const sorted = await sortDump(await unpacked(T2));
    writeFileSync(inHome('sorted'), Buffer.concat([...sorted.text()]));
    const paths = files.map((file) => (file === 'sorted' ? inHome('sorted') : file));
    const { code, stdout, stderr } = await run(['diff', '--by', by, ...paths]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(new RegExp(`^page-owner: --by \\w+: \\S+ is ${what}, which tells .*\n$`));
  });

  test('of processes says who they are', async () => {
    const small = await unpacked(SMALL);
    const { records } = parseDump(small);
    const copies = records
      .slice(0, 9)
      .map((record) =>
        formatRecordBytes({ ...record, pfn: record.pfn! + (1 << 24), tsNs: record.tsNs! + 10_000_000_000n }),
      );
    writeFileSync(inHome('more'), Buffer.concat([small, ...copies]));
    writeFileSync(inHome('small'), small);
    const { tgid, comm } = records[0]!;
    for (const by of ['tgid', 'pid'])
      expect(await text('diff', '--all', '--by', by, inHome('small'), inHome('more'))).toMatch(
        new RegExp(` ${tgid} ${comm}\\b`),
      );
  });
});

describe('a dump without times', () => {
  beforeEach(() =>
    writeFileSync(inHome('old'), 'Page allocated via order 0, mask 0x0(GFP_KERNEL)\n f+0x1/0x2\n\n'),
  );

  test.each([
    ['top', []],
    ['summary', []],
    ['fragmentation', []],
    ['show', ['5']],
    ['export', ['--format', 'csv']],
    ['convert', []],
    ['sort', []],
    ['diff', [SMALL]],
  ])('%s: no records are chosen by them', async (subcommand, args) => {
    for (const option of ['--older-than', '--newer-than']) {
      const line = [subcommand, option, '1ms', ...args, inHome('old')];
      const { code, stdout, stderr } = await (subcommand === 'sort'
        ? spawned([...line, inHome('new')])
        : run(line));
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/(--\w+-than: \S+ tells no times|no PFN lines.*)$/);
      expect(readdirSync(inHome())).toEqual(['old']);
    }
  });
});

test('a dump of a kernel that prints no tasks', async () => {
  writeFileSync(
    inHome('old'),
    'Page allocated via order 0, mask 0x0(GFP_KERNEL)\nPFN 5 type Movable Block 0 type Movable Flags 0x0()\n f+0x1/0x2\n\n',
  );
  const { code, stderr } = await run(['top', '--by', 'task', inHome('old')]);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/: --by task: \S+old does not tell it\n$/)]);
  expect(await text('top', inHome('old'))).not.toMatch(/- </);
  expect(await text('top', inHome('old'))).toContain('1 record,');
});

describe('--handles', () => {
  /** The dump with handles in place of stacks, and the file that tells them. */
  beforeEach(async () => {
    const handles = new Map<string, { handle: number; stack: readonly string[] }>();
    const { records } = parseDump(await unpacked(SMALL));
    const short = records.map(({ stack, ...record }) => {
      const key = stack.join('\n');
      if (!handles.has(key)) handles.set(key, { handle: handles.size + 1000, stack });
      return formatRecordBytes({ ...record, stack: [], handle: handles.get(key)!.handle });
    });
    writeFileSync(inHome('hs.txt'), Buffer.concat(short));
    writeFileSync(
      inHome('stacks.txt'),
      formatStackList({ kind: 'show_stacks_handles', entries: [...handles.values()] }),
    );
  });

  test('makes whole dumps of dumps with handles', async () => {
    const small = (await unpacked(SMALL)).toString('utf8');
    const given = ['--handles', inHome('stacks.txt')];
    await text('convert', ...given, '-o', inHome('whole.txt'), inHome('hs.txt'));
    expect(read('whole.txt')).toBe(small);
    await text('convert', '--to', 'V7', ...given, '-o', inHome('whole.txt'), inHome('hs.txt'));
    expect(read('whole.txt')).toBe(small);
    // Chosen by the stack that the handle stands for.
    const filter = ['--stack', 'ext4', '--limit', '5'];
    await text('convert', ...filter, ...given, '-o', inHome('some.txt'), inHome('hs.txt'));
    await text('convert', ...filter, '-o', inHome('wanted.txt'), SMALL);
    expect(read('some.txt')).toBe(read('wanted.txt'));
    expect(read('some.txt')).not.toBe('');
  });

  test('tells show and sort the stacks', async () => {
    const given = ['--handles', inHome('stacks.txt')];
    const [first] = parseDump(await unpacked(SMALL)).records;
    const pfn = String(first!.pfn);
    expect(await text('show', pfn, ...given, inHome('hs.txt'))).toBe(await text('show', pfn, SMALL));
    for (const redact of [[], ['--redact']])
      expect((await spawned(['sort', '-m', ...redact, ...given, inHome('hs.txt'), '-'])).stdout).toBe(
        (await spawned(['sort', '-m', ...redact, SMALL, '-'])).stdout,
      );
  });

  test('without it, what is missing is said', async () => {
    const { code, stdout, stderr } = await run(['top', inHome('hs.txt')]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('handle 10')]);
    expect(stderr).toMatch(/hs\.txt: it has handles in place of stacks, .*; --handles FILE/);
    const [first] = parseDump(await unpacked(SMALL)).records;
    expect(await text('show', String(first!.pfn), inHome('hs.txt'))).toMatch(/^ {2}owner handle 1000$/m);
  });

  test.each([
    ['another list', LIST, /handles are joined by show_stacks_handles, and this is show_stacks$/m],
    [
      'that of another boot',
      'other.txt',
      /handle \d+ is not in \S+: the two files are not from the same boot$/m,
    ],
  ])('%s is refused', async (_, file, sentence) => {
    writeFileSync(inHome('other.txt'), ' f+0x1/0x2\nhandle: 7\n\n');
    const path = file === LIST ? LIST : inHome(file);
    const files = readdirSync(inHome());
    for (const args of [
      ['convert', '-o', inHome('out.txt')],
      ['show', '0x1a34'],
    ]) {
      const { records } = parseDump(await unpacked(SMALL));
      const words = args[0] === 'show' ? ['show', String(records[0]!.pfn)] : args;
      const { code, stdout, stderr } = await run([...words, '--handles', path, inHome('hs.txt')]);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(sentence);
    }
    const sorted = await spawned(['sort', '--handles', path, inHome('hs.txt'), inHome('out.txt')]);
    expect([sorted.code, sorted.stdout, sorted.stderr]).toEqual([1, '', expect.stringMatching(sentence)]);
    expect(readdirSync(inHome())).toEqual(files);
  });

  test('given as the dump, says where it goes', async () => {
    const { code, stderr } = await run(['top', inHome('stacks.txt')]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/counts no pages; give it as .*--handles\) beside a dump/),
    ]);
  });
});

test('other files are told by name, and who takes them', async () => {
  for (const [name, sentence] of [
    ['6.12-t2.meminfo.txt', /it looks like meminfo: page-owner summary --meminfo takes it, beside a dump$/m],
    ['6.12-t2.vmstat.txt', /summary --vmstat takes it/],
    ['6.12-t2.zoneinfo.txt', /summary --zoneinfo takes it/],
    ['6.12-t2.pagetypeinfo.txt', /fragmentation --pagetypeinfo takes it/],
  ] as const)
    expect((await run(['diff', T1, beside(name)])).stderr).toMatch(sentence);
  writeFileSync(inHome('trace'), '# tracer: nop\n#\n');
  for (const args of [['top'], ['convert'], ['show', '5'], ['ages']])
    expect((await run([...args, inHome('trace')])).stderr).toMatch(
      /a trace: page-owner replay makes a dump of it$/m,
    );
});
