import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import {
  BIT_CMA,
  BIT_FREE_TS,
  BIT_SLAB,
  BIT_TS,
  BIT_WIDE,
  CUT_NOTHING,
  ROW_BITS,
  ROW_END,
  ROW_FREE_TS,
  ROW_LINE,
  ROW_PFN,
  ROW_STACK,
  ROW_STACK_START,
  ROW_START,
  ROW_TS,
  ROW_WORDS,
  RecordWindow,
  STOP_FULL,
  STOP_MORE,
  STOP_ODD,
} from '../src/record-window.js';
import { decodeText, encodeText } from '../src/text-bytes.js';

const H =
  'Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 5, tgid 5 (x), ts 4294967298 ns, free_ts 7 ns\n';
const PFN = 'PFN 0x1 type CMA Block 0 type CMA Flags 0x0(slab)\n';
const STACK = ' f+0x1/0x2\nCharged to memcg /\n\n';
const RECORD = H + PFN + STACK;
const MIB = 1 << 20;

function fill(window: RecordWindow, text: string): void {
  const bytes = encodeText(text);
  window.space(bytes.length).set(bytes);
  window.filled(bytes.length);
}

async function windowOn(text: string, offset = 0): Promise<RecordWindow> {
  const window = await RecordWindow.create(undefined, offset);
  fill(window, text);
  return window;
}

const textOf = (window: RecordWindow, from: number, to: number): string =>
  decodeText(window.bytes.subarray(from, to));

