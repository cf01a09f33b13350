import { CUT_FREE_TS, CUT_NOTHING, CUT_TS } from '@page-owner/dump-format';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cQsort } from '../src/compat/c-qsort.js';
import { CULL_ALIASES, CULL_KEYS, SORT_ALIASES, SORT_KEYS } from '../src/keys.js';
import type { SortKey } from '../src/keys.js';
import { UsageError, readArguments } from '../src/node/arguments.js';
import { LETTER_ORDERS, compatOf, readCommand } from '../src/node/command-line.js';
import type { Command } from '../src/node/command-line.js';
import { readCompatCommand } from '../src/node/compat-command-line.js';
import { makePlan } from '../src/plan.js';
import { printable } from '../src/printable.js';

const by = (...keys: SortKey[]) => ({ sort: keys.map((key) => ({ key, descending: false })) });
const command = (...args: string[]): Command => readCommand(['in', 'out', ...args]) as Command;

describe('makePlan', () => {
  test('times are cut out unless they come first in the order', () => {
    expect(makePlan({}).cut).toBe(CUT_TS | CUT_FREE_TS);
    expect(makePlan(by('pid', 'alloc_ts')).cut).toBe(CUT_TS | CUT_FREE_TS);
    expect(makePlan(by('alloc_ts')).cut).toBe(CUT_NOTHING);
    expect(makePlan(by('free_ts')).cut).toBe(CUT_NOTHING);
  });

  test('the C tools cut what they know', () => {
    expect(makePlan({ compat: '6.1' }).cut).toBe(CUT_NOTHING);
    expect(makePlan({ compat: '6.12' }).cut).toBe(CUT_TS);
    expect(makePlan({ compat: 'mainline', ...by('alloc_ts') }).cut).toBe(CUT_NOTHING);
  });

  test('by times, most first, without a key; 6.1 only when it culls', () => {
    const byTimes = [{ key: 'times', descending: true }];
    expect(makePlan({}).order).toEqual(byTimes);
    expect(makePlan({ sort: [] }).order).toEqual(byTimes);
    expect(makePlan({ compat: '6.12' }).order).toEqual(byTimes);
    expect(makePlan({ compat: '6.1' }).order).toEqual([]);
    expect(makePlan({ compat: '6.1', cull: ['pid'] }).order).toEqual(byTimes);
  });

  test('which orders can be told from what makes a group', () => {
    const told = (keys: SortKey[], cull: (typeof CULL_KEYS)[number][] = []) =>
      makePlan({ ...by(...keys), cull }).orderedByGroup;
    expect(told(['txt', 'pid', 'name', 'module', 'stacktrace'])).toBe(true);
    expect(told(['alloc_ts', 'free_ts'])).toBe(true);
    expect(told(['pid', 'alloc_ts'])).toBe(false);
    expect(told(['times'])).toBe(false);
    expect(told(['allocator'])).toBe(false);
    expect(told(['pid', 'allocator'], ['allocator', 'pid'])).toBe(true);
    expect(told(['pid'], ['tgid'])).toBe(false);
    expect(told(['alloc_ts'], ['pid'])).toBe(false);
    expect(told(['txt'], ['stacktrace'])).toBe(false);
  });
});

