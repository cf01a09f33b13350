import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import * as pageExt from '@page-owner/page-ext';
import * as stackdepot from '@page-owner/stackdepot';
import * as api from '@page-owner/page-owner';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const example = (/```ts\n(.*?)```/s.exec(readme)?.[1] ?? '')
  .replace(/^import .*?;\n/gms, '')
  .replaceAll(': FrameView', '');

test('the example prints what its comments say', () => {
  const promised = [...example.matchAll(/^(?:\/\/|.*log\(.*\); \/\/) (.*)$/gm)].map(([, line]) => line!);
  const printed: string[] = [];
  const log = (...values: unknown[]): void => {
    const text = values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' ');
    printed.push(...text.split('\n'));
  };
  const names = { ...pageExt, ...stackdepot, ...api, console: { log } };
  new Function(...Object.keys(names), example)(...Object.values(names));

  expect(promised).toHaveLength(6);
  let from = 0;
  for (const line of promised) {
    const whole = !line.endsWith('...');
    const start = whole ? line : line.slice(0, -3);
    const at = printed.findIndex((text, i) => i >= from && (whole ? text === start : text.startsWith(start)));
    expect([line, at >= 0]).toEqual([line, true]);
    from = at + 1;
  }
});

test('the README names every value of the API', () => {
  for (const name of Object.keys(api).filter((each) => each !== 'COMM_BYTES')) expect(readme).toContain(name);
});
