import { spawn } from 'node:child_process';
import type { StdioOptions } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sortDump } from '../src/sort-dump.js';
import { FIXTURES, readDump } from './fixtures.js';

const BIN = new URL('../bin/page_owner_sort.js', import.meta.url).pathname;
const NODE_OPTIONS = '';
const isRoot = process.getuid?.() === 0;

let home = '';
let dump: Uint8Array = new Uint8Array();
let wanted = '';
const inHome = (name: string): string => join(home, name);
const read = (name: string): string => readFileSync(inHome(name), 'utf8');
const write = (name: string, content: string | Uint8Array): void => writeFileSync(inHome(name), content);

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

function start(args: readonly string[], stdio: StdioOptions = ['pipe', 'pipe', 'pipe']) {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: home,
    stdio,
    env: { ...process.env, NODE_OPTIONS },
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin?.on('error', () => {});
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended };
}

function run(args: readonly string[], stdin: string | Uint8Array = ''): Promise<Ended> {
  const { child, ended } = start(args);
  child.stdin!.end(stdin);
  return ended;
}

/** It fails as it should: with that status and one plain sentence, and without a trace in the directory. */
async function fails(args: readonly string[], code: number, sentence: RegExp, stdin = ''): Promise<void> {
  const before = readdirSync(home);
  const ended = await run(args, stdin);
  expect(ended).toMatchObject({ code, stdout: '' });
  expect(ended.stderr).toMatch(/^page_owner_sort: [ -~\u00a1-\uffff]+\n$/);
  expect(ended.stderr).toMatch(sentence);
  expect(readdirSync(home)).toEqual(before);
}

beforeAll(async () => {
  dump = await readDump('odd/6.12-base-300-records');
  wanted = Buffer.concat([...(await sortDump(dump)).text()]).toString();
});
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'command-'));
  write('dump.txt', dump);
});
afterEach(() => {
  expect(readdirSync(home).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  rmSync(home, { recursive: true });
});

describe('what it tells of itself', () => {
  test('--help', async () => {
    const ended = await run(['--help']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^Usage: page_owner_sort \[OPTIONS\] <input> <output>\n/);
    expect(await run(['-h', 'too', 'many', 'files'])).toEqual(ended);
  });

  test('--version', async () => {
    const manifest = new URL('../package.json', import.meta.url);
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      stderr: '',
      stdout: `page_owner_sort ${version}\n`,
    });
  });

  test.each([
    [[], 'no input and no output is named'],
    [['dump.txt'], 'no output is named'],
    [['dump.txt', 'out', 'more'], 'one file too many'],
    [['-x', 'dump.txt', 'out'], "invalid option -- 'x'"],
    [['--bogus', 'dump.txt', 'out'], "unrecognized option '--bogus'"],
    [['--\u001b[31mx', 'dump.txt', 'out'], "unrecognized option '--\\x1b[31mx'"],
    [['--t', 'dump.txt', 'out'], 'ambiguous'],
    [['--pid=1,x', 'dump.txt', 'out'], '"x" is no process id'],
    [['--cull=comm', 'dump.txt', 'out'], 'unknown key "comm"'],
    [['-m', '-a', 'dump.txt', 'out'], '-m and -a are both given'],
    [['--compat=5.10', 'dump.txt', 'out'], 'unknown generation "5.10"'],
  ])('%j is a wrong command line', async (args, sentence) => {
    await fails(args, 2, /./);
    expect((await run(args)).stderr).toContain(sentence);
  });
});

describe('command line', () => {
  const text = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };

  test('as getopt reads it: letters joined, options behind files, names cut short, --', async () => {
    const culled = await text('-m', '-f', '--cull=name', '--top=3', 'dump.txt', '-');
    expect(culled.split('\n')).toHaveLength(4);
    expect(await text('dump.txt', '-mf', '--cull', 'n', '-', '--to', '3')).toBe(culled);
    expect(await text('-mf', '--cu=n', '--top=3', '--', 'dump.txt', '-')).toBe(culled);
  });

  test('a value may begin with a minus', async () => {
    expect(await run(['--pid', '-1', 'dump.txt', '-'])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'page_owner_sort: dump.txt: none of 300 records is selected\n',
    });
  });

  test('--compat speaks as the C tool does', async () => {
    const loud = await run(['--compat', '6.12', 'dump.txt', 'out.txt']);
    expect(loud).toMatchObject({ code: 0, stderr: '', stdout: 'loaded 300\nsorting ....\nculling\n' });
    const quiet = await run(['--comp=6.12', 'dump.txt', '-']);
    expect(quiet).toMatchObject({ code: 0, stdout: read('out.txt'), stderr: loud.stdout });
    const refused = await run(['--compat', '6.12', '--cull=free', 'dump.txt', 'out.txt']);
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'wrong argument after --cull option:free\n',
    });
    const usage = await run(['--compat', '6.1']);
    expect(usage).toMatchObject({ code: 1, stderr: '' });
    expect(usage.stdout).toMatch(/^Usage: /);
  });
});

