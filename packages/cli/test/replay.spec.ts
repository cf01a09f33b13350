import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { parseDump } from '@page-owner/dump-format';
import type { PageOwnerRecord } from '@page-owner/dump-format';
import { bootMachine, runWorkload } from '@page-owner/machine';
import { ProfileBuilder, profileDump } from '@page-owner/profile';
import { replay } from '@page-owner/trace-replay';
import { inHome, json, read, run, SMALL, spawned, text, unpacked } from './page-owner.js';

const FIXTURES = new URL('../../trace-replay/test/fixtures', import.meta.url).pathname;
const STACKS = join(FIXTURES, 'tracefs-stacks.txt.zst');
const OVERRUN = join(FIXTURES, 'tracefs-overrun.txt.zst');
const TRACE_CMD = join(FIXTURES, 'trace-cmd-stacks.txt.zst');
const PERF = join(FIXTURES, 'perf-stacks.txt.zst');
const EVENTS = join(FIXTURES, 'tracefs-events.txt.zst');

const recordsOf = (dump: string): PageOwnerRecord[] => {
  const { records, garbage } = parseDump(dump);
  expect(garbage).toEqual([]);
  return [...records];
};
const pagesOf = (records: readonly PageOwnerRecord[]): number =>
  records.reduce((sum, { order }) => sum + 2 ** order, 0);

/** What the command writes to a file; standard output is a test process's own. */
async function dumped(...args: string[]): Promise<{ dump: string; stderr: string }> {
  const { code, stdout, stderr } = await run(['replay', '-o', inHome('dump.txt'), ...args]);
  if (code !== 0 || stdout) throw new Error(`exit ${code}: ${stderr}`);
  return { dump: read('dump.txt'), stderr };
}

let seconds = 12;
/** An event of tracefs. */
const event = (payload: string, comm = 'init', pid = 1): string =>
  `${comm.padStart(16)}-${String(pid).padEnd(7)} [001] .....    ${(seconds += 0.5).toFixed(6)}: ${payload}\n`;
const alloc = (pfn: number, comm?: string, order = 0): string =>
  event(
    `mm_page_alloc: page=0 pfn=0x${pfn.toString(16)} order=${order} migratetype=0 gfp_flags=GFP_KERNEL`,
    comm,
  );
const free = (pfn: number, comm?: string): string =>
  event(`mm_page_free: page=0 pfn=0x${pfn.toString(16)} order=0`, comm);

function written(name: string, content: string | Uint8Array): string {
  writeFileSync(inHome(name), content);
  return inHome(name);
}

/** Status 1 or 2, one plain sentence, and nothing is written or changed. */
async function fails(args: readonly string[], code: number, sentence: RegExp): Promise<void> {
  const before = readdirSync(inHome());
  const ended = await run(['replay', ...args]);
  expect(ended).toMatchObject({ code, stdout: '' });
  expect(ended.stderr).toMatch(/^page-owner: [ -~\u00a1-\uffff]+\n$/);
  expect(ended.stderr).toMatch(sentence);
  expect(readdirSync(inHome())).toEqual(before);
}

