import { spawnSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { formatRecord } from '@page-owner/dump-format';
import stringWidth from 'string-width';
import { beside, inHome, ODD_NAMES, read, run, snapshot, spawned, start, unpacked } from './page-owner.js';

const T1 = snapshot('6.12-t1');
const T2 = snapshot('6.12-t2');
const TRACE = new URL('../../trace-replay/test/fixtures/tracefs-stacks.txt.zst', import.meta.url).pathname;
const EVIL = '\u001b]0;x\u0007\u009b31m\u202e\udcff\n';

function evilDump(): string {
  const path = inHome('evil.txt');
  const records = Array.from({ length: 20 }, (_, i) =>
    formatRecord({
      order: i % 3,
      gfpMask: 0xcc0,
      gfpNames: 'GFP_KERNEL',
      pid: i,
      tgid: i,
      comm: i ? EVIL.slice(0, 9) : '\u0007a\nb',
      tsNs: BigInt(i) * 10n ** 9n,
      pfn: 4 * i + 512,
      pfnRadix: 16,
      migratetype: 'Unmovable',
      block: 1,
      pageblockMigratetype: 'Movable',
      flags: 0n,
      flagNames: 'node=0|zone=1',
      stack: [
        'get_page_from_freelist+0x1/0x2',
        `f\u001b[31m${i % 2}+0x1/0x2 [m\u0007]`,
        '\u009b31mg+0x1/0x2',
      ],
      memcg: { kind: 'charged', name: '\u001b[2Jgroup', viaObjcg: false, offline: false },
    }),
  );
  writeFileSync(path, Buffer.from(records.join(''), 'utf8'));
  return path;
}

const EVERY = (dump: string): string[][] => [
  ['summary', dump],
  ['top', dump],
  ['top', '--by', 'task,cgroup,module', dump],
  ['top', '--tree', dump],
  ['top', '--full-stacks', '--offsets', dump],
  ['ages', dump],
  ['fragmentation', dump],
  ['show', '0x204', dump],
  ['diff', '--all', T1, T2],
  ...['folded', 'csv', 'json', 'speedscope'].map((format) => [
    'export',
    '--format',
    format,
    '-o',
    inHome('exported'),
    dump,
  ]),
  ...[['summary'], ['top'], ['ages'], ['fragmentation'], ['show', '0x204']].map((args) => [
    ...args,
    '--json',
    dump,
  ]),
];

// eslint-disable-next-line no-control-regex
const HARMFUL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u;

test('names with escape codes, newlines and marks of direction reach no terminal', async () => {
  for (const args of EVERY(evilDump())) {
    const { code, stdout, stderr } = await run(args);
    expect([args, code, stderr]).toEqual([args, 0, '']);
    const exported = args[0] === 'export' ? read('exported') : '';
    // CSV lines end with CR LF.
    expect([args, HARMFUL.exec((stdout + exported).replaceAll('\r\n', '\n'))]).toEqual([args, null]);
  }
  const { stdout } = await run(['top', '--by', 'task', evilDump()]);
  expect(stdout).toContain('\\x07a\\x0ab');
});

test('real hostile task names', async () => {
  const { stdout } = await run(['top', '--by', 'task', '--limit', 'all', ODD_NAMES]);
  expect(HARMFUL.exec(stdout)).toBeNull();
  expect(stdout).toContain(' x\\x0ay ');
  expect(stdout).toContain(' a), ts 5 ns ');
  const { top } = JSON.parse(
    (await run(['top', '--by', 'task', '--limit', 'all', '--json', ODD_NAMES])).stdout,
  );
  expect(top.map(({ task }: { task: string }) => task)).toContain('x\ny');
});

/** Every eighth record of the snapshots, which has all their tables; and PFN, which is in the second. */
const PFN = '0x2380';
async function thinned(): Promise<string[]> {
  const names = ['6.12-t1', '6.12-t2', '6.12-t3'];
  for (const name of names) {
    const records = (await unpacked(snapshot(name))).toString('latin1').split(/(?<=\n\n)/);
    const kept = records.filter((record, i) => i % 8 === 0 || record.includes(`\nPFN ${PFN} `));
    writeFileSync(inHome(name), kept.join(''), 'latin1');
  }
  return names.map((name) => inHome(name));
}

const FITTING = ([t1, t2, t3]: readonly string[]): string[][] => [
  ['summary', t2!],
  ['summary', '--meminfo', beside('6.12-t2.meminfo.txt'), '--vmstat', beside('6.12-t2.vmstat.txt'), t2!],
  ['top', t2!],
  ['top', '--full-stacks', t2!],
  ['top', '--by', 'task,cgroup,allocator,reclaim,order', t2!],
  ['top', '--by', 'function,module,task,pid,cgroup,allocator,reclaim,order,type,block,zone,node', t2!],
  ['top', '--by', 'stack,cgroup,task,pid,allocator,zone', '--sort', 'records', t2!],
  ['top', '--tree', t2!],
  ['top', '--tree=callees', '--limit', '50', t2!],
  ['diff', t1!, t2!],
  ['diff', '--tree', t1!, t2!],
  ['diff', '--all', '--limit', '30', t1!, t2!, t3!],
  ['ages', t2!],
  ['ages', '--limit', 'all', '--older-than', '5s', t2!],
  ['fragmentation', '--pagetypeinfo', beside('6.12-t2.pagetypeinfo.txt'), t2!],
  ['show', PFN, t2!],
  ['export', '-o', inHome('a.folded'), t2!],
  ['convert', '--to', 'V7', '-o', inHome('a.txt'), t2!],
  ['replay', '--report', '--full-stacks', '--offsets', TRACE],
];

test.each([40, 50, 60, 80, 120])('every line fits %d columns, and no number is cut', async (width) => {
  for (const args of FITTING(await thinned())) {
    const { code, stdout } = await run(args, { width });
    expect([args, code]).toEqual([args, 0]);
    // What a kernel has printed stays as it is.
    const lines = stdout.split('\n').filter((line) => !/^ {2}(Page allocated|PFN | \S+\+0x)/.test(line));
    expect([args, lines.filter((line) => stringWidth(line) > width)]).toEqual([args, []]);
    expect([args, lines.filter((line) => /(^| )[-+]?[\d.]+…/.test(line))]).toEqual([args, []]);
  }
});

test('columns that have no room stand below their row', async () => {
  const names = 'function,module,task,pid,cgroup,allocator,reclaim';
  const narrow = (await run(['top', '--by', names, '--limit', '1', T2])).stdout;
  expect(narrow).toMatch(/\n {8}function \S+, module \w+, task \S+,\n {8}pid \d+, .*reclaim \w+\n/);
  const wide = (await run(['top', '--by', names, '--limit', '1', T2], { width: 132 })).stdout;
  expect(wide).toMatch(/ function +module +task +pid +cgroup +allocator +reclaim +mostly\n/);
});

test('a first line that is too long goes on below', async () => {
  copyFileSync(T2, inHome('page_owner.txt'));
  const args = ['top', '--older-than', '1m', '--allocator', 'slab', 'page_owner.txt'];
  const { stdout } = await spawned(args, '', { COLUMNS: '70' });
  expect(stdout).toMatch(/^page_owner.txt: Linux .* of \d+ records, up 86\.2 s,\n {2}22\.1 MiB\n/);
  expect(stdout.split('\n').filter((line) => line.length > 70)).toEqual([]);
  const wide = await spawned(args, '', { COLUMNS: '100' });
  expect(wide.stdout).toMatch(/^page_owner.txt: .* up 86\.2 s, 22\.1 MiB\n/);
});

test('without Unicode there is ASCII only', async () => {
  for (const args of [
    ['diff', T1, T2, snapshot('6.12-t3')],
    ['ages', T2],
    ['top', '--by', 'task,module', T2],
  ]) {
    const { stdout } = await run(args, { unicode: false });
    // eslint-disable-next-line no-control-regex
    expect(/[^\u0000-\u007f]/.exec(stdout)).toBeNull();
  }
});

const hasPty = spawnSync('script', ['--version']).status === 0;

(hasPty ? describe : describe.skip)('on a terminal', () => {
  const BIN = new URL('../bin/page-owner.js', import.meta.url).pathname;
  const onTerminal = (env: NodeJS.ProcessEnv): string => {
    const command = `stty cols 100; '${process.execPath}' '${BIN}' top --limit 2 '${T1}'`;
    const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, TERM: 'xterm', LC_ALL: 'C.UTF-8', ...env },
    });
    return stdout;
  };

  test('there are colours, unless NO_COLOR or a dumb terminal says no', () => {
    expect(onTerminal({})).toContain('\u001b[2m');
    expect(onTerminal({ NO_COLOR: '1' })).not.toContain('\u001b[2m');
    expect(onTerminal({ TERM: 'dumb' })).not.toContain('\u001b[2m');
  });
});

