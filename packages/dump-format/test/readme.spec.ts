import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import * as api from '@page-owner/dump-format';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const example = (/```ts\n(.*?)```/s.exec(readme)?.[1] ?? '')
  .replace(/^import .*?;\n/gms, '')
  .replace(']!;', '];');

test('the first example prints, and throws, what its comments say', () => {
  const text = /parseDump\(`(.*?)`\)/s.exec(example)![1]!;
  const promised = [...example.matchAll(/^(?:\/\/|.*log\(.*\); \/\/) (.*)$/gm)].map(([, line]) =>
    line === 'the same text' ? text : line!,
  );
  const printed: string[] = [];
  const log = (...values: unknown[]): void =>
    void printed.push(values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' '));
  const names = { ...api, console: { log } };
  const run = new Function(...Object.keys(names), example);
  try {
    run(...Object.values(names));
  } catch (error) {
    printed.push(String(error));
  }

  expect(promised).toHaveLength(6);
  expect(printed).toEqual(promised);
});
