import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import * as api from '@page-owner/machine';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const example = (/```ts\n(.*?)```/s.exec(readme)?.[1] ?? '')
  .replace(/^import .*?;\n/gms, '')
  .replaceAll(' as const', '');

test('the example prints what its comments say', () => {
  const promised = [...example.matchAll(/^\/\/ (.*)$/gm)].map(([, line]) => line!);
  const printed: string[] = [];
  const log = (text: unknown): void => void printed.push(...String(text).split('\n'));
  const names = { ...api, console: { log } };
  new Function(...Object.keys(names), example)(...Object.values(names));
  expect(promised).toHaveLength(9);
  expect(promised[0]).toBe('...');
  expect(printed).toEqual(expect.arrayContaining(promised.slice(1)));
});

test('the README names every value of the API', () => {
  for (const name of Object.keys(api)) expect(readme).toContain(name);
});