/** Commands side by side, which wait for input that does not come. */
async function endedBySignal(name: NodeJS.Signals, commands: readonly (readonly string[])[]): Promise<void> {
  const runs = commands.map((args) => ({ args, ...start(args) }));
  // Before they listen, a signal ends them too, and nothing is learnt.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  for (const { args, child, ended } of runs) {
    expect([args, child.exitCode]).toEqual([args, null]);
    child.kill(name);
    const { code, signal, stdout, stderr } = await ended;
    expect([args, code, signal]).toEqual([args, null, name]);
    expect([args, stdout, stderr]).toEqual([args, '', '']);
  }
}

describe('who no longer listens', () => {
  test('ends it quietly', async () => {
    for (const args of [['top', '--limit', 'all', T2], ['--help'], ['convert', '--to', 'V7', T2]]) {
      const { child, ended } = start(args);
      child.stdin!.end();
      child.stdout!.destroy();
      const { code, stderr } = await ended;
      expect([args, stderr]).toEqual([args, '']);
      expect([0, 141]).toContain(code);
    }
  });

  test('SIGINT while a pipe has nothing to say', async () => {
    const { child, ended } = start(['top', '-']);
    // It listens once it has taken more than a pipe holds.
    await new Promise((resolve) => child.stdin!.write('x\n'.repeat(1e6), resolve));
    child.kill('SIGINT');
    const { code, signal, stdout, stderr } = await ended;
    expect([code, signal]).toEqual([null, 'SIGINT']);
    expect([stdout, stderr]).toEqual(['', '']);
  });

  // Of a pipe that has said nothing yet it is not even known how it is packed.
  test('a signal before the first byte', async () => {
    await endedBySignal('SIGTERM', [
      ['summary', '-'],
      ['show', '1', '-'],
    ]);
    await endedBySignal('SIGINT', [
      ['top', '--older-than', '1m', '-'],
      ['replay', '-'],
    ]);
  });
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s while workloads run: no more than that, and nothing written',
  async (name) => {
    const { child, ended } = start(['boot', '--memory', '64M', '--run', 'leak', '--seconds', '1e9']);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    child.kill(name);
    const { code, signal, stdout, stderr } = await ended;
    expect([code, signal]).toEqual([null, name]);
    expect([stdout, stderr]).toEqual(['', '']);
  },
);

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s while a large machine boots cuts the boot short',
  async (name) => {
    const { child, ended } = start(['boot', '--memory', '512G', '--cmdline', 'page_owner=on']);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    child.kill(name);
    const { code, signal, stdout, stderr } = await ended;
    // If the boot went on to its end, there would be its log.
    expect([code === 130 || signal === name, stdout, stderr]).toEqual([true, '', '']);
  },
);

