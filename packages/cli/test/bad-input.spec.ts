import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, existsSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { beside, BIN, inHome, run, SMALL, snapshot, spawned, start, unpacked } from './page-owner.js';

const T1 = snapshot('6.12-t1');
const LIST = beside('6.12-t2.show_stacks.txt.zst');
const isRoot = process.getuid?.() === 0;

/** It ends with that status and one plain sentence, and leaves no trace. */
async function fails(args: readonly string[], code: number, sentence: RegExp): Promise<void> {
  const before = readdirSync(inHome());
  const ended = await run(args);
  expect(ended).toMatchObject({ code, stdout: '' });
  expect(ended.stderr).toMatch(/^page-owner: [ -~\u00a1-\uffff]+\n$/);
  expect(ended.stderr).toMatch(sentence);
  expect(readdirSync(inHome())).toEqual(before);
}

describe('a command line that is wrong: status 2', () => {
  test.each<[readonly string[], RegExp]>([
    [['topp', T1], /unknown command 'topp' \(Did you mean top\?\)/],
    [['help', 'topp'], /unknown command 'topp' \(Did you mean top\?\)/],
    [['redact', T1], /unknown command 'redact'; page-owner convert --redact gives a dump without names$/m],
    [['top', '--redact', '--redact-key', '', T1], /--redact-key is empty, which is no secret$/m],
    [['top'], /missing required argument 'dump'; page-owner top --help tells more$/m],
    [['top', T1, T1], /too many arguments for 'top', expected 1 argument but got 2; page-owner top --help/],
    [['top', '--bogus', T1], /unknown option '--bogus'/],
    [['top', '--\u001b[31mx', T1], /unknown option '--\\x1b\[31mx'/],
    [['top', '--by', 'colour', T1], /--by: unknown "colour"; known: stack function module task /],
    [['top', '--sort', 'age', T1], /--sort: unknown "age"; known: pages records$/m],
    [['top', '--by', 'task', '--tree', T1], /--tree shows stacks/],
    [['top', '--sort', 'records', '--tree', T1], /--tree counts pages; it goes without --sort records$/m],
    [['top', '--stack', 'a(b', T1], /--stack: "a\(b" is no regular expression: Unterminated group$/m],
    [['top', '--limit', '-1', T1], /--limit: "-1" is no whole number/],
    [['top', '--limit', '99999999999', T1], /is no whole number of up to 9 digits, nor "all"$/m],
    [['top', '--pid', '1,x', T1], /--pid: "x" is no whole number/],
    [['top', '--order', '4-2', T1], /--order: "4-2" is no number and no range/],
    [['top', '--zone', 'Highmem', T1], /--zone: unknown zone "Highmem"; known: DMA DMA32/],
    [['top', '--allocator', 'slub', T1], /--allocator: unknown class "slub"; known: other, slab/],
    [['top', '--not-tgid', 'x', T1], /--not-tgid: "x" is no whole number/],
    [['top', '--gfp', 'kernel', T1], /--gfp: "kernel" is no gfp mask, such as GFP_KERNEL/],
    [['top', '--type', 'Fixed', T1], /--type: unknown migratetype "Fixed"; known: Unmovable, Movable/],
    [['top', '--not-stack', '(', T1], /--not-stack: "\(" is no regular expression/],
    [['top', '--newer-than', 'long', T1], /--newer-than: "long" is no length of time/],
    [['top', '--older-than', 'long', T1], /--older-than: "long" is no length of time/],
    [['top', '--page-size', '5K', T1], /--page-size: "5K" is no page size/],
    [['top', '--redact-key', 'x', T1], /--redact-key does nothing without --redact/],
    [['diff', T1], /missing required argument 'after'/],
    [['diff', '--fail-on-growth', 'much', T1, T1], /--fail-on-growth: "much" is no size/],
    [['show', 'xyz', T1], /"xyz" is no page frame number/],
    [['export', T1], /standard output has no name that tells the format/],
    [['export', '-o', 'x.txt', T1], /the name "x\.txt" does not tell the format/],
    [['export', '--format', 'svg', T1], /--format: unknown "svg"; known: pprof folded/],
    [['export', '--format', 'json', '--before', T1, T1], /--before: json shows one dump; page-owner diff/],
    [['export', '--format', 'folded-diff', T1], /folded-diff needs --before/],
    [['export', '--format', 'parquet', T1], /parquet is two files; name the output/],
    [
      ['export', '--json', '--format', 'csv', T1],
      /--json tells what was written; the export goes to -o FILE/,
    ],
    [
      ['export', '--unit', 'bytes', '-o', 'y.csv', T1],
      /--unit: csv has no place for it; folded, folded-diff have$/m,
    ],
    [
      ['export', '--host', 'h', '-o', 'y.folded', T1],
      /--host: folded has no place for it; pprof, speedscope/,
    ],
    [
      ['export', '--kernel', '6', '-o', 'y.speedscope', T1],
      /--kernel: speedscope has no place for it; pprof, parquet/,
    ],
    [['export', '-o', 'y.parquet.gz', T1], /parquet is packed within; name the output without \.gz/],
    [['export', '-o', T1, '--format', 'json', T1], /input and output are the same file/],
    [['convert', '--lossy', T1], /--lossy does nothing without --to/],
    [['convert', '--to', 'V99', T1], /--to: unknown variant or kernel "V99"; known: V0 /],
    [['convert', '--to', '2.6', T1], /--to: unknown variant or kernel "2\.6"/],
    ...['3.18', '3.20', '4.21', '5.20', '5.1x'].map((kernel): [string[], RegExp] => [
      ['convert', '--to', kernel, T1],
      /--to: unknown variant or kernel "/,
    ]),
    [['convert', '--to', 'V7', '-o', T1, T1], /input and output are the same file/],
    [
      ['summary', '--meminfo', beside('6.12-t2.meminfo.txt'), '--not-task', 'cat', T1],
      /--meminfo is held against all that a dump holds; it goes without filters$/m,
    ],
    [['convert', '--to', 'V7', '--json', T1], /--json tells what was done/],
    [['completion', 'tcsh'], /shell: unknown "tcsh"; known: bash zsh fish$/m],
  ])('%j', (args, sentence) => fails(args, 2, sentence));
});