describe('keys', () => {
  test('each name and each short name of the C tool is taken', () => {
    for (const [short, key] of Object.entries(SORT_ALIASES)) {
      expect(command('--sort', short).options).toEqual(command('--sort', key).options);
    }
    for (const [short, key] of Object.entries(CULL_ALIASES)) {
      expect(command('--cull', short).options.cull).toEqual([key]);
    }
    for (const key of SORT_KEYS) {
      expect(command(`--sort=-${key},+pid`).options.sort).toEqual([
        { key, descending: true },
        { key: 'pid', descending: false },
      ]);
    }
    expect(command(`--cull=${CULL_KEYS.join()}`, '-c').options.cull).toEqual([...CULL_KEYS]);
  });

  test.each(['', ',', 'pid,', 'PID', 'comm', 'constructor', '__proto__', '--pid', '-', ' pid'])(
    'no key: %j',
    (list) => {
      expect(() => command(`--sort=${list}`)).toThrow(/^--sort: unknown key "/);
      expect(() => command(`--cull=${list}`)).toThrow(/^--cull: unknown key "/);
    },
  );
});

describe('readCommand', () => {
  test('what an order letter stands for', () => {
    for (const [letter, order] of Object.entries(LETTER_ORDERS)) {
      expect(command(`-${letter}`).options.sort).toEqual([order]);
    }
    expect(command('-m', '-m').options.sort).toEqual([LETTER_ORDERS['m']]);
    expect(() => command('-m', '-t')).toThrow('-m and -t are both given');
    expect(() => command('-m', '--sort=pid')).toThrow('-m and --sort are both given');
  });

  test('letters joined, files anywhere, values joined or next, names cut short', () => {
    const wanted = command('-m', '-d', '-f', '--pid=1,2', '--temporary-directory=/x', '--threads=3');
    expect(readCommand(['-mdf', 'in', '--pid', '1,2', '--temp', '/x', 'out', '--th=3'])).toEqual(wanted);
    expect(wanted).toMatchObject({
      input: 'in',
      output: 'out',
      debug: true,
      threads: 3,
      temporaryDirectory: '/x',
    });
    expect(wanted.options).toEqual({
      sort: [LETTER_ORDERS['m']],
      cull: [],
      pids: [1, 2],
      unreleased: true,
    });
  });

  test('a value may begin like an option, a file after -- too, and - is a file', () => {
    expect(command('--pid', '-1').options.pids).toEqual([-1]);
    expect(command('--name', '--help').options.names).toEqual(['--help']);
    expect(readCommand(['-m', '--', '-a', '--help'])).toMatchObject({ input: '-a', output: '--help' });
    expect(readCommand(['-', '-'])).toMatchObject({ input: '-', output: '-' });
  });

  test('a selection given again takes the place of the first; cull keys add up', () => {
    const { options } = command('--name=a,b', '--name=c', '--cull=pid', '--cull=tgid,pid');
    expect(options).toEqual({ names: ['c'], cull: ['pid', 'tgid'] });
    expect(command('--name=').options.names).toEqual(['']);
  });

  test('help and version come before what is missing', () => {
    expect(readCommand(['-h'])).toBe('help');
    expect(readCommand(['--he'])).toBe('help');
    expect(readCommand(['--version'])).toBe('version');
  });

  test.each([
    [[], 'no input and no output is named'],
    [['in'], 'no output is named'],
    [['a', 'b', 'c'], '"c" is one file too many'],
    [['-x'], "invalid option -- 'x'"],
    [['-mx'], "invalid option -- 'x'"],
    [['-m=1'], "invalid option -- '='"],
    [['--nonsense'], "unrecognized option '--nonsense'"],
    [['--=x'], "unrecognized option '--=x'"],
    [['--__proto__=1'], 'unrecognized option'],
    [['--t=1'], 'is ambiguous; possibilities: --tgid --top --threads --temporary-directory'],
    [['--pid'], "option '--pid' requires an argument"],
    [['--help=1'], "option '--help' doesn't allow an argument"],
    [['--pid='], '--pid: "" is no process id'],
    [['--pid=1,'], '--pid: "" is no process id'],
    [['--pid=0x1'], '--pid: "0x1" is no process id'],
    [['--tgid=4294967297'], '--tgid: "4294967297" is no process id'],
    [['--top=-1'], '--top: "-1" is no whole number from 0 on'],
    [['--top=1.5'], '--top: "1.5" is no whole number'],
    [['--threads=0'], '--threads: "0" is no whole number from 1 on'],
    [['--pid=\u001b[31m'], '--pid: "\\x1b[31m" is no process id'],
  ])('%j: %s', (args, message) => {
    const read = () => readCommand(args);
    expect(read).toThrow(UsageError);
    expect(read).toThrow(message);
  });
});

describe('compatOf', () => {
  test('takes --compat out, wherever it stands and however short', () => {
    expect(compatOf(['a', '--compat', '6.1', 'b'])).toEqual({ compat: '6.1', rest: ['a', 'b'] });
    expect(compatOf(['--compat=mainline', '-m'])).toEqual({ compat: 'mainline', rest: ['-m'] });
    expect(compatOf(['--co=6.12'])).toEqual({ compat: '6.12', rest: [] });
    expect(compatOf(['--comp', '6.12', 'x'])).toEqual({ compat: '6.12', rest: ['x'] });
    expect(compatOf(['--', '--compat', '6.1'])).toEqual({
      compat: undefined,
      rest: ['--', '--compat', '6.1'],
    });
    expect(compatOf(['-m'])).toEqual({ compat: undefined, rest: ['-m'] });
  });

  test.each([[['--compat']], [['--compat=']], [['--compat', '5.10']], [['--compat=\u001b[2J']]])(
    '%j',
    (args) => {
      expect(() => compatOf(args)).toThrow(
        /^--compat: unknown generation "[ -~]*"; known: 6\.1 6\.12 mainline$/,
      );
    },
  );
});

describe('readCompatCommand', () => {
  const order = (compat: '6.1' | '6.12' | 'mainline', ...args: string[]) => {
    const read = readCompatCommand(['in', 'out', ...args], compat);
    return 'options' in read
      ? read.options.sort?.map(({ key, descending }) => `${descending ? '-' : ''}${key}`)
      : read.exitCode;
  };

  test('which order counts', () => {
    expect(order('6.1', '-m', '--sort=pid', '-a')).toEqual(['alloc_ts']);
    expect(order('6.1', '-m', '--sort=-pid')).toEqual(['-pid']);
    expect(order('6.12', '--sort=pid')).toBeUndefined();
    expect(order('6.12', '--sort=pid', '-m')).toEqual(['-pages']);
    expect(order('6.12', '-m', '-a')).toBe(1);
    expect(order('mainline', '--sort=pid')).toEqual(['pid']);
    expect(order('mainline', '--sort=pid', '-M')).toEqual(['module']);
  });

  test('ids are read as strtol does into an int', () => {
    const pids = (list: string) => {
      const read = readCompatCommand(['in', 'out', `--pid=${list}`], '6.12');
      return 'options' in read ? read.options.pids : read.stderr;
    };
    expect(pids('1, 2,+3,-4')).toEqual([1, 2, 3, -4]);
    expect(pids('4294967297')).toEqual([1]);
    expect(pids('9223372036854775808')).toBe(
      'wrong/invalid pid in from the command line:9223372036854775808\n',
    );
  });

  test('only mainline knows --help', () => {
    expect(readCompatCommand(['--help'], 'mainline')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(readCompatCommand(['--help'], '6.12')).toMatchObject({
      exitCode: 1,
      stderr: "page_owner_sort: unrecognized option '--help'\n",
    });
  });
});

describe('readArguments', () => {
  test('tells the order in which words came', () => {
    expect(
      readArguments(['-a', 'f', '--value', '-v', '-ba'], {
        letters: 'ab',
        flags: ['flag'],
        values: ['value'],
      }),
    ).toEqual([
      { kind: 'flag', name: 'a' },
      { kind: 'file', path: 'f' },
      { kind: 'value', name: 'value', value: '-v' },
      { kind: 'flag', name: 'b' },
      { kind: 'flag', name: 'a' },
    ]);
  });
});

describe('printable', () => {
  test('nothing that moves a cursor, changes a colour or turns text around is left', () => {
    expect(printable('a\u001b[31m\r\n\u009bx\u007f\u202e')).toBe('a\\x1b[31m\\x0d\\x0a\\x9bx\\x7f\\u202e');
    expect(printable(Uint8Array.of(0x61, 0xff, 0x1b))).toBe('a\\xff\\x1b');
    expect(printable('caf\u00e9 (sd-pam)')).toBe('caf\u00e9 (sd-pam)');
  });
});

describe('cQsort', () => {
  test('sorts, and keeps what is equal in order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat())), (items) => {
        const compare = (a: readonly number[], b: readonly number[]) => a[0]! - b[0]!;
        expect(cQsort(items, compare)).toEqual([...items].sort(compare));
      }),
    );
  });

  test('a comparison that never says equal turns equals around, as in the C tool', () => {
    const items = [1, 0, 1, 0, 1].map((key, at) => ({ key, at }));
    const never = (a: { key: number }, b: { key: number }) => (a.key < b.key ? -1 : 1);
    expect(cQsort(items, never).map(({ at }) => at)).toEqual([3, 1, 4, 2, 0]);
  });

  test('gives back what it was given even where a comparison contradicts itself', () => {
    const items = Array.from({ length: 100 }, (_, i) => i);
    expect(cQsort(items, (a, b) => ((a * 7 + b * 3) % 5) - 2).sort((a, b) => a - b)).toEqual(items);
  });
});