describe('the dump', () => {
  test('is one of 6.7 and later, on standard output, in a file, from a packed pipe', async () => {
    const { stdout, stderr, code } = await spawned(['replay', STACKS]);
    expect([code, stderr]).toEqual([0, '']);
    const records = recordsOf(stdout);
    const { live } = await json('replay', '--report', STACKS);
    expect([records.length, pagesOf(records)]).toEqual([live.records, live.pages]);
    expect(records.every(({ stack }) => stack.length > 0)).toBe(true);

    expect(await dumped(STACKS)).toEqual({ dump: stdout, stderr: '' });
    const piped = await spawned(['replay', '-'], gzipSync(await unpacked(STACKS)));
    expect(piped).toMatchObject({ code: 0, stdout, stderr: '' });
  });

  test.each([
    ['top', ['--json']],
    ['summary', ['--json']],
    ['ages', ['--all', '--json']],
    ['fragmentation', ['--json']],
    ['export', ['--format', 'json']],
    ['convert', ['--to', 'V7']],
  ])('goes through a pipe to %s', async (subcommand, options) => {
    const { dump } = await dumped(STACKS);
    const { code, stdout, stderr } = await spawned([subcommand, ...options, '-'], dump);
    expect([code, stderr]).toEqual([0, '']);
    if (subcommand === 'convert') expect(stdout).toBe(dump);
    else if (subcommand === 'export') expect(stdout).toContain('do_anonymous_page');
    else expect(JSON.parse(stdout)).toMatchObject({ records: recordsOf(dump).length, pages: 20 });
  });

  test('goes through a pipe to page_owner_sort', async () => {
    const { code, stdout } = await spawned(['sort', '-m', '-', '-'], (await dumped(STACKS)).dump);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^9 times, 9 pages, allocated by OTHERS :\n/);
  });

  test('of lost events: what may be stale only on demand, and it is said', async () => {
    const { dump, stderr } = await dumped(OVERRUN);
    expect(stderr).toMatch(/overrun\.txt\.zst: 29864 events were overwritten before the trace begins\n/);
    expect(stderr).toMatch(/696 pages of 1020 may have been freed while events were lost/);
    const all = await dumped('--doubtful', OVERRUN);
    expect(pagesOf(recordsOf(dump))).toBe(1020 - 696);
    expect(pagesOf(recordsOf(all.dump))).toBe(1020);
  });

  const FILTERS: [string[], (record: PageOwnerRecord) => boolean][] = [
    [['--task', 'init'], ({ comm }) => comm === 'init'],
    [['--pid', '1,2'], ({ pid }) => pid === 1 || pid === 2],
    [['--tgid', '1'], ({ tgid }) => tgid === 1],
    [
      ['--type', 'Movable', '--not-task', 'true'],
      ({ migratetype, comm }) => migratetype === 'Movable' && comm !== 'true',
    ],
    [['--not-gfp', 'GFP_KERNEL'], ({ gfpNames }) => !gfpNames!.split('|').includes('GFP_KERNEL')],
    [['--newer-than', '100ms'], ({ tsNs }) => tsNs! > 13_094_662_000n - 100_000_000n],
    [['--stack', '^copy_process$'], ({ stack }) => stack.includes('copy_process')],
    [['--order', '2-3', '--task', 'true'], ({ order, comm }) => order >= 2 && order <= 3 && comm === 'true'],
    [['--older-than', '100ms'], ({ tsNs }) => tsNs! <= 13_094_662_000n - 100_000_000n],
  ];
  test.each(FILTERS)('%j', async (options, matches) => {
    const { lastNs } = await json('replay', '--report', STACKS);
    // What `--older-than` counts back from.
    expect(lastNs).toBe('13094662000');
    const all = recordsOf((await dumped(STACKS)).dump);
    const chosen = all.filter(matches);
    const { dump, stderr } = await dumped(...options, STACKS);
    expect(recordsOf(dump)).toEqual(chosen);
    expect(stderr).toBe(
      chosen.length ? '' : `page-owner: ${STACKS}: none of ${all.length} records is selected\n`,
    );
  });

  test('--limit, and what --json tells of it', async () => {
    const all = recordsOf((await dumped(STACKS)).dump);
    const { dump } = await dumped('--limit', '3', STACKS);
    expect(recordsOf(dump)).toEqual(all.slice(0, 3));
    const init = all.filter(({ comm }) => comm === 'init').slice(0, 5);
    const done = await json('replay', '--task', 'init', '--limit', '5', '-o', inHome('some'), STACKS);
    expect(done).toMatchObject({
      format: 'page-owner/replay-dump',
      recordsLeft: all.length,
      records: init.length,
      pages: pagesOf(init),
    });
    expect(recordsOf(read('some'))).toEqual(init);
  });

  test('filters by what a trace does not tell', async () => {
    const trace = written('trace.txt', alloc(0x7_0000, 'sh') + free(0x7_0000));
    for (const [option, value] of [
      ['--node', '0'],
      ['--zone', '0-4'],
      ['--cgroup', '/'],
    ] as const) {
      const alone = await dumped(option, value, STACKS);
      expect(alone.dump).toBe('');
      expect(alone.stderr).toContain(
        `${option}: a trace does not tell the ${option.slice(2)} of a page, so nothing is selected\n`,
      );
      const { dump, stderr } = await dumped(option, value, '--baseline', SMALL, trace);
      expect(stderr).toContain(
        option === '--cgroup'
          ? 'so only records of the baseline are selected\n'
          : 'so only what lies in a pageblock that the baseline knows is selected\n',
      );
      expect(dump).not.toBe('');
      const not = option.replace('--', '--not-');
      const all = await dumped(not, value, STACKS);
      expect(all.stderr).toContain(
        `${not}: a trace does not tell the ${option.slice(2)} of a page, so nothing is left out\n`,
      );
      expect(all.dump).toBe((await dumped(STACKS)).dump);
    }
  });

  test('goes on from a baseline', async () => {
    const baseline = recordsOf((await unpacked(SMALL)).toString());
    const [first, second] = baseline;
    const trace = written('trace.txt', free(first!.pfn!) + alloc(0x7_0000, 'sh') + alloc(0x7_0001));
    expect(first!.order).toBe(0);
    const records = recordsOf((await dumped('--baseline', SMALL, trace)).dump);
    expect(records).toHaveLength(baseline.length + 1);
    expect(records.some(({ pfn }) => pfn === first!.pfn)).toBe(false);
    expect(records.find(({ pfn }) => pfn === second!.pfn)).toEqual(second);
    const { live } = await json('replay', '--report', '--baseline', SMALL, trace);
    expect(live).toMatchObject({ records: records.length, baselineRecords: baseline.length - 1 });
    expect(await text('replay', '--report', '--baseline', SMALL, trace)).toMatch(
      /\n8 KiB allocated, .* left \(2 pages\)\n.* of the baseline left \(\d+ pages\)\npeak .*, baseline included, /,
    );
    // The rest of the report is of the trace.
    const { neverFreed, whole } = await json('replay', '--report', '--baseline', SMALL, trace);
    expect([neverFreed[0].pages, whole.pages]).toEqual([2, 2]);
  });

  test('of a trace in which all was freed', async () => {
    const { dump, stderr } = await dumped(written('t', alloc(5) + free(5)));
    expect(dump).toBe('');
    expect(stderr).toMatch(/: nothing is left of what was allocated; the dump is empty\n$/);
  });
});

