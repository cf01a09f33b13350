import { describe, expect, test } from '@jest/globals';
import { breakdown, ownerTexts, stackTexts } from '@page-owner/profile';
import type { Profile } from '@page-owner/profile';
import { folded, foldedDiff } from '@page-owner/profile/export';
import type { FoldedOptions } from '@page-owner/profile/export';
import fc from 'fast-check';
import { profileOf } from './fixtures.js';
import { anyOddMemory, oddNames, oddProfileOf } from './odd-profile.js';

/** Reads lines as flamegraph.pl does, two counts behind the stack included. */
function read(chunks: Iterable<string>, columns: 1 | 2): Map<string, number[]> {
  const stacks = new Map<string, number[]>();
  for (const chunk of chunks) {
    expect(chunk.endsWith('\n')).toBe(true);
    for (const line of chunk.slice(0, -1).split('\n')) {
      const [, rest = '', last] = /^(.*)\s+?(\d+(?:\.\d*)?)$/.exec(line) ?? [];
      const two = /^(.*)\s+?(\d+(?:\.\d*)?)$/.exec(rest);
      expect(two !== null).toBe(columns === 2);
      const stack = two ? two[1]! : rest;
      expect(stack).toMatch(/^[^\s#][^\s]*$/u);
      expect(stack.split(';')).not.toContain('');
      expect(stacks.has(stack)).toBe(false);
      stacks.set(stack, [...(two ? [Number(two[2])] : []), Number(last)]);
    }
  }
  return stacks;
}

const total = (stacks: ReadonlyMap<string, number[]>, column = 0) =>
  [...stacks.values()].reduce((sum, counts) => sum + counts[column]!, 0);

const frame = (name: string) => name.replaceAll(' ', '_');

function expected(profile: Profile, textsOf: typeof ownerTexts): Map<string, number[]> {
  const stacks = new Map<string, number[]>();
  for (let i = 0; i < profile.samples.length; i++) {
    const key = textsOf(profile, profile.samples.stack[i]!).reverse().map(frame).join(';');
    stacks.set(key, [(stacks.get(key)?.[0] ?? 0) + profile.samples.pages[i]!]);
  }
  return stacks;
}

describe('a real dump', () => {
  test('pages of each stack from the owner on, outermost function first', async () => {
    const profile = await profileOf('6.12-t3');
    const stacks = read(folded(profile), 1);
    expect(stacks).toEqual(expected(profile, ownerTexts));
    expect(total(stacks)).toBe(profile.pages);
    const [leak] = [...stacks].filter(([stack]) => stack.includes('leaky_write'));
    expect(leak![0]).toMatch(/^entry_SYSCALL_64_after_hwframe;do_syscall_64;ksys_write;vfs_write;/);
  });

  test('full stacks, bytes', async () => {
    const profile = await profileOf('6.12-t1');
    expect(read(folded(profile, { fullStacks: true }), 1)).toEqual(expected(profile, stackTexts));
    expect(total(read(folded(profile, { unit: 'bytes', pageBytes: 8192 }), 1))).toBe(profile.pages * 8192);
  });

  test('lines are in order, whatever the pieces', async () => {
    const lines = [...folded(await profileOf('6.12-t2'))].join('').split('\n').slice(0, -1);
    expect(lines).toEqual([...lines].sort());
  });

  test('roots split the memory', async () => {
    const profile = await profileOf('6.12-t3');
    const stacks = read(folded(profile, { roots: ['reclaim', 'taskName'] }), 1);
    const pages = new Map<string, number>();
    for (const [stack, [count]] of stacks) {
      const root = stack.split(';').slice(0, 2).join(' ');
      pages.set(root, (pages.get(root) ?? 0) + count!);
    }
    const rows = breakdown(profile, ['reclaim', 'taskName']);
    expect(pages).toEqual(new Map(rows.map(({ names, pages }) => [names.map(frame).join(' '), pages])));
  });
});

describe('a difference', () => {
  test('has the counts of both, none signed', async () => {
    const [before, after] = [await profileOf('6.12-t2'), await profileOf('6.12-t3')];
    const stacks = read(foldedDiff(before, after), 2);
    const only = (column: number) =>
      new Map(
        [...stacks].filter(([, counts]) => counts[column]).map(([key, counts]) => [key, [counts[column]]]),
      );
    expect(only(0)).toEqual(read(folded(before), 1));
    expect(only(1)).toEqual(read(folded(after), 1));
    const leaks = [...stacks].filter(([stack]) => stack.endsWith(';leaky_alloc_buffers_[leaky]'));
    expect([total(new Map(leaks), 0), total(new Map(leaks), 1)]).toEqual([3800, 8184]);
  });
});

describe('names', () => {
  test('of a real dump', async () => {
    const stacks = read(folded(await oddNames(), { roots: ['taskName'] }), 1);
    const tasks = new Set([...stacks.keys()].map((stack) => stack.split(';')[0]));
    for (const name of [
      '(sd-pam)',
      'a),_ts_5_ns',
      'a_b__c',
      'x\\x0ay',
      'tab\\x09here',
      '\\xff\\xfe',
      '?',
      'caf\u00e9',
    ])
      expect(tasks).toContain(name);
  });

  test('any name, any memory', async () => {
    const options: FoldedOptions = { roots: ['task', 'cgroup'] };
    await fc.assert(
      fc.asyncProperty(anyOddMemory, anyOddMemory, async (memory, other) => {
        const [profile, before] = [await oddProfileOf(memory), await oddProfileOf(other)];
        expect(total(read(folded(profile), 1))).toBe(profile.pages);
        const stacks = read(foldedDiff(before, profile, options), 2);
        expect([total(stacks, 0), total(stacks, 1)]).toEqual([before.pages, profile.pages]);
      }),
      { numRuns: 60 },
    );
  });
});
