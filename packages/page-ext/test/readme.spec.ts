import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import * as api from '@page-owner/page-ext';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const example = (/```ts\n(.*?)```/s.exec(readme)?.[1] ?? '')
  .replace(/^import .*?;\n/gms, '')
  .replaceAll(': PageExtClient', '');

test('the example prints what its comments say', () => {
  const promised = [...example.matchAll(/^(?:\/\/|.*log\(.*\); \/\/) (.*)$/gm)].map(([, line]) => line!);
  const printed: string[] = [];
  const log = (value: unknown): void =>
    void printed.push(typeof value === 'string' ? value : inspect(value, { breakLength: Infinity }));
  const names = { ...api, console: { log } };
  new Function(...Object.keys(names), example)(...Object.values(names));

  expect(promised).toHaveLength(3);
  expect(printed).toEqual(promised);
});

test('the README names every value of the API', () => {
  for (const name of Object.keys(api)) expect(readme).toContain(name);
});
