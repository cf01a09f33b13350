/// <reference lib="dom" />
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import * as allocator from '@page-owner/buddy-allocator';
import * as api from '@page-owner/tracked-pages';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the example prints what the README says, but for places and times', () => {
  const [, code = '', promised = ''] = /```ts\n(.*?)```\n\n```\n(.*?)```/s.exec(readme) ?? [];
  const script = code
    .replace(/^import .*\n/gm, '')
    .replace(/: number\): Uint8Array/, ')')
    .replaceAll(']!', ']');
  const printed: string[] = [];
  const console = { log: (...words: unknown[]) => printed.push(words.join(' ')) };
  const names = { ...allocator, ...api, WebAssembly, console };
  new Function(...Object.keys(names), script)(...Object.values(names));

  /** Lines, columns, files and times are those of whoever runs it. */
  const plain = (text: string): string =>
    text
      .replace(/^(\d* ?)\S*?(takeTile|<anonymous>|eval|anonymous)\+.*$/gm, (_, held: string, name: string) =>
        name === 'takeTile' ? `${held}takeTile` : `${held}top level`,
      )
      .replace(/ts \d+ ns/, 'ts');
  expect(plain(printed.join('\n'))).toBe(plain(promised.trimEnd()));
});

test('the README names every value of the API', () => {
  for (const name of Object.keys(api)) expect(readme).toContain(name);
  const methods = Object.getOwnPropertyNames(api.TrackedPages.prototype).filter(
    (name) => name !== 'constructor',
  );
  for (const name of methods) expect(readme).toContain(`\`${name}(`);
});