describe('input', () => {
  beforeEach(() => write('out.txt', 'what was there'));
  afterEach(() => expect(read('out.txt')).toBe('what was there'));

  test('that is not there, is a directory, or is behind a file', async () => {
    await fails(['missing', 'out.txt'], 1, /cannot read missing: no such file$/m);
    await fails(['.', 'out.txt'], 1, /cannot read \.: it is a directory$/m);
    await fails(['dump.txt/x', 'out.txt'], 1, /a part of the path is not a directory$/m);
    await fails(['\u001b[2J\nx', 'out.txt'], 1, /cannot read \\x1b\[2J\\x0ax: no such file$/m);
    await fails(['--compat=6.12', 'missing', 'out.txt'], 1, /cannot read missing: no such file$/m);
  });

  (isRoot ? test.skip : test)('that may not be read', async () => {
    chmodSync(inHome('dump.txt'), 0);
    await fails(['dump.txt', 'out.txt'], 1, /cannot read dump\.txt: permission denied$/m);
  });

  test('without a record', async () => {
    write('empty', '');
    await fails(['empty', 'out.txt'], 1, /empty is empty$/m);
    await fails(['-', 'out.txt'], 1, /: standard input is empty$/m);
    write('blank', '\n\n\n');
    await fails(['blank', 'out.txt'], 1, /no page_owner record in 3 bytes, only empty lines$/m);
    const garbage = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i * 31 + (i >> 3)) & 0xff);
    write('garbage\u001b[31m', garbage);
    await fails(['garbage\u001b[31m', 'out.txt'], 1, /no page_owner record in 100000 bytes; line 1 begins "/);
    write('latin1', Uint8Array.of(0x63, 0xe9, 0xff, 0x0a));
    await fails(['latin1', 'out.txt'], 1, /line 1 begins "c\\xe9\\xff"$/m);
    write('dump.bz2', 'BZh91AY&SY');
    await fails(['dump.bz2', 'out.txt'], 1, /record in 10 bytes; it is packed by bzip2: unpack it first$/m);
  });

  test.each([
    [
      'trace',
      '# tracer: nop\n#\n# entries-in-buffer/entries-written: 6/6   #P:2\n',
      /a trace: page-owner replay makes/,
    ],
    [
      'pipe',
      '           <...>-123   [001] .....  12.345678: mm_page_alloc: page=x\n',
      /a trace: page-owner replay/,
    ],
    [
      'report',
      'cpus=2\n   init-1     [000]   1.000001: mm_page_alloc: pfn=1\n',
      /a trace: page-owner replay/,
    ],
    ['script', 'my task   1 [000]     1.000001: kmem:mm_page_alloc: pfn=1\n', /a trace: page-owner replay/],
    ['perf.data', 'PERFILE2h\0\0\0', /of what perf script prints/],
    ['trace.dat', '\x17\x08Dtracing6\0', /of what trace-cmd report prints/],
    [
      'types',
      'Page block order: 9\nPages per block:  512\n',
      /page-owner fragmentation --pagetypeinfo takes it/,
    ],
    [
      'buddy',
      'Node 0, zone      DMA      1      0      0 \n',
      /page-owner fragmentation --buddyinfo takes it/,
    ],
    ['zone', 'Node 0, zone      DMA\n  per-node stats\n', /page-owner summary --zoneinfo takes it/],
    ['mem', 'MemTotal:        2015436 kB\n', /page-owner summary --meminfo takes it/],
    ['vm', 'nr_free_pages 1\nnr_zone_inactive_anon 2\n', /page-owner summary --vmstat takes it/],
    ['slab', 'slabinfo - version: 2.1\n', /like slabinfo; this needs a dump/],
    [
      'dmesg',
      '[    0.000000] Linux version 6.12.117\n',
      /a log of the kernel, to which page_owner does not write/,
    ],
    ['syslog', 'Nov 22 18:42:01 host kernel: hello\n', /a log of the kernel/],
    [
      'culled',
      '25 times, 50 pages, PID 1, TGID 1\n\n',
      /of page_owner_sort in which groups have keys and no records/,
    ],
  ])('that is something else: %s', async (name, content, sentence) => {
    write(name, content);
    await fails([name, 'out.txt'], 1, sentence);
  });

  test('that is sorted already', async () => {
    expect(await start(['-m', 'dump.txt', 'sorted.txt']).ended).toMatchObject({ code: 0 });
    const line = read('sorted.txt').split('\n')[0]!;
    expect(line).toMatch(/^\d+ times, \d+ pages, allocated by /);
    await fails(
      ['sorted.txt', 'out.txt'],
      1,
      /sorted\.txt: line 1 begins "\d+ times, .*:", so it is a file of page_owner_sort already/,
    );
    // The C tool takes the lines between for a part of the text.
    expect(await start(['--compat=6.12', 'sorted.txt', 'again.txt']).ended).toMatchObject({ code: 0 });
    expect(read('again.txt')).toMatch(/^1 times, /);
  });

  test('that the kernel has summed already', async () => {
    write('stacks', ' post_alloc_hook+0x77/0xf0\n __alloc_pages+0x1/0x2\nnr_base_pages: 4\n\n');
    await fails(
      ['stacks', 'out.txt'],
      1,
      /looks like a file of page_owner_stacks.*save debugfs page_owner$/m,
    );
  });

  test('that is packed and cut off', async () => {
    const packed = gzipSync(await readDump('linux-6.1-t0'));
    write('cut.gz', packed.subarray(0, packed.length >> 1));
    await fails(
      ['cut.gz', 'out.txt'],
      1,
      /cannot read cut\.gz: its gzip data is damaged or cut off after \d+ unpacked bytes/,
    );
    write('broken.zst', Buffer.concat([Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd), Buffer.alloc(50, 0xff)]));
    await fails(['broken.zst', 'out.txt'], 1, /cannot read broken\.zst: its zstd data is damaged/);
  });

  test('that is the output, by whatever name', async () => {
    symlinkSync('dump.txt', inHome('symlink'));
    linkSync(inHome('dump.txt'), inHome('hardlink'));
    for (const output of ['dump.txt', './dump.txt', 'symlink', 'hardlink']) {
      await fails(['dump.txt', output], 2, /input and output are the same file/);
      await fails(['--compat=6.12', 'dump.txt', output], 2, /input and output are the same file/);
    }
    await fails(['symlink', 'dump.txt'], 2, /input and output are the same file/);
    expect(readFileSync(inHome('dump.txt')).equals(dump)).toBe(true);
    expect(lstatSync(inHome('symlink')).isSymbolicLink()).toBe(true);
  });
});

