/// <reference lib="dom" />
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import * as api from '@page-owner/buddy-allocator';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
/** Examples, each with what it prints. */
const examples = [...readme.matchAll(/```ts\n((?:(?!```).)*?)```\n\n```\n(.*?)```/gs)];

test('there are three', () => expect(examples).toHaveLength(3));

test.each(examples.map(([, code, promised], i) => [i + 1, code!, promised!] as const))(
  'example %i prints what the README says',
  (_, code, promised) => {
    const printed: string[] = [];
    const console = { log: (...words: unknown[]) => printed.push(words.join(' ')) };
    const names = { ...api, WebAssembly, console };
    new Function(...Object.keys(names), code.replace(/^import .*\n/gm, ''))(...Object.values(names));
    // Lines of buddyinfo end with a blank.
    expect(printed.join('\n').replace(/ +$/gm, '')).toBe(promised.trimEnd());
  },
);