describe('RecordWindow', () => {
  test('a row tells where a record and its parts are, and what they say', async () => {
    const window = await windowOn(`${RECORD}${H.replace('(x)', '(y)')}PFN 1\n\n${RECORD}`, 5000);
    const first = window.position;
    expect(window.pending).toBe(window.limit - first);
    expect(window.scan()).toBe(3);
    expect(window.stopReason).toBe(STOP_MORE);
    expect(window.pending).toBe(0);

    const [one, two, three] = [0, 1, 2].map((i) => window.rows.subarray(i * ROW_WORDS, (i + 1) * ROW_WORDS));
    const at = (row: Uint32Array | undefined, word: number) => row?.[word] ?? NaN;
    expect(at(one, ROW_START)).toBe(first);
    expect(window.offsetOf(at(one, ROW_START))).toBe(5000);
    expect(window.offsetOf(at(two, ROW_START))).toBe(5000 + RECORD.length);
    expect(textOf(window, at(one, ROW_START), at(one, ROW_END))).toBe(RECORD);
    expect(textOf(window, at(one, ROW_PFN), at(one, ROW_STACK_START))).toBe(PFN);
    expect(textOf(window, at(one, ROW_STACK_START), at(one, ROW_END))).toBe(STACK);
    expect([at(one, ROW_TS), at(one, ROW_TS + 1), at(one, ROW_FREE_TS), at(one, ROW_FREE_TS + 1)]).toEqual([
      2, 1, 7, 0,
    ]);
    expect(at(one, ROW_BITS)).toBe(BIT_CMA | BIT_SLAB | BIT_TS | BIT_FREE_TS);
    expect(at(two, ROW_BITS)).toBe(BIT_TS | BIT_FREE_TS);
    expect([one, two, three].map((row) => [at(row, ROW_LINE), at(row, ROW_STACK)])).toEqual([
      [0, 0],
      [1, 1],
      [0, 0],
    ]);
    expect([window.lineCount, window.stackCount]).toEqual([2, 2]);
    expect(decodeText(window.line(1))).toBe(
      H.replace('(x)', '(y)').replace('4294967298', '').replace('7 ns', ' ns'),
    );
    expect(decodeText(window.stack(0))).toBe(STACK);
    expect(decodeText(window.stack(1))).toBe('\n');
  });

  test('says when a time is too wide for it', async () => {
    const window = await windowOn(RECORD.replace('4294967298', '0'.repeat(20)));
    expect(window.scan()).toBe(1);
    expect(window.rows[ROW_BITS]).toBe(BIT_CMA | BIT_SLAB | BIT_TS | BIT_FREE_TS | BIT_WIDE);
  });

  test('without a word on it cuts both times; asked to, neither', async () => {
    const window = await RecordWindow.create(CUT_NOTHING);
    fill(window, RECORD);
    window.scan();
    expect(decodeText(window.line(0))).toBe(H);
  });

  test('stops where more bytes are needed', async () => {
    for (let length = 0; length < RECORD.length; length += 13) {
      const window = await RecordWindow.create();
      fill(window, RECORD + RECORD.slice(0, length));
      expect([window.scan(), window.stopReason, window.pending]).toEqual([1, STOP_MORE, length]);
      fill(window, RECORD.slice(length));
      expect([window.scan(), window.pending]).toEqual([1, 0]);
      expect([window.lineCount, window.stackCount]).toEqual([1, 1]);
    }
  });

  test.each([
    ['another start', `\n${RECORD}`],
    ['no PFN line', `${H}${STACK}`],
    ['no number in the PFN line', `${H}PFN x\n${STACK}`],
    ['CRLF', RECORD.replaceAll('\n', '\r\n')],
    ['a long header line', `${RECORD.replace('(GFP_KERNEL)', `(${'x'.repeat(5000)})`)}${RECORD}`],
    ['a long PFN line', `${H}PFN 1${' '.repeat(5000)}\n${STACK}`],
    ['a long stack', `${H}${PFN}${' f+0x1/0x2\n'.repeat(6000)}\n`],
  ])('stops at %s, and goes on behind it', async (_, odd) => {
    const window = await windowOn(RECORD + odd + RECORD);
    const start = window.position;
    expect([window.scan(), window.stopReason]).toEqual([1, STOP_ODD]);
    expect(window.position - start).toBe(RECORD.length);
    window.position += odd.length;
    expect([window.scan(), window.stopReason, window.pending]).toEqual([1, STOP_MORE, 0]);
  });

  test('stops when the rows are full', async () => {
    const short = 'Page allocated via order 0\nPFN 1\n\n';
    const window = await windowOn(short.repeat(10_000));
    let left = 10_000;
    const most = window.rows.length / ROW_WORDS;
    while (left > most) {
      expect([window.scan(), window.stopReason]).toEqual([most, STOP_FULL]);
      left -= most;
      expect(window.pending).toBe(left * short.length);
    }
    expect([window.scan(), window.stopReason]).toEqual([left, STOP_MORE]);
  });

  test('space moves what is pending, and offsets with it', async () => {
    const window = await RecordWindow.create(undefined, 100);
    const marked = 'x'.repeat(MIB - 5) + '12345';
    for (let i = 0; i < 3; i++) fill(window, marked);
    window.position += 3 * MIB - 5;
    expect(window.offsetOf(window.position)).toBe(100 + 3 * MIB - 5);
    expect(window.space(MIB)).toHaveLength(MIB);
    window.filled(MIB);
    expect(window.space(MIB)).toHaveLength(MIB);
    expect(window.offsetOf(window.position)).toBe(100 + 3 * MIB - 5);
    expect(window.offsetOf(window.limit)).toBe(100 + 4 * MIB);
    expect(textOf(window, window.position, window.position + 5)).toBe('12345');
  });

  test('texts from outside have the ids of those that were scanned', async () => {
    const window = await windowOn(RECORD);
    window.scan();
    expect(window.internStack(encodeText(STACK))).toBe(0);
    expect(window.internLine(window.line(0))).toBe(0);
    expect(window.internStack(encodeText('\n'))).toBe(1);
    expect(window.internLine(new Uint8Array())).toBe(1);
    expect(window.line(1)).toHaveLength(0);
    const long = encodeText('x'.repeat(MIB + 4096));
    expect(Buffer.compare(window.stack(window.internStack(long)), long)).toBe(0);
    expect(() => window.internStack(encodeText('x'.repeat(MIB + 4097)))).toThrow(
      new RangeError('a text of 1052673 bytes is too long'),
    );
  });

  test('texts that differ in one byte, of every length, are told apart', async () => {
    const window = await RecordWindow.create();
    const text = encodeText('\n'.repeat(70));
    for (let length = 1; length < text.length; length++) {
      const id = window.internStack(text.subarray(0, length));
      expect(id).toBe(window.stackCount - 1);
      const other = text.slice(0, length);
      other[length - 1] = 11;
      expect(window.internStack(other)).toBe(id + 1);
      expect(window.internStack(text.subarray(0, length))).toBe(id);
    }
  });

  test('the memory grows, the views go with it', async () => {
    const window = await windowOn(RECORD);
    window.scan();
    const { buffer } = window.bytes;
    const text = new Uint8Array(MIB).fill(10);
    for (let i = 0; i < 20; i++) {
      text[0] = i + 65;
      expect(window.internStack(text)).toBe(i + 1);
    }
    expect(window.bytes.buffer).not.toBe(buffer);
    expect(window.textBytes).toBeGreaterThan(20 * MIB);
    expect(decodeText(window.stack(0))).toBe(STACK);
    for (let i = 0; i < 20; i++)
      expect([window.stack(i + 1)[0], window.stack(i + 1).length]).toEqual([i + 65, MIB]);
    fill(window, RECORD + RECORD);
    expect(window.scan()).toBe(2);
    expect(window.rows[ROW_STACK]).toBe(0);
    expect(window.rows.buffer).toBe(window.bytes.buffer);
  });

  test('says so when there is no more memory', () => {
    const source = new URL('../src/record-window.ts', import.meta.url).href;
    const code = `
      import { RecordWindow } from ${JSON.stringify(source)};
      const window = await RecordWindow.create();
      const text = new Uint8Array(${MIB});
      try {
        for (text[0] = 1; text[0]; text[0]++) window.internStack(text);
      } catch (error) {
        console.log(String(error));
      }`;
    const { stdout } = spawnSync(
      process.execPath,
      // 32 MiB in place of 4 GiB.
      ['--wasm-max-mem-pages=512', '--import', 'tsx', '--input-type=module', '--eval', code],
      { cwd: fileURLToPath(new URL('..', import.meta.url)), encoding: 'utf8' },
    );
    expect(stdout.trim()).toBe('Error: the scanner ran out of memory');
  });

  test('forget begins anew', async () => {
    const window = await windowOn(RECORD + RECORD);
    const empty = window.textBytes;
    window.scan();
    window.internLine(encodeText('x'));
    expect(window.textBytes).toBeGreaterThan(empty);
    window.forget();
    expect([window.lineCount, window.stackCount, window.textBytes]).toEqual([0, 0, empty]);
    fill(window, RECORD);
    expect(window.scan()).toBe(1);
    expect([window.lineCount, window.stackCount]).toEqual([1, 1]);
    expect(decodeText(window.stack(0))).toBe(STACK);
  });
});