describe('input that is read', () => {
  test.each(['gzip', 'zstd', 'pipe', 'pipe of gzip'])('%s', async (kind) => {
    const packed = gzipSync(dump);
    write('dump.gz', packed);
    const input = { gzip: 'dump.gz', zstd: join(FIXTURES, 'odd/6.12-base-300-records.txt.zst') }[kind] ?? '-';
    const stdin = kind === 'pipe' ? dump : kind === 'pipe of gzip' ? packed : '';
    expect(await run([input, '-'], stdin)).toEqual({ code: 0, signal: null, stdout: wanted, stderr: '' });
    expect(await run([input, 'out.txt'], stdin)).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
    expect(read('out.txt')).toBe(wanted);
  });

  test('a dump that was cut off is sorted, with a warning', async () => {
    write('cut.txt', dump.subarray(0, dump.length - 40));
    const ended = await run(['cut.txt', 'out.txt']);
    expect(ended).toMatchObject({ code: 0, stdout: '' });
    expect(ended.stderr).toBe(
      'page_owner_sort: cut.txt: 1 record is cut off (no empty line at the end) and counted as far as there is text\n',
    );
    expect(read('out.txt')).not.toBe('');
  });

  test('garbage is counted, and told piece by piece with -d, without its escape codes', async () => {
    write(
      'noisy.txt',
      Buffer.concat([Buffer.from('\u001b[31mnoise\u0007\n\n'), dump, Buffer.from('\nend\n')]),
    );
    const ended = await run(['noisy.txt', 'out.txt']);
    expect(ended).toMatchObject({ code: 0, stdout: '' });
    expect(ended.stderr).toBe(
      'page_owner_sort: noisy.txt: skipped 2 pieces (16 bytes) that are no record; ' +
        'the first: line 1, byte 0, 12 bytes, "\\x1b[31mnoise\\x07"\n',
    );
    expect(read('out.txt')).toBe(wanted);
    const debug = await run(['-d', 'noisy.txt', 'out.txt']);
    expect(debug.stderr.split('\n')).toEqual([
      'page_owner_sort: noisy.txt: no record: line 1, byte 0, 12 bytes, "\\x1b[31mnoise\\x07"',
      expect.stringMatching(/^page_owner_sort: noisy\.txt: no record: line \d+, byte \d+, 4 bytes, "end"$/),
      '',
    ]);
  });
});

