import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseBody, parseHeader, parseRecord } from '../src/parse-record.js';
import { encodeText } from '../src/text-bytes.js';
import { HOSTILE_NAMES } from './arbitraries.js';
import { SAMPLES } from './samples.js';

const parse = (text: string): ReturnType<typeof parseRecord> => parseRecord(encodeText(text));
const HEADER = 'Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 5, tgid 6';

describe('parseRecord', () => {
  test.each(SAMPLES)('$variant: $text', ({ text, record }) => {
    expect(parse(text)).toStrictEqual(record);
    expect(parse(text.slice(0, -1))).toStrictEqual(record);
  });

  test.each(SAMPLES)('$variant in two parts', ({ text, record }) => {
    const bodyStart = text.indexOf('\n') + 1;
    const [header, body] = [text.slice(0, bodyStart), text.slice(bodyStart)].map(encodeText);
    expect({ ...parseHeader(header!), ...parseBody(body!) }).toStrictEqual(record);
    expect(Object.keys(parseBody(body!))).not.toContain('order');
  });

  test.each(HOSTILE_NAMES)('task name %j', (comm) => {
    for (const times of [', ts 7 ns', ', ts 7 ns, free_ts 8 ns']) {
      const record = parse(`${HEADER} (${comm})${times}\n f+0x1/0x2\n\n`);
      expect(record).toMatchObject({ pid: 5, tgid: 6, comm, tsNs: 7n, stack: ['f+0x1/0x2'] });
      expect(record?.freeTsNs).toBe(times.includes('free') ? 8n : undefined);
    }
  });

  test('a name longer than any kernel prints ends at the last closing of its line', () => {
    const comm = 'c), ts 5 ns, and more than 15 bytes';
    expect(parse(`${HEADER} (0123456789abcdef${comm}), ts 7 ns\n`)?.comm).toBe(`0123456789abcdef${comm}`);
  });

  test('without ts a name ends at the last parenthesis', () => {
    expect(parse(`${HEADER} ((sd-pam))\n`)).toMatchObject({ comm: '(sd-pam)', pid: 5, tgid: 6 });
  });

  test('header fields of vendors are passed over', () => {
    const text = `Page allocated via order 2, zone 1, mask 0x1(A), cpu 3, pid 5, prio -1, tgid 6 (x), ts 7 ns, boost on\n`;
    expect(parse(text)).toStrictEqual({
      order: 2,
      gfpMask: 1,
      gfpNames: 'A',
      pid: 5,
      tgid: 6,
      comm: 'x',
      tsNs: 7n,
      stack: [],
    });
  });

  test('numbers out of range are no fields', () => {
    const record = parse(
      `${HEADER.replace('pid 5', 'pid 4294967296')} (x), ts 18446744073709551616 ns\nhandle: 4294967296\n`,
    );
    expect(record).not.toHaveProperty('pid');
    expect(record).not.toHaveProperty('tsNs');
    expect(record).toMatchObject({ comm: 'x', extraLines: ['handle: 4294967296'] });
  });

  test('lines that no kernel prints are kept', () => {
    const text = `${HEADER} (x), ts 7 ns\nPFN 0x12 type Mova\n f+0x1/0x2\nvendor: yes\nhandle: 1\nhandle: 2\n`;
    expect(parse(text)).toMatchObject({
      stack: ['f+0x1/0x2'],
      handle: 1,
      extraLines: ['PFN 0x12 type Mova', 'vendor: yes', 'handle: 2'],
    });
  });

  test.each([
    ['Charged to memcg /', { name: '/', viaObjcg: false, offline: false }],
    ['Charged to memcg ', { name: '', viaObjcg: false, offline: false }],
    ['Charged (via objcg) to offline memcg a b', { name: 'a b', viaObjcg: true, offline: true }],
    ['Charged to offlined memcg x', { name: 'x', viaObjcg: false, offline: true }],
    ['Charged to memcg offline memcg x', { name: 'offline memcg x', viaObjcg: false, offline: false }],
    ['Charged to memcg x\r', { name: 'x\r', viaObjcg: false, offline: false }],
  ])('%j', (line, charged) => {
    expect(parse(`${HEADER} (x), ts 7 ns\n${line}\n`)?.memcg).toEqual({ kind: 'charged', ...charged });
  });

  test('trailing blanks of the flag letters may have been trimmed', () => {
    expect(
      parse('Page allocated via order 0, mask 0x1\nPFN 1 Block 2 type 3          Flags\n')?.letters?.flags,
    ).toBe(' '.repeat(12));
  });

  test('a header alone', () => {
    const comm = 'x\n), ts 5 ns';
    const header = { order: 0, gfpMask: 0xcc0, gfpNames: 'GFP_KERNEL', pid: 5, tgid: 6, comm, tsNs: 7n };
    expect(parseHeader(encodeText(`${HEADER} (${comm}), ts 7 ns\n`))).toStrictEqual(header);
    expect(parseHeader(encodeText(HEADER))).toBeUndefined();
  });

  test.each([
    ['nothing', ''],
    ['no newline', `${HEADER} (x), ts 7 ns`],
    ['no order', 'Page allocated via order , mask 0x0\n'],
    ['a negative order', 'Page allocated via order -1, mask 0x0\n'],
    ['an order above 65535', 'Page allocated via order 65536, mask 0x0\n'],
    ['no mask but more', 'Page allocated via order 0, pid 5\n'],
    ['a mask above 32 bits', 'Page allocated via order 0, mask 0x100000000\n'],
    ['gfp names without end', 'Page allocated via order 0, mask 0x1(GFP_KER\n'],
    ['a task name without end', `${HEADER} (x\nPFN 1\n\n`],
    ['another text', 'PFN 1\n'],
  ])('unreadable: %s', (_, text) => {
    expect(parse(text)).toBeUndefined();
  });

  test('half a million unknown lines take no time to speak of', () => {
    const lines = parse(`${HEADER} (x), ts 7 ns\n${'x\n'.repeat(500_000)}`)?.extraLines;
    expect(lines).toHaveLength(500_000);
  });

  test('no bytes make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = encodeText(`${HEADER} (x), ts 7 ns\n`);
        expect(() => parseRecord(bytes)).not.toThrow();
        expect(parseRecord(Uint8Array.from([...text, ...bytes]))).toBeDefined();
      }),
    );
  });
});
