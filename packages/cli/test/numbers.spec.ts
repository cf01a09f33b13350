import { describe, expect, test } from '@jest/globals';
import { durationText, readDuration } from '../src/screen/duration.js';
import { growthText, readSize, shareText, sizeText } from '../src/screen/size.js';

describe('sizes', () => {
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [4096, '4 KiB'],
    [15564800, '14.8 MiB'],
    [-(2 ** 30), '-1.0 GiB'],
    [1024 * 1023, '1023 KiB'],
    [2 ** 20 - 1, '1.0 MiB'],
    [1 - 2 ** 30, '-1.0 GiB'],
    [2 ** 60, '1024.0 PiB'],
  ])('%d: %s', (bytes, text) => expect(sizeText(bytes)).toBe(text));

  test.each([
    ['64M', 64 * 2 ** 20],
    ['64MiB', 64 * 2 ** 20],
    ['1.5g', 1.5 * 2 ** 30],
    ['4096', 4096],
    ['0', 0],
    ['12 kB', 12 * 1024],
  ])('%s', (text, bytes) => expect(readSize('--size', text)).toBe(bytes));

  test.each(['', 'M', '-1', '1X', '1e6', '99999999P', '1,5M'])('%j is none', (text) =>
    expect(() => readSize('--size', text)).toThrow(`--size: ${JSON.stringify(text)} is no size`),
  );

  test('growth has its sign, a part of nothing is empty', () => {
    expect([growthText(4096), growthText(0), growthText(-4096)]).toEqual(['+4 KiB', '0 B', '-4 KiB']);
    expect([shareText(1, 8), shareText(1, 0)]).toEqual(['12.5 %', '']);
  });
});

describe('lengths of time', () => {
  test.each([
    ['90', 90_000_000_000n],
    ['90s', 90_000_000_000n],
    ['250ms', 250_000_000n],
    ['1.5m', 90_000_000_000n],
    ['2h', 7200_000_000_000n],
    ['1 d', 86400_000_000_000n],
  ])('%s', (text, ns) => expect(readDuration('--older-than', text)).toBe(ns));

  test.each(['', 's', '-1s', '1w', '1h30m'])('%j is none', (text) =>
    expect(() => readDuration('--older-than', text)).toThrow('is no length of time'),
  );

  test.each([
    [250e6, '250 ms'],
    [71.2e9, '71.2 s'],
    [600e9, '10.0 min'],
    [3 * 3600e9, '3.0 h'],
    [20 * 86400e9, '20.0 d'],
  ])('%d: %s', (ns, text) => expect(durationText(ns)).toBe(text));
});