describe('output', () => {
  test('that is there is replaced and keeps its permissions', async () => {
    write('out.txt', 'x'.repeat(1e6));
    chmodSync(inHome('out.txt'), 0o640);
    expect(await run(['dump.txt', 'out.txt'])).toMatchObject({ code: 0 });
    expect(read('out.txt')).toBe(wanted);
    expect(statSync(inHome('out.txt')).mode & 0o777).toBe(0o640);
    expect(readdirSync(home).sort()).toEqual(['dump.txt', 'out.txt']);
  });

  test('behind a link, which stays a link', async () => {
    mkdirSync(inHome('there'));
    for (const before of ['old', undefined]) {
      rmSync(inHome('link'), { force: true });
      rmSync(inHome('there/real.txt'), { force: true });
      if (before) write('there/real.txt', before);
      symlinkSync('there/real.txt', inHome('link'));
      expect(await run(['dump.txt', 'link'])).toMatchObject({ code: 0, stderr: '' });
      expect(lstatSync(inHome('link')).isSymbolicLink()).toBe(true);
      expect(read('there/real.txt')).toBe(wanted);
      expect(readdirSync(inHome('there'))).toEqual(['real.txt']);
    }
  });

  test('to a device', async () => {
    expect(await run(['dump.txt', '/dev/null'])).toMatchObject({ code: 0, stderr: '' });
    expect(statSync('/dev/null').isFile()).toBe(false);
  });

  test('that cannot be', async () => {
    await fails(['dump.txt', 'missing/out.txt'], 1, /cannot write missing\/out\.txt: no such directory$/m);
    await fails(['dump.txt', '.'], 1, /cannot write \.: it is a directory$/m);
    await fails(
      ['dump.txt', 'dump.txt/out'],
      1,
      /cannot write dump\.txt\/out: a part of the path is not a directory$/m,
    );
    await fails(['dump.txt', '\u001b[2J/x'], 1, /cannot write \\x1b\[2J\/x: no such directory$/m);
  });

  (existsSync('/dev/full') ? test : test.skip)('to a full device', async () => {
    await fails(['dump.txt', '/dev/full'], 1, /cannot write \/dev\/full: no space is left on the device$/m);
  });

  test('to somebody who does not listen', async () => {
    write('large.txt', await readDump('linux-6.12-t0'));
    for (const args of [['-a', 'large.txt', '-'], ['--help'], ['--compat=6.12', 'dump.txt', 'out.txt']]) {
      const { child, ended } = start(args);
      child.stdin!.end();
      child.stdout!.destroy();
      const { code, stderr } = await ended;
      expect(stderr).toBe('');
      expect([0, 141]).toContain(code);
    }
  });

  test('to somebody who has read enough', async () => {
    write('large.txt', await readDump('linux-6.12-t0'));
    const { child, ended } = start(['-a', 'large.txt', '-']);
    child.stdout!.once('data', () => child.stdout!.destroy());
    expect(await ended).toMatchObject({ code: 141, stderr: '' });
  });
});

describe('interrupt', () => {
  test.each<NodeJS.Signals>(['SIGINT', 'SIGTERM'])('%s while a pipe has nothing to say', async (signal) => {
    write('out.txt', 'what was there');
    const { child, ended } = start(['-', 'out.txt']);
    // It listens once it has taken more than a pipe holds.
    const large = await readDump('linux-6.12-t0');
    await new Promise((resolve) => child.stdin!.write(large, resolve));
    child.kill(signal);
    expect(await ended).toEqual({ code: null, signal, stdout: '', stderr: '' });
    expect(read('out.txt')).toBe('what was there');
    expect(readdirSync(home).sort()).toEqual(['dump.txt', 'out.txt']);
  });

  test('while it writes', async () => {
    write('large.txt', await readDump('linux-6.12-t0'));
    const { child, ended } = start(['-a', 'large.txt', '-'], ['ignore', 'pipe', 'pipe']);
    child.stdout!.once('data', () => {
      child.stdout!.pause();
      child.kill('SIGINT');
      child.stdout!.resume();
    });
    expect(await ended).toMatchObject({ code: null, signal: 'SIGINT' });
  });
});
