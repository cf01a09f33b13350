import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import * as api from '@page-owner/kernel-abi';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const example = (/```ts\n(.*?)```/s.exec(readme)?.[1] ?? '').replace(/^import .*?;\n/gms, '');

test('the example prints what its comments say', () => {
  const code: string[] = [];
  const promised: unknown[] = [];
  for (const line of example.split('\n')) {
    const [, binding = '', expression, result] = /^(const \w+ = )?(.*); \/\/ (.*)$/.exec(line) ?? [];
    if (expression !== undefined && result !== undefined) {
      promised.push(JSON.parse(result));
      code.push(`${binding}log(${expression});`);
    } else {
      code.push(line);
    }
  }
  const printed: unknown[] = [];
  const log = <T>(value: T): T => {
    printed.push(value);
    return value;
  };
  new Function('log', ...Object.keys(api), code.join('\n'))(log, ...Object.values(api));
  expect(promised).toHaveLength(10);
  expect(printed).toEqual(promised);
});

test('the README names every era and every value of the API', () => {
  for (const name of [...api.ERAS, ...Object.keys(api)].filter((each) => each !== 'DEFAULT_CONFIG')) {
    expect(readme).toContain(name);
  }
});
