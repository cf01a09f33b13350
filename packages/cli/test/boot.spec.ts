import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parseDump } from '@page-owner/dump-format';
import { inHome, json, read, run, spawned, text, unpacked } from './page-owner.js';

const DMESG = new URL('../../machine/test/fixtures/dmesg-6.12.txt', import.meta.url).pathname;
const REAL = new URL('../../page-owner-sort/test/fixtures/linux-6.12-t0.txt.zst', import.meta.url).pathname;
const ON = ['--cmdline', 'page_owner=on'];

describe('the log', () => {
  test('says what page_owner takes and finds', async () => {
    const log = await text('boot', '--memory', '2G', ...ON);
    expect(log).toMatch(/^\[ +0\.000000\] Linux version 6\.12 /);
    expect(log).toContain('] allocated 37748736 bytes of page_ext\n');
    expect(log).toMatch(/Node 0, zone +DMA32: page owner found early allocated 9286 pages\n/);
  });

  test('or that it is disabled', async () => {
    const log = await text('boot', '--memory', '256M');
    expect(log).toContain('page_owner is disabled');
    expect(log).not.toContain('page_ext');
  });

  test('of a kernel that takes memory itself, as the real 6.12.117 did with 512 MiB', async () => {
    const log = await text('boot', '--memory', '512M', '--bare', '--image', ...ON);
    expect(log).toMatch(/Memory: \d+K\/523744K available \(8192K kernel code, 1443K rwdata, 2256K rodata, /);
    const totalOf = async (...options: string[]) => {
      const { stdout } = await spawned(['boot', '--memory', '512M', ...options, '--cat', '/proc/meminfo']);
      return Number(/^MemTotal: +(\d+) kB$/m.exec(stdout)?.[1]);
    };
    const withImage = await totalOf('--bare', '--image');
    expect((await totalOf('--bare')) - withImage).toBeGreaterThan(16 << 10);
    expect(await totalOf()).toBe(withImage);
    const { code, stderr } = await run(['boot', '--memory', '8M', '--bare', '--image']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/no room for a kernel image of \d+ pages$/m)]);
  });

  test('of a booted system, unless it is to be bare or has no room', async () => {
    const recordsOf = async (...options: string[]): Promise<number> =>
      (await json('boot', ...ON, ...options)).pageOwner.records;
    expect(await recordsOf('--memory', '64M', '--limit', '9999')).toBeGreaterThan(3000);
    expect(await recordsOf('--memory', '64M', '--bare')).toBeLessThan(1000);
    expect(await recordsOf('--memory', '32M')).toBeLessThan(1000);
    const { code, stderr } = await run(['boot', '--memory', '0x100000000-0x1ffffffff']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/no room .*; --bare boots without a system$/m)]);
    await text('boot', '--memory', '0x100000000-0x1ffffffff', '--bare');
  });

  test.each(['/proc/none', '/proc/none/deeper', '/dev/null/none'])('not to %s', async (directory) => {
    const { code, stderr } = await run(['boot', '--memory', '64M', '-q', '-o', directory]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^page-owner: cannot make the directory \/\S+: /),
    ]);
  });

  test('cannot write to a terminal', async () => {
    const log = await text('boot', '--memory', '64M', '--cmdline', 'quiet \u001b[31mred');
    expect(log).toContain('quiet \\x1b[31mred');
  });

  test('of two nodes, and of addresses as a boot log has them', async () => {
    const { zones } = await json('boot', '--memory', '256M+128M', ...ON);
    expect(new Set(zones.map(({ node }: { node: number }) => node))).toEqual(new Set([0, 1]));
    const ranges = '0x1000-0x9efff,0x100000-0xffdffff';
    const { zones: given } = await json('boot', '--memory', ranges);
    const present = given.reduce((pages: number, zone: { present: number }) => pages + zone.present, 0);
    expect(present).toBe(0x9e + 0xfee0);
  });
});