describe('an export', () => {
  test.each([
    ['owners.pb.gz', []],
    ['owners.pb', ['--full-stacks']],
    ['owners.folded', ['--task', 'init']],
    ['owners.speedscope.json', ['--page-size', '16K']],
    ['owners.csv', ['--redact']],
    ['owners.json', []],
    ['owners.json.gz', ['--order', '0']],
    ['owners', ['--format', 'csv']],
  ])('%s %j is that of the dump', async (name, options) => {
    writeFileSync(inHome('dump.txt'), (await dumped(STACKS)).dump);
    await text('export', '-o', inHome(`a.${name}`), ...options, inHome('dump.txt'));
    await text('replay', '-o', inHome(`b.${name}`), ...options, STACKS);
    const [a, b] = await Promise.all([unpacked(inHome(`a.${name}`)), unpacked(inHome(`b.${name}`))]);
    expect(b.length).toBeGreaterThan(100);
    if (!name.endsWith('.json.gz') && !name.endsWith('owners.json')) return expect(b).toEqual(a);
    // The dump was scanned; records were not.
    const { reports: _a, ...exported } = JSON.parse(a.toString());
    const { reports: _b, ...replayed } = JSON.parse(b.toString());
    expect(replayed).toEqual(exported);
  });

  test('Parquet is two files; a profile beside a report; one on standard output', async () => {
    await text('replay', '-o', inHome('x.parquet'), STACKS);
    expect(readdirSync(inHome()).sort()).toEqual(['x.samples.parquet', 'x.stacks.parquet']);
    const report = await text('replay', '--report', '-o', inHome('x.folded'), STACKS);
    expect(report).toMatch(/Never freed/);
    const { stdout } = await spawned(['replay', '--format', 'folded', STACKS]);
    expect(stdout).toBe(read('x.folded'));
    const { code, stderr } = await run(['replay', '--order', '9', '-o', inHome('none.csv'), STACKS]);
    expect([code, stderr]).toEqual([
      0,
      `page-owner: ${STACKS}: none of ${recordsOf((await dumped(STACKS)).dump).length} records is selected\n`,
    ]);
  });

  test('of lost events: what is certain, or all', async () => {
    const pagesIn = async (...args: string[]) => {
      const { code } = await run(['replay', '-o', inHome('x.json'), ...args, OVERRUN]);
      expect(code).toBe(0);
      return JSON.parse(read('x.json')).pages;
    };
    expect([await pagesIn(), await pagesIn('--doubtful')]).toEqual([1020 - 696, 1020]);
  });

  test('of the library: records go to a profile without text between', async () => {
    // The example of trace-replay's README.
    const baseline = await unpacked(SMALL);
    for (const trace of [STACKS, PERF, OVERRUN]) {
      for (const options of [{}, { baseline }]) {
        const replayed = await replay(await unpacked(trace), options);
        const builder = new ProfileBuilder();
        builder.addRecords(replayed.records());
        const { reports, sources, ...profile } = builder.finish();
        const { reports: _, sources: ofDump, ...read } = await profileDump(replayed.dump());
        expect([reports, sources, ofDump]).toEqual([[], ['records'], ['dump']]);
        expect(profile.records).toBeGreaterThan(5);
        expect(profile).toEqual(read);
      }
    }
  });
});

