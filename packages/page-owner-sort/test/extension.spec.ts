import { describe, expect, test } from '@jest/globals';
import { sortDump } from '@page-owner/page-owner-sort';
import { splitArguments, UsageError } from '@page-owner/page-owner-sort/node';
import fc from 'fast-check';
import { readDump } from './fixtures.js';

const OTHERS = { flags: ['json', 'redact'], values: ['limit', 'node', 'stack', 'order'] };
const split = (line: string) => splitArguments(line.split(' '), OTHERS);

describe('splitArguments', () => {
  test.each([
    ['--json -m in out', '-m in out', ['json']],
    ['in out --limit 5 --node=0', 'in out', ['limit=5', 'node=0']],
    ['--stack --json in', 'in', ['stack=--json']],
    ['--name --json --na --limit in', '--name --json --na --limit in', []],
    ['--compat --json --co=6.1 --json', '--compat --json --co=6.1', ['json']],
    // Cut short they are page_owner_sort's own, clear or not.
    ['--n x --s pid --o 5 --js --lim=2', '--n x --s pid --o 5 --js --lim=2', []],
    ['--t --json', '--t', ['json']],
    ['-m -- --json --limit', '-m -- --json --limit', []],
    ['--node= --order=a=b', '', ['node=', 'order=a=b']],
  ])('%s', (line, rest, others) => {
    const { args, others: found } = split(line);
    expect(args.join(' ')).toBe(rest);
    expect(
      found.map((argument) => (argument.kind === 'value' ? `${argument.name}=${argument.value}` : 'json')),
    ).toEqual(others);
  });

  test.each([
    ['--json=1', "option '--json' doesn't allow an argument"],
    ['in --limit', "option '--limit' requires an argument"],
  ])('%s is a wrong command line', (line, sentence) => {
    expect(() => split(line)).toThrow(new UsageError(sentence));
  });

  test('a line without such options stays as it is', () => {
    const word = fc.constantFrom(
      ...[
        'in',
        'out',
        '-m',
        '-cd',
        '-',
        '--',
        '--pid',
        '1',
        '--name=a,b',
        '--n',
        '--cull',
        'name',
        '--top=3',
        '--t',
      ],
      ...['--jso', '--limi=4', '--nod', '', '--=', '---json'],
    );
    fc.assert(
      fc.property(fc.array(word), (line) => {
        expect(splitArguments(line, OTHERS)).toEqual({ args: line, others: [] });
      }),
    );
  });
});

test.each([
  [{}],
  [{ cull: ['name', 'stacktrace'], names: ['init'] }],
  [{ sort: [{ key: 'alloc_ts', descending: false }] }],
  [{ compat: '6.12', cull: ['pid'] }],
] as const)('the texts of the groups are that of the dump: %j', async (options) => {
  const dump = await readDump('odd/6.12-base-300-records');
  const whole = Buffer.concat([...(await sortDump(dump, options)).text()]);
  const sorted = await sortDump(dump, options);
  const parts = [...sorted.groups()].flatMap((group) =>
    [...sorted.textOf(group)].map((part) => Buffer.from(part)),
  );
  expect(Buffer.concat(parts).equals(whole)).toBe(true);
});