describe('input that cannot be used: status 1', () => {
  test('a file that is not there, or a directory', async () => {
    await fails(['summary', inHome('missing')], 1, /cannot read \S+missing: no such file$/m);
    await fails(['summary', inHome()], 1, /it is a directory$/m);
    await fails(['summary', '--meminfo', inHome('missing'), T1], 1, /missing: no such file$/m);
  });

  (isRoot ? test.skip : test)('a file that may not be read', async () => {
    writeFileSync(inHome('secret'), 'x');
    chmodSync(inHome('secret'), 0);
    await fails(['top', inHome('secret')], 1, /permission denied$/m);
  });

  test('a file without a record', async () => {
    writeFileSync(inHome('empty'), '');
    await fails(['top', inHome('empty')], 1, /empty is empty$/m);
    writeFileSync(
      inHome('garbage'),
      Uint8Array.from({ length: 1e5 }, (_, i) => (i * i * 31 + (i >> 3)) & 0xff),
    );
    for (const args of [['top'], ['ages'], ['show', '5'], ['convert', '--to', 'V7'], ['diff', T1]])
      await fails([...args, inHome('garbage')], 1, /no page_owner record in 100000 bytes; line 1 begins "/);
  });

  test('without names: what the file is, not how it begins', async () => {
    const redacted = ['top', '--redact'];
    writeFileSync(inHome('text'), 'secret-name\n');
    await fails([...redacted, inHome('text')], 1, /no page_owner record in 12 bytes$/m);
    writeFileSync(inHome('trace'), '  secret-7 [000] ..... 1.000001: kmem:mm_page_alloc: page=0\n');
    await fails(
      [...redacted, inHome('trace')],
      1,
      /looks like a trace: page-owner replay makes a dump of it$/m,
    );
  });

  test('a list of stacks where a dump is needed', async () => {
    for (const args of [['ages'], ['fragmentation'], ['show', '5'], ['convert', '--to', 'V7']])
      await fails(
        [...args, LIST],
        1,
        /is a list of page_owner_stacks, .*; this needs a dump, debugfs page_owner$/m,
      );
    expect(await run(['top', LIST])).toMatchObject({ code: 0, stderr: '' });
  });

  test('what is packed and cut off', async () => {
    const packed = gzipSync(await unpacked(SMALL));
    writeFileSync(inHome('cut.gz'), packed.subarray(0, packed.length >> 1));
    await fails(['top', inHome('cut.gz')], 1, /cut\.gz: its gzip data is damaged or cut off/);
  });

  test('files of /proc that are others', async () => {
    await fails(['summary', '--meminfo', T1, T1], 1, /page_owner\.txt\.zst: not a meminfo/);
    await fails(
      ['fragmentation', '--pagetypeinfo', beside('6.12-t2.meminfo.txt'), T1],
      1,
      /meminfo\.txt: not a pagetypeinfo/,
    );
    await fails(
      ['fragmentation', '--buddyinfo', beside('6.12-t2.meminfo.txt'), T1],
      1,
      /meminfo\.txt: not a line of buddyinfo: "MemTotal/,
    );
    await fails(
      ['summary', '--vmstat', beside('6.12-t2.vmstat.txt'), T1],
      1,
      /reconciling needs meminfo or zoneinfo/,
    );
    await fails(['top', '--handles', beside('6.12-t2.meminfo.txt'), T1], 1, /meminfo\.txt: /);
  });

  test('a dump without times, where ages are asked for', async () => {
    writeFileSync(
      inHome('old'),
      'Page allocated via order 0, mask 0x0\nPFN 5 Block 0 type 0          Flags             \n f+0x1/0x2\n\n',
    );
    await fails(['ages', inHome('old')], 1, /old has no times: kernels before 5\.11 print none$/m);
  });
});

test('a dump as kernels wrote it that had letters for flags', async () => {
  for (const lossy of [[], ['--lossy']])
    for (const to of ['V0', 'V1', '3.19', '4.5'])
      await fails(
        ['convert', '--to', to, ...lossy, SMALL],
        1,
        /the record at byte 0: V[01] \(.*\) writes types as numbers and flags as letters, and the record names them$/m,
      );
});

test('a dump that is cut off or noisy is read, with a warning that says where', async () => {
  const dump = await unpacked(SMALL);
  writeFileSync(
    inHome('noisy'),
    Buffer.concat([Buffer.from('\u001b[31mnoise\n\n'), dump.subarray(0, dump.length - 40)]),
  );
  const { code, stderr } = await run(['top', inHome('noisy')]);
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /noisy: skipped 1 piece \(\d+ bytes\) that are no record; the first: line 1, byte 0, \d+ bytes, "\\x1b\[31mnoise/,
  );
  expect(stderr).toMatch(/noisy: 1 record is cut off/);
});