describe('its files', () => {
  test('are printed by path, or by the end of it', async () => {
    const byPath = await spawned(['boot', '--memory', '256M', '--cat', '/proc/buddyinfo']);
    expect(byPath).toMatchObject({ code: 0, stderr: '' });
    expect(byPath.stdout).toMatch(/^Node 0, zone +DMA +\d/);
    const byName = await spawned([
      'boot',
      '--memory',
      '256M',
      '--cat',
      'buddyinfo',
      '--cat',
      'cmdline',
      ...ON,
    ]);
    expect(byName.stdout.endsWith('page_owner=on\n')).toBe(true);
  });

  test('are written below a directory, with the log', async () => {
    const options = ['--memory', '256M', ...ON, '--run', 'leak', '--seconds', '1'];
    const log = await text('boot', ...options, '--output', inHome('machine'));
    expect(read('machine/dmesg.txt')).toBe(log);
    expect(read('machine/proc/pagetypeinfo')).toContain('Number of mixed blocks');
    const dump = read('machine/sys/kernel/debug/page_owner');
    const { stdout } = await spawned(['boot', ...options, '--cat', 'page_owner']);
    expect(stdout).toBe(dump);
    const { records } = parseDump(dump);
    expect(records.some(({ stack }) => stack.some((frame) => frame.includes('[leaky]')))).toBe(true);
  });

  test('one that is not there names those that are', async () => {
    const { code, stderr } = await run(['boot', '--memory', '64M', '--cat', 'page_owner']);
    expect([code, stderr]).toEqual([
      1,
      'page-owner: the machine has no file page_owner; it is there with --cmdline page_owner=on\n',
    ]);
    const other = await run(['boot', '--memory', '64M', '--cat', 'nothing']);
    expect(other.stderr).toMatch(/has no file nothing; it has \/proc\/\S+ /);
  });
});

describe('records of page_owner', () => {
  const MACHINE = ['--memory', '128M', ...ON, '--run', 'leak', '--seconds', '1'];
  const recordsOf = (dump: string) => parseDump(dump).records;

  test('are chosen, wherever they are given out', async () => {
    await text('boot', ...MACHINE, '-o', inHome('all'), '-q');
    const file = 'sys/kernel/debug/page_owner';
    const all = recordsOf(read(`all/${file}`));
    const leaked = all.filter(({ stack }) => stack.some((frame) => frame.includes('[leaky]')));
    expect(leaked.length).toBeGreaterThan(10);
    await text('boot', ...MACHINE, '--module', 'leaky', '-o', inHome('some'), '-q');
    expect(recordsOf(read(`some/${file}`))).toEqual(leaked);
    for (const other of ['proc/buddyinfo', 'proc/pagetypeinfo', 'dmesg.txt'])
      expect(read(`some/${other}`)).toBe(read(`all/${other}`));
    const { stdout } = await spawned([
      'boot',
      ...MACHINE,
      '--stack=leaky',
      '--limit',
      '5',
      '--cat',
      'page_owner',
    ]);
    expect(recordsOf(stdout)).toEqual(leaked.slice(0, 5));
    // Byte for byte.
    expect(read(`all/${file}`)).toContain(stdout.split('\n\n')[0]);
    const buddyinfo = await spawned([
      'boot',
      ...MACHINE,
      '--limit',
      '1',
      '--cat',
      'buddyinfo',
      '--cat',
      'page_owner',
    ]);
    expect(buddyinfo.stdout.startsWith(read('all/proc/buddyinfo'))).toBe(true);
    expect(recordsOf(buddyinfo.stdout.slice(read('all/proc/buddyinfo').length))).toEqual(all.slice(0, 1));

    const { pageOwner } = await json('boot', ...MACHINE, '--module=leaky', '--limit', '7');
    expect(pageOwner).toEqual({
      recordsRead: all.length,
      records: 7,
      pages: leaked.slice(0, 7).reduce((sum, { order }) => sum + 2 ** order, 0),
    });
  });

  test('by age, counted from the latest of each dump', async () => {
    const args = ['boot', '--memory', '128M', ...ON, '--run', 'leak', '--snapshots', '2', '-q'];
    await text(...args, '-o', inHome('all'));
    await text(...args, '--older-than', '3s', '-o', inHome('old'));
    for (const n of [1, 2]) {
      const all = recordsOf(read(`all/page_owner-${n}.txt`));
      const now = all.reduce((latest, { tsNs = 0n }) => (tsNs > latest ? tsNs : latest), 0n);
      const old = all.filter(({ tsNs }) => tsNs! <= now - 3_000_000_000n);
      expect(old.length).toBeLessThan(all.length);
      expect(recordsOf(read(`old/page_owner-${n}.txt`))).toEqual(old);
    }
  });

  test('get pseudonyms', async () => {
    const { stdout } = await spawned(['boot', ...MACHINE, '--redact', '--cat', 'page_owner']);
    const names = new Set(recordsOf(stdout).map(({ comm }) => comm));
    for (const name of names) expect(name).toMatch(/^task-[0-9a-f]{8}$/);
    expect(names.size).toBeGreaterThan(1);
  });

  test('that nobody gets to see, or that there are not, are a warning', async () => {
    const said = async (...args: string[]) => {
      const { code, stderr } = await run(['boot', '--memory', '64M', '-q', ...args]);
      expect(code).toBe(0);
      return stderr;
    };
    expect(await said(...ON, '--task', 'init')).toMatch(
      /: filters, --limit and --redact are .*, and none is given out; /,
    );
    expect(await said(...ON, '--limit', '2', '--cat', 'cmdline')).toMatch(
      /none is given out; --cat page_owner, /,
    );
    expect(await said('--redact', '--json')).toMatch(/which the machine has with --cmdline page_owner=on\n$/);
    expect(await said(...ON, '--task', 'nobody', '-o', inHome('m'))).toMatch(
      /page_owner: none of \d+ records is selected\n$/,
    );
    expect(await said(...ON, '--task', 'nobody', '--json')).toBe('');
  });
});

