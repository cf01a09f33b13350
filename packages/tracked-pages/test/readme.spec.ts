/// <reference lib="dom" />
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import * as allocator from '@page-owner/buddy-allocator';
import * as api from '@page-owner/tracked-pages';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** Examples, each with what it prints. */
const examples = [...readme.matchAll(/```ts\n((?:(?!```).)*?)```\n\n```\n(.*?)```/gs)];

test('there are two', () => expect(examples).toHaveLength(2));

test.each(examples.map(([, code, promised], i) => [i + 1, code!, promised!] as const))(
  'example %i prints what the README says, but for places and times',
  (_, code, promised) => {
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
        .replace(
          /^(\d* ?(?:\d+ )?)\S*?(take\w+|<anonymous>|eval|anonymous)\+.*$/gm,
          (_, held: string, name: string) =>
            name.startsWith('take') ? `${held}${name}` : `${held}top level`,
        )
        .replace(/ts \d+ ns/, 'ts');
    expect(plain(printed.join('\n'))).toBe(plain(promised.trimEnd()));
  },
);

test('the README names every value of the API', () => {
  for (const name of Object.keys(api)) expect(readme).toContain(name);
  const { constructor: _, ...members } = Object.getOwnPropertyDescriptors(api.TrackedPages.prototype);
  for (const [name, { get }] of Object.entries(members))
    expect(readme).toContain(`\`${name}${get ? '`' : '('}`);
});