describe('output that cannot be written: status 1, nothing half-written', () => {
  test('no such directory, a directory', async () => {
    for (const args of [
      ['export', '--format', 'csv'],
      ['convert', '--to', 'V7'],
    ]) {
      await fails([...args, '-o', inHome('no/such'), T1], 1, /cannot write \S+such: no such directory$/m);
      await fails([...args, '-o', inHome(), T1], 1, /it is a directory$/m);
    }
  });

  (existsSync('/dev/full') ? test : test.skip)('a full device', async () => {
    await fails(
      ['export', '--format', 'csv', '-o', '/dev/full', T1],
      1,
      /cannot write \/dev\/full: no space is left on the device$/m,
    );
    await fails(['convert', '--to', 'V7', '-o', '/dev/full', T1], 1, /no space is left on the device$/m);
    const full = openSync('/dev/full', 'w');
    for (const args of [
      ['top', T1],
      ['convert', '--to', 'V7', T1],
    ])
      expect(await start(args, {}, ['ignore', full, 'pipe']).ended).toMatchObject({
        code: 1,
        stderr: 'page-owner: cannot write standard output: no space is left on the device\n',
      });
    closeSync(full);
  });
});

(existsSync('/dev/stdout') ? test : test.skip)('a pipe by the name of a device', async () => {
  const line = `${process.execPath} ${BIN} convert --to V7 -o /dev/stdout "$1" | cat`;
  const { stdout, stderr } = spawnSync('sh', ['-c', line, 'sh', SMALL], { maxBuffer: 1 << 26 });
  expect(stderr.toString()).toBe('');
  expect(stdout.equals(await unpacked(SMALL))).toBe(true);
});

test('standard input is read once, whatever names it', async () => {
  const dump = await unpacked(SMALL);
  for (const args of [
    ['summary', '--meminfo', '-', '-'],
    ['top', '--handles', '-', '-'],
    ['export', '--format', 'folded', '--before', '-', '-'],
  ]) {
    const { code, stdout, stderr } = await spawned(args, dump);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe('page-owner: - is standard input, which can be read once\n');
  }
});

test('in a process of its own: status, sentence, no stack trace', async () => {
  expect(await spawned(['top', 'missing.txt'])).toEqual({
    code: 1,
    signal: null,
    stdout: '',
    stderr: 'page-owner: cannot read missing.txt: no such file\n',
  });
  expect(await spawned(['sort', '--cull=comm', 'a', 'b'])).toMatchObject({ code: 2, stdout: '' });
});

test('an order that cannot be takes no time and no room', async () => {
  const path = SMALL.replace('base-300-records', 'order-31');
  const { code, stdout } = await run(['summary', path]);
  expect(code).toBe(0);
  expect(stdout).toContain('300 records');
});

test('a dump whose front is cut off is a dump', async () => {
  const lines = (await unpacked(SMALL)).toString('utf8').split('\n');
  writeFileSync(inHome('cut'), lines.slice(5).join('\n'));
  const { code, stdout, stderr } = await run(['summary', inHome('cut')]);
  expect(code).toBe(0);
  expect(stdout).toContain('299 records');
  expect(stderr).toMatch(/skipped 1 piece/);
});

test('filters of fragmentation that select nothing say so', async () => {
  const { code, stderr } = await run(['fragmentation', '--module', 'nosuch', SMALL]);
  expect([code, stderr]).toEqual([0, expect.stringMatching(/: none of 300 records is selected\n$/)]);
});

test('a key for pseudonyms that are not asked for', async () => {
  const { code, stderr } = await spawned(['sort', '--redact-key', 'secret', SMALL, 'out']);
  expect([code, stderr]).toEqual([2, 'page-owner: --redact-key does nothing without --redact\n']);
  expect(readdirSync(inHome())).toEqual([]);
});