describe('work', () => {
  test('snapshots of a leak: diff names it first', async () => {
    await text('boot', '--memory', '512M', ...ON, '--run', 'leak', '--snapshots', '3', '-o', inHome('m'));
    const names = [1, 2, 3].map((n) => inHome(`m/page_owner-${n}.txt`));
    const { suspects } = await json('diff', ...names);
    expect(suspects[0].frames.join()).toContain('leaky_alloc_buffers');
    const [first, , last] = names.map((name) => parseDump(readFileSync(name, 'utf8')).records);
    const leaked = (records: typeof first) =>
      records!.filter(({ stack }) => stack.some((frame) => frame.includes('[leaky]'))).length;
    expect(leaked(last)).toBeGreaterThan(leaked(first));
  });

  test('the same seed, the same dump; another, another', async () => {
    const dump = async (seed: string) =>
      (
        await spawned(
          `boot --memory 128M --cmdline page_owner=on --run slab --seconds 1 --seed ${seed} --cat page_owner`.split(
            ' ',
          ),
        )
      ).stdout;
    const [one, again, other] = await Promise.all([dump('5'), dump('5'), dump('6')]);
    expect(again).toBe(one);
    expect(other).not.toBe(one);
  });

  test('a trace, from the first event on', async () => {
    await text(
      'boot',
      '--memory',
      '64M',
      ...ON,
      '--run',
      'network',
      '--seconds',
      '1',
      '--trace',
      inHome('t'),
    );
    expect(read('t')).toMatch(/^# tracer: nop\n/);
    expect(read('t')).toContain('mm_page_alloc: page=');
    expect(read('t')).not.toContain('page_ref_');
  });

  test('with events of page_ref, replayed: flags of pages, and where compaction moved them', async () => {
    const machine = ['boot', '--memory', '64M', ...ON, '--run', 'fragmenter', '--seconds', '4'];
    await text(...machine, '--trace', inHome('refs'), '--page-ref', '-o', inHome('refs-machine'));
    expect(read('refs')).toMatch(
      / page_ref_set: pfn=0x\w+ flags=none count=1 mapcount=-1 mapping=0{16} mt=\d val=1\n/,
    );
    const { stderr, code } = await run(['replay', '--from-boot', '-o', inHome('refs.txt'), inHome('refs')]);
    expect(code).toBe(0);
    const lines = (dump: string) => new Set(dump.match(/^PFN .* Movable Flags .*lru/gm)?.map(withoutFields));
    const withoutFields = (line: string) => line.replace(/Flags \S+?\(/, '');
    const own = lines(read('refs-machine/sys/kernel/debug/page_owner'));
    expect(own.size).toBeGreaterThan(1000);
    expect(lines(read('refs.txt'))).toEqual(own);
    expect(stderr).not.toContain('moved');
  });

  test('from a snapshot on: replayed from it, it is the next snapshot, byte for byte', async () => {
    const cmdline = ['--cmdline', 'page_owner=on cgroup_disable=memory', '--memory', '128M'];
    const work = ['--run', 'page-cache,slab,huge-pages', '--seconds', '6', '--snapshots', '2'];
    const trace = ['--trace', inHome('t'), '--trace-from', '1', '--page-ref'];
    await text('boot', ...cmdline, ...work, ...trace, '-q', '-o', inHome('m'));
    const baseline = ['--baseline', inHome('m/page_owner-1.txt')];
    const zones = ['--zoneinfo', inHome('m/proc/zoneinfo')];
    const { stderr } = await run(['replay', ...baseline, ...zones, '-o', inHome('r'), inHome('t')]);
    expect(stderr).toBe('');
    // Not toBe: what differs would fill the screen.
    expect(read('r') === read('m/page_owner-2.txt')).toBe(true);
    expect(read('r') === read('m/page_owner-1.txt')).toBe(false);
  });
});

describe('a real dump', () => {
  test('is re-enacted byte for byte', async () => {
    await text('boot', '--reenact', REAL, '--dmesg', DMESG, '--output', inHome('real'));
    expect(read('real/sys/kernel/debug/page_owner')).toBe((await unpacked(REAL)).toString('utf8'));
  });

  test('needs the log of its boot', async () => {
    writeFileSync(inHome('log'), 'no log\n');
    const { code, stderr } = await run(['boot', '--reenact', REAL, '--dmesg', inHome('log')]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/on the machine of \S+log: the kernel log has no line "Linux version"\n$/),
    ]);
  });
});