describe('the report', () => {
  test.each([STACKS, OVERRUN, TRACE_CMD, PERF, EVENTS])('adds up: %s', async (trace) => {
    const report = await json('replay', '--report', '--limit', 'all', trace);
    const { whole, live, events, superseded, neverFreed, stacks, tasks } = report;
    expect(report).toMatchObject({ format: 'page-owner/replay', version: 1, input: trace });
    type Row = Record<string, number>;
    const sum = (rows: Row[], field: string): number => rows.reduce((total, row) => total + row[field]!, 0);
    expect(sum(neverFreed, 'pages')).toBe(live.pages - live.baselinePages);
    expect(sum(neverFreed, 'records')).toBe(live.records);
    expect(sum(neverFreed, 'doubtfulPages')).toBe(live.doubtfulPages);
    expect(sum(neverFreed, 'doubtfulRecords')).toBe(live.doubtfulRecords);
    expect(whole.doubtfulPages).toBe(live.doubtfulPages);
    expect(report.eventsMissing).toBe(trace === OVERRUN || superseded.events > 0);
    expect('firstNs' in report.losses).toBe(trace === OVERRUN);
    for (const field of Object.keys(whole).filter((name) => !name.endsWith('Ns'))) {
      expect([field, sum(tasks, field)]).toEqual([field, whole[field]]);
      expect([field, sum(stacks, field)]).toEqual([field, whole[field]]);
    }
    expect(whole.allocations + whole.failed).toBe(events.allocations);
    expect(whole.frees).toBe(events.frees);
    expect(whole.pages).toBe(whole.freedPages + whole.livePages + superseded.pages);
    const ends = Object.values<number>(report.lifetimesUs);
    expect(ends.reduce((total, count) => total + count, 0)).toBe(whole.ended);
    const { ownerFrame, frames, stackId } = neverFreed[0];
    expect(stackId).toMatch(/^0x[0-9a-f]{16}$/);
    if (trace !== EVENTS) expect(frames[ownerFrame]).not.toMatch(/alloc_pages|get_page_from_freelist/);
  });

  test.each([60, 80, 132])('fits %i columns', async (width) => {
    for (const trace of [STACKS, OVERRUN, PERF, EVENTS]) {
      const { code, stdout, stderr } = await run(['replay', '--report', trace], { width });
      expect([code, stderr]).toEqual([0, '']);
      const lines = stdout.split('\n').slice(1);
      if (width >= 80) expect(lines.filter((line) => line.length > width)).toEqual([]);
      expect(stdout).toMatch(
        /\nNever freed[\s\S]*\nAllocated most( {2}at least.*)?\n[\s\S]*\nFreed most[\s\S]*\nTasks( {2}at least.*)?\n/,
      );
    }
  });

  test('--limit 0 shows no row, and does not say that there is none', async () => {
    const screen = await text('replay', '--report', '--limit', '0', STACKS);
    expect(screen).not.toContain('none');
    expect(screen).toMatch(/\nNever freed\n.*\n +and \d+ more with \d+ pages .*; --limit all\n/);
  });

  test('says first what is missing, and counts no guess as a fact', async () => {
    const screen = await text('replay', '--report', OVERRUN);
    const lines = screen.split('\n');
    // The path is long, so the first line may go on below.
    expect(lines.slice(lines.indexOf(''), lines.indexOf('') + 3)).toEqual([
      '',
      'Missing or in doubt',
      '  29864 events were overwritten before the trace begins',
    ]);
    expect(screen).toMatch(/left\s+\(1020\s+pages,\s+696\s+in\s+doubt\)/);
    expect(screen).toMatch(
      /\npeak 4\.0 MiB \(1026 pages, 696 in doubt\) [^,]*,\s+after\s+events\s+were\s+lost\n/,
    );
    // Allocated, freed and left by owner and by task, each with its doubt.
    expect(screen).toMatch(/\nAllocated most {2}at least; lives: of those that ended in no doubt\n/);
    expect(screen).toMatch(/\n +498 +3\.5 MiB +0\.0 % +206 .* leaky_alloc_buffers\n/);
    expect(screen).toMatch(/\nFreed most {2}whoever had allocated it; at least\n/);
    expect(screen).toMatch(/\nTasks {2}at least; .*\n.*\n +744 +5\.2 MiB +662 +351 .* init\n/);
    expect(screen).toMatch(/\nHow long allocations lived {2}at least; 68 whose end is in doubt left out\n/);
    const report = await json('replay', '--report', OVERRUN);
    expect(report).toMatchObject({ peak: { pages: 1026, doubtfulPages: 696, afterLoss: true } });
    expect(report.tasks[0]).toMatchObject({ task: 'init', livePages: 662, doubtfulPages: 351 });
    expect(report.neverFreed[0]).toMatchObject({ pages: 498, doubtfulPages: 206, doubtfulRecords: 206 });
    // 498 pages, 206 of them in doubt.
    expect(screen).toMatch(/\n +292 +1\.1 MiB +206 .* leaky_alloc_buffers\n/);
    expect(await text('replay', '--report', '--doubtful', OVERRUN)).toMatch(
      /\n +498 +1\.9 MiB +206 .* leaky_alloc_buffers\n/,
    );
    expect(await text('replay', '--report', STACKS)).not.toMatch(/in doubt|Missing|as far as/);
  });

  const IN_REPORT: [string[], (record: PageOwnerRecord) => boolean, string[]][] = [
    [['--task', 'init'], ({ comm }) => comm === 'init', ['stacks']],
    [['--pid', '1'], ({ pid }) => pid === 1, ['stacks']],
    [['--tgid', '1'], ({ tgid }) => tgid === 1, ['stacks']],
    [['--not-tgid', '1', '--not-task', 'cat'], ({ tgid, comm }) => tgid !== 1 && comm !== 'cat', ['stacks']],
    [
      ['--not-gfp', '__GFP_ZERO'],
      ({ gfpMask }) => !(gfpMask! & 0x100),
      ['stacks', 'tasks', 'whole', 'lifetimesUs', 'failed', 'fallbacks'],
    ],
    [['--stack', '^do_wp_page$'], ({ stack }) => stack.includes('do_wp_page'), ['tasks']],
    [['--order', '0'], ({ order }) => order === 0, ['stacks', 'tasks', 'whole', 'lifetimesUs']],
    [
      ['--task', 'init', '--stack', '^do_wp_page$'],
      ({ comm, stack }) => comm === 'init' && stack.includes('do_wp_page'),
      ['stacks', 'tasks', 'whole', 'lifetimesUs'],
    ],
    [
      ['--older-than', '100ms'],
      ({ tsNs }) => tsNs! <= 88_903_668_000n - 100_000_000n,
      ['stacks', 'tasks', 'whole', 'lifetimesUs', 'failed', 'fallbacks'],
    ],
  ];
  test.each(IN_REPORT)('%j choose rows', async (options, matches, untold) => {
    const report = await json('replay', '--report', '--limit', 'all', ...options, OVERRUN);
    const left = recordsOf((await dumped('--doubtful', OVERRUN)).dump).filter(matches);
    const sum = (field: string): number =>
      report.neverFreed.reduce((total: number, row: Record<string, number>) => total + row[field]!, 0);
    expect([sum('records'), sum('pages')]).toEqual([left.length, pagesOf(left)]);
    const certain = recordsOf((await dumped(OVERRUN)).dump).filter(matches);
    expect(sum('doubtfulPages')).toBe(pagesOf(left) - pagesOf(certain));
    for (const name of ['stacks', 'tasks', 'whole', 'lifetimesUs', 'failed', 'fallbacks'])
      expect([name, name in report]).toEqual([name, !untold.includes(name)]);
    if (report.whole) expect(report.whole.livePages).toBe(pagesOf(left));
    const screen = await text('replay', '--report', ...options, OVERRUN);
    expect(screen).toMatch(/\nSelected: [^]* left\s+\(\d+\s+pages?/);
    expect(/\nTasks( {2}at least; left with what is in doubt)?\n/.test(screen)).toBe(
      !untold.includes('tasks'),
    );
    expect(screen).toContain('\nNot shown, as a trace does not tell them apart by what is selected: ');
  });

  test('with -o the dump is written as well', async () => {
    expect(await text('replay', '--report', '-o', inHome('dump'), STACKS)).toBe(
      await text('replay', '--report', STACKS),
    );
    expect(read('dump')).toBe((await dumped(STACKS)).dump);
  });

  test('tells who fragmented, and when', async () => {
    const machine = bootMachine({
      memory: '64M',
      cmdline: 'page_owner=on',
      seed: 3,
      trace: { stacks: true },
    });
    runWorkload(machine, ['fragmenter', 'huge-pages'], { seconds: 4, seed: 3 });
    const trace = written('trace.txt', machine.trace!.text);
    const { fallbacks, events, firstNs, lastNs } = await json('replay', '--report', '--limit', 'all', trace);
    expect(events.fallbacks).toBeGreaterThan(0);
    expect(fallbacks.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(
      events.fallbacks,
    );
    for (const row of fallbacks) {
      expect(['mixed', 'converted', 'whole']).toContain(row.block);
      expect(['Unmovable', 'Movable', 'Reclaimable', 'HighAtomic']).toContain(row.from);
      expect(BigInt(firstNs) <= BigInt(row.firstNs) && BigInt(row.lastNs) <= BigInt(lastNs)).toBe(true);
      expect(row.tasks.length).toBeGreaterThan(0);
    }
    expect(await text('replay', '--report', trace)).toMatch(
      /\nWho took pages of another migratetype.*\n +times +pages +block +first +last +taken from +owner\n +\d/,
    );
  });

  test('tells failed allocations', async () => {
    const fail = (): string =>
      event('mm_page_alloc: page=0 pfn=0x0 order=9 migratetype=1 gfp_flags=GFP_TRANSHUGE', 'vm');
    const trace = written('t', alloc(5) + fail() + fail() + free(5));
    const { failed: rows, whole } = await json('replay', '--report', trace);
    expect(rows).toMatchObject([{ count: 2, order: 9, gfpMask: 'GFP_TRANSHUGE', tasks: ['vm'] }]);
    expect(whole.failed).toBe(2);
    expect(await text('replay', '--report', trace)).toMatch(
      /\nFailed allocations\n.*\n +2 +9 +500 ms +1\.0 s .*\(no stack\)\n +vm\n/,
    );
  });

  test('shows hostile names escaped', async () => {
    const trace = written('t', alloc(5, '\u001b[31m\u0007') + alloc(6, '\u009b1m') + free(7));
    for (const args of [['--report'], ['--report', '--json']]) {
      const { stdout } = await run(['replay', ...args, trace]);
      // eslint-disable-next-line no-control-regex
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    }
  });
});

test('--redact leaves no name, in dump, report, warnings or failures', async () => {
  const trace = written(
    't',
    alloc(5, 'secretd') + `secret garbage\n` + alloc(6, 'init') + free(7, 'secretd'),
  );
  for (const args of [['--report'], ['--report', '--json'], ['-o', inHome('dump')]]) {
    const { code, stdout, stderr } = await run(['replay', '--redact', ...args, trace]);
    expect(code).toBe(0);
    expect(stdout + stderr).not.toMatch(/secret/);
    expect(stdout || read('dump')).toMatch(/task-[0-9a-f]{8}/);
  }
  const damaged = written('d', alloc(5, 'secretd') + event('mm_page_free: pfn=0x1', 'secretd') + free(5));
  const { code, stderr } = await run(['replay', '--redact', damaged]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/d: line 2 is damaged: mm_page_free, but there is no order= in "\.\.\."/);
  // By its real name.
  expect(recordsOf((await dumped('--redact', '--task', 'secretd', trace)).dump)).toHaveLength(1);
});

describe('a command line that is wrong: status 2', () => {
  test.each<[string[], RegExp]>([
    [[], /missing required argument 'trace'/],
    [['--json', STACKS], /--json tells what was done; the dump goes to -o FILE/],
    [['--json', '--format', 'json', STACKS], /--json tells what was done; the export goes to -o FILE/],
    [['--full-stacks', STACKS], /--full-stacks goes with --report; a dump is text$/m],
    [['--offsets', '-o', 'x.pb.gz', STACKS], /--offsets goes with --report$/m],
    [['--format', 'folded-diff', STACKS], /--format: unknown "folded-diff"; known: dump pprof folded /],
    [['--format', 'parquet', STACKS], /parquet is two files; name the output/],
    [['-o', 'x.parquet.gz', STACKS], /parquet is packed within/],
    [['--report', '--format', 'pprof', STACKS], /--format with --report needs -o FILE/],
    [['--offsets', STACKS], /--offsets goes with --report/],
    [['--older-than', '1s', '--baseline', SMALL, STACKS], /--older-than: the times of a baseline/],
    [['--baseline', '-', '-'], /cannot both be standard input$/m],
    [['--zoneinfo', 'z', 'trace.txt'], /--zoneinfo adds to a --baseline$/m],
    [['--kernel', 'hurd', STACKS], /"hurd"/],
    [['--kernel', '2.6', STACKS], /3\.19, got "2\.6"$/m],
    [['--pageblock-order', 'x', STACKS], /--pageblock-order: "x" is no whole number/],
    [['--pageblock-order', '99', STACKS], /a pageblock order is a whole number from 0 to 30, got 99$/m],
    [['-o', STACKS, STACKS], /input and output are the same file/],
    [['-o', SMALL, '--baseline', SMALL, STACKS], /input and output are the same file/],
    [['-o', SMALL, '--baseline', STACKS, '--zoneinfo', SMALL, STACKS], /input and output are the same file/],
    [['--redact-key', 'x', STACKS], /--redact-key does nothing without --redact/],
  ])('%j', (args, sentence) => fails(args, 2, sentence));
});

describe('a trace that cannot be replayed: status 1, one sentence, nothing half-written', () => {
  const GOOD = alloc(5) + alloc(6) + free(5);
  test.each<[string, string | Uint8Array, RegExp]>([
    ['empty', '', /t: the trace is empty; a replay needs the text of tracing\/trace/],
    [
      'no kmem',
      event('sched_switch: prev=1'),
      /no mm_page_alloc and no mm_page_free in 1 line, which from line 1 on have 1 of "sched_switch"/,
    ],
    ['no frees', alloc(5), /1 mm_page_alloc and no mm_page_free; without it all that was allocated/],
    ['no allocations', free(5), /1 mm_page_free and no mm_page_alloc; a replay needs both events$/m],
    [
      'LTTng',
      '[12:00:00.123456789] (+0.1) host kmem_mm_page_alloc: { }\n',
      /line 1 is that of the text of bab/,
    ],
    ['trace.dat', Uint8Array.of(0x17, 8, 0x44, ...Buffer.from('tracing6\n')), /trace\.dat of trace-cmd/],
    ['perf.data', 'PERFILE2\n', /a perf\.data; `perf script` writes its text/],
    ['a dump', 'Page allocated via order 0, mask 0xcc0\n', /a page_owner dump, not a trace/],
    [
      'noise',
      Uint8Array.from({ length: 9999 }, (_, i) => (i * i * 31 + (i >> 3)) & 0xff),
      /no event in \d+ lines/,
    ],
    [
      'cut',
      GOOD + event('mm_page_free: page=0 pfn=0x'),
      /t: line 4 is damaged: mm_page_free, but pfn is no num/,
    ],
  ])('%s', async (_, content, sentence) => {
    const trace = written('t', content);
    await fails([trace], 1, sentence);
    await fails(['--report', '--json', trace], 1, sentence);
    writeFileSync(inHome('dump'), 'as it was');
    await fails(['-o', inHome('dump'), trace], 1, sentence);
    expect(read('dump')).toBe('as it was');
  });

  test('is taken, if that is asked for', async () => {
    const damaged = written('t', GOOD + event('mm_page_free: page=0 pfn=0x') + alloc(9) + free(9));
    const { dump, stderr } = await dumped('--tolerant', damaged);
    expect(dump).toBe('');
    expect(stderr).toMatch(/t: 1 event could not be read and count as lost, the first at line 4\n/);
    expect(stderr).toMatch(/nothing is certainly left of what was allocated; the dump is empty\n$/);
    expect(recordsOf((await dumped('--doubtful', '--tolerant', damaged)).dump)).toHaveLength(1);
    const unfreed = written('u', alloc(5) + alloc(6));
    expect(recordsOf((await dumped('--without-frees', unfreed)).dump)).toHaveLength(2);
  });

  test('files that are not there, that are directories, that are no baselines', async () => {
    const trace = written('t', GOOD);
    await fails([inHome('missing')], 1, /cannot read \S+missing: no such file$/m);
    await fails([inHome()], 1, /it is a directory$/m);
    await fails(['--baseline', inHome('missing'), trace], 1, /missing: no such file$/m);
    await fails(
      ['--baseline', trace, trace],
      1,
      /\/t: the baseline has no page_owner record in \d+ bytes; it looks like a trace: /m,
    );
    await fails(['-o', inHome('no/such'), trace], 1, /cannot write \S+such: no such directory$/m);
    const packed = gzipSync(GOOD.repeat(1000));
    await fails(
      [written('cut.gz', packed.subarray(0, packed.length >> 1))],
      1,
      /gzip data is damaged or cut/,
    );
  });
});
