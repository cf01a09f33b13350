import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stackTree } from '@page-owner/profile';
import type { StackNode } from '@page-owner/profile';

test('merges stacks from either end', () => {
  const stacks = [
    { frames: ['alloc', 'read', 'syscall'], pages: 5 },
    { frames: ['alloc', 'write', 'syscall'], pages: 7 },
    { frames: ['alloc'], pages: 1 },
  ];
  expect(stackTree(stacks, 'callers')).toEqual({
    name: '',
    pages: 13,
    self: 0,
    children: [
      {
        name: 'alloc',
        pages: 13,
        self: 1,
        children: [
          {
            name: 'write',
            pages: 7,
            self: 0,
            children: [{ name: 'syscall', pages: 7, self: 7, children: [] }],
          },
          {
            name: 'read',
            pages: 5,
            self: 0,
            children: [{ name: 'syscall', pages: 5, self: 5, children: [] }],
          },
        ],
      },
    ],
  });
  const callees = stackTree(stacks, 'callees');
  expect(callees.children.map(({ name, pages, self }) => [name, pages, self])).toEqual([
    ['syscall', 12, 0],
    ['alloc', 1, 1],
  ]);
});

test('each stack is a path that holds its pages', () => {
  const stack = fc.record({
    frames: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 5 }),
    pages: fc.integer({ min: -9, max: 9 }),
  });
  fc.assert(
    fc.property(
      fc.array(stack),
      fc.constantFrom('callers' as const, 'callees' as const),
      (stacks, towards) => {
        const found: [string, number][] = [];
        const walk = (node: StackNode, path: readonly string[]) => {
          const below = node.children.reduce((sum, child) => sum + child.pages, 0);
          expect(node.self + below).toBe(node.pages);
          if (node.self) found.push([path.join(), node.self]);
          for (const child of node.children) walk(child, [...path, child.name]);
        };
        walk(stackTree(stacks, towards), []);
        const sums = new Map<string, number>();
        for (const { frames, pages } of stacks) {
          const path = (towards === 'callers' ? frames : frames.toReversed()).join();
          sums.set(path, (sums.get(path) ?? 0) + pages);
        }
        expect(new Map(found)).toEqual(new Map([...sums].filter(([, pages]) => pages)));
      },
    ),
  );
});