describe('bad usage ends with 2 and one sentence', () => {
  test.each([
    [['--memory', 'lots'], /memory is sizes such as 2G .* got "lots"/],
    [['--kernel', '2.6.32'], /page_owner begins with Linux 3\.19, got "2\.6\.32"/],
    [['--run', 'nothing'], /--run: unknown workload "nothing"; known: leak /],
    [['--cpus', '0'], /--cpus: "0" is no whole number from 1/],
    [['--seconds', '0'], /--seconds: "0" is no number above 0/],
    [['--scale', '1e9'], /--scale: "1e9" is no number above 0 up to 1000/],
    [['--memory', '99999999T'], /memory ends at 2T at the latest, got "99999999T"/],
    [['--snapshots', '3'], /--snapshots needs --run, and --output/],
    [['--image'], /--image is for --bare; a booted system has an image$/m],
    [['--reenact', 'dump.txt'], /--reenact needs --dmesg/],
    [['--dmesg', 'dmesg.txt'], /are for --reenact/],
    [['--reenact', 'd', '--dmesg', 'm', '--memory', '2G'], /--memory is what --reenact takes/],
    [['--page-ref'], /--page-ref is for --trace$/m],
    [['--trace-from', '1'], /--trace-from is for --trace$/m],
    [['--trace', 't', '--trace-from', '1'], /before the last; 1 is none of --snapshots 1$/m],
    [['--redact', '--trace', 't'], /--redact is for page_owner; a trace keeps the names of tasks$/m],
    [['--redact-key', 'k'], /--redact-key does nothing without --redact$/m],
    [['--order', 'x'], /--order: "x" is no number/],
    [['--json', '--cat', 'cmdline'], /both go to standard output/],
  ])('%j', async (options, sentence) => {
    const { code, stdout, stderr } = await run(['boot', ...options]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  test('an unwritable output', async () => {
    writeFileSync(inHome('file'), '');
    const { code, stderr } = await run(['boot', '--memory', '64M', '--output', inHome('file/below')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^page-owner: .*file\/below.*\n$/);
    expect(readdirSync(inHome())).toEqual(['file']);
  });
});