describe('a named pipe', () => {
  const CASES: ((fifo: string) => string[])[] = [
    (fifo) => ['top', fifo],
    (fifo) => ['summary', '--meminfo', fifo, T1],
    (fifo) => ['top', '--handles', fifo, T1],
    (fifo) => ['fragmentation', '--pagetypeinfo', fifo, T1],
    (fifo) => ['replay', fifo],
    (fifo) => ['sort', '--task', 'init', fifo, '-'],
    (fifo) => ['boot', '--reenact', T1, '--dmesg', fifo],
  ];
  test('that nobody writes to: the first signal ends it', async () => {
    const fifo = inHome('fifo');
    spawnSync('mkfifo', [fifo]);
    const commands = CASES.map((args) => args(fifo));
    await endedBySignal('SIGINT', commands.slice(0, 4));
    await endedBySignal('SIGINT', commands.slice(4));
  });

  test('from which nothing comes: the first signal ends it', async () => {
    await endedBySignal('SIGINT', [
      ['summary', '--meminfo', '-', T1],
      ['top', '--handles', '-', T1],
    ]);
  });

  test('is read like any other pipe', async () => {
    spawnSync('mkfifo', [inHome('fifo')]);
    const { ended } = start(['top', '--json', inHome('fifo')]);
    spawnSync('cp', [T1, inHome('fifo')]);
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout).pages).toBe(
      (JSON.parse((await run(['top', '--json', T1])).stdout) as { pages: number }).pages,
    );
  });
});

test('a pipe has no colours and is 80 columns wide, or as COLUMNS says', async () => {
  const wide = await spawned(['top', '--limit', '3', T1], '', { COLUMNS: '160' });
  const narrow = await spawned(['top', '--limit', '3', T1]);
  // eslint-disable-next-line no-control-regex
  expect(/\u001b/.exec(narrow.stdout + wide.stdout)).toBeNull();
  expect(wide.stdout.length).toBeGreaterThan(narrow.stdout.length);
});
