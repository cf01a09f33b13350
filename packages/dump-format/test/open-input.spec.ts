import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as zlib from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openInput } from '../src/node/open-input.js';
import { readInput } from '../src/node/read-input.js';
import type { DumpInput } from '../src/node/open-input.js';
import { unpack } from '../src/node/unpack.js';

// Only for a machine that is busy with other things.

const fixture = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const isThere = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;
const testWith = (program: string) => (isThere(program) ? test : test.skip);
const without = (program: string): string => (isThere(program) ? '' : ` (the program ${program} is missing)`);

const ONCE = fixture('linux-6.1.txt');
/** More than a chunk of any unpacker. */
const DUMP = Buffer.concat(Array<Buffer>(200).fill(ONCE));
/** Unpacks to ONCE 40 times, in blocks that refer to blocks before. */
const ZSTD = fixture('linux-6.1-40-times.txt.zst');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'open-input-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(bytes: Uint8Array): string {
  const path = join(folder, `dump-${files++}`);
  writeFileSync(path, bytes);
  return path;
}

async function readAll(input: DumpInput, chunk = 100_000): Promise<Buffer> {
  const into = Buffer.alloc(chunk);
  const parts: Buffer[] = [];
  for (let count; (count = await input.read(into)) > 0;) parts.push(Buffer.from(into.subarray(0, count)));
  return Buffer.concat(parts);
}

/** Opens, reads and closes; what came of it. */
async function readFrom(path: string, chunk?: number) {
  const input = await openInput(path);
  try {
    const { packing, size, fd } = input;
    const bytes = await readAll(input, chunk);
    expect(await input.read(new Uint8Array(9))).toBe(0);
    return { packing, size, seekable: fd !== undefined, bytes, bytesRead: input.bytesRead };
  } finally {
    input.close();
  }
}

/** Expects one Error of one sentence, which names the path. */
async function expectComplaint(path: string, sentence: RegExp | string): Promise<void> {
  const complaint = (read: Promise<unknown>): Promise<unknown> =>
    read.then(
      () => undefined,
      (reason: unknown) => reason,
    );
  const error = await complaint(readFrom(path));
  expect(error).toBeInstanceOf(Error);
  expect(await complaint(readInput(path))).toEqual(error);
  const { message } = error as Error;
  expect(message.startsWith(`cannot read ${path}: `)).toBe(true);
  const rest = message.slice(`cannot read ${path}: `.length);
  if (typeof sentence === 'string') expect(rest).toBe(sentence);
  else expect(rest).toMatch(sentence);
  expect(rest).not.toContain('\n');
}

/** Runs a script that has `openInput`, `readAll` and `path` in a Node.js of its own; its output. */
function runScript(
  script: string,
  path: string,
  options: { stdin?: number | Uint8Array; env?: NodeJS.ProcessEnv },
) {
  const source = new URL('../src/node/open-input.ts', import.meta.url).href;
  const code = `
    import { openInput } from ${JSON.stringify(source)};
    const path = ${JSON.stringify(path)};
    const readAll = async (input) => {
      let total = 0;
      for (let count; (count = await input.read(new Uint8Array(5000))); ) total += count;
      return total;
    };
    ${script}`;
  const args = ['--conditions=@page-owner/source', '--import', 'tsx', '--input-type=module', '--eval', code];
  const { stdin, env = process.env } = options;
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env,
    encoding: 'utf8',
    ...(stdin instanceof Uint8Array
      ? { input: stdin }
      : { stdio: [stdin ?? 'ignore', 'pipe', 'pipe'] as const }),
    // Far above what it takes: only for a process that never ends.
    timeout: 60_000,
  });
  return { stdout: stdout.trim(), stderr: stderr.trim(), status };
}

describe('openInput', () => {
  test('a plain file', async () => {
    const read = await readFrom(file(DUMP));
    expect(read).toMatchObject({
      packing: 'none',
      size: DUMP.length,
      seekable: true,
      bytesRead: DUMP.length,
    });
    expect(read.bytes.equals(DUMP)).toBe(true);
    expect((await readInput(file(DUMP))).equals(DUMP)).toBe(true);
    expect((await readFrom(file(ONCE), 7)).bytes.equals(ONCE)).toBe(true);
  });

  test.each([0, 1, 2, 5, 6, 7])('a file of %i bytes', async (size) => {
    const bytes = DUMP.subarray(0, size);
    expect(await readFrom(file(bytes))).toMatchObject({
      packing: 'none',
      size: size || undefined,
      seekable: size > 0,
      bytesRead: size,
      bytes,
    });
  });

  (process.platform === 'linux' ? test : test.skip)('a file that tells no size (procfs)', async () => {
    const read = await readFrom('/proc/self/maps');
    expect(read).toMatchObject({ packing: 'none', size: undefined, seekable: false });
    expect(read.bytesRead).toBe(read.bytes.length);
    expect(read.bytes.length).toBeGreaterThan(0);
  });

  test('.gz, of one member and of several', async () => {
    const one = zlib.gzipSync(DUMP);
    const several = Buffer.concat([zlib.gzipSync(ONCE), zlib.gzipSync(''), one, zlib.gzipSync(ONCE)]);
    for (const [packed, whole] of [
      [one, DUMP],
      [several, Buffer.concat([ONCE, DUMP, ONCE])],
    ] as const) {
      const read = await readFrom(file(packed));
      expect(read).toMatchObject({
        packing: 'gzip',
        size: packed.length,
        seekable: false,
        bytesRead: packed.length,
      });
      expect(read.bytes.equals(whole)).toBe(true);
    }
  });

  test('.gz larger than a chunk, which is overwritten by the next', async () => {
    const noise = new Uint8Array(5 << 19);
    for (let i = 0, state = 1; i < noise.length; i++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      noise[i] = state >>> 24;
    }
    const packed = zlib.gzipSync(noise, { level: 0 });
    expect(packed.length).toBeGreaterThan(2 << 20);
    expect((await readFrom(file(packed))).bytes.equals(noise)).toBe(true);
    expect((await readFrom(file(noise))).bytes.equals(noise)).toBe(true);
  });

  test('.zst, of one frame and of several', async () => {
    const read = await readFrom(file(ZSTD));
    expect(read).toMatchObject({
      packing: 'zstd',
      size: ZSTD.length,
      seekable: false,
      bytesRead: ZSTD.length,
    });
    expect(read.bytes.equals(DUMP.subarray(0, 40 * ONCE.length))).toBe(true);
    const several = await readFrom(file(Buffer.concat(Array<Buffer>(5).fill(ZSTD))));
    expect(several.bytes.equals(DUMP)).toBe(true);
  });

  testWith('xz')(`.xz, of one stream and of several${without('xz')}`, async () => {
    const packed = execFileSync('xz', ['-0', '--stdout'], { input: DUMP });
    const read = await readFrom(file(packed));
    expect(read).toMatchObject({
      packing: 'xz',
      size: packed.length,
      seekable: false,
      bytesRead: packed.length,
    });
    expect(read.bytes.equals(DUMP)).toBe(true);
    const several = await readFrom(file(Buffer.concat([packed, packed])));
    expect(several.bytes.equals(Buffer.concat([DUMP, DUMP]))).toBe(true);
  });

  const damaged = (packing: string) =>
    new RegExp(`^its ${packing} data is damaged or cut off after \\d+ unpacked bytes \\(.+\\)$`);

  test('.gz cut off anywhere, or damaged', async () => {
    const packed = zlib.gzipSync(ONCE);
    for (let length = 2; length < packed.length; length += length < 20 ? 1 : 97) {
      await expectComplaint(file(packed.subarray(0, length)), damaged('gzip'));
    }
    await expectComplaint(file(packed.subarray(0, -1)), damaged('gzip'));
    packed[packed.length >> 1] = ~(packed[packed.length >> 1] ?? 0);
    await expectComplaint(file(packed), damaged('gzip'));
    const big = zlib.gzipSync(DUMP);
    await expectComplaint(file(big.subarray(0, big.length >> 1)), /after [1-9]\d{5,} unpacked/);
  });

  test('.zst cut off anywhere', async () => {
    for (let length = 4; length < ZSTD.length; length += length < 20 ? 1 : 97) {
      await expectComplaint(file(ZSTD.subarray(0, length)), damaged('zstd'));
    }
    await expectComplaint(file(ZSTD.subarray(0, -1)), damaged('zstd'));
    await expectComplaint(file(Buffer.concat([ZSTD, ZSTD.subarray(0, 100)])), damaged('zstd'));
  });

  testWith('xz')(`.xz cut off${without('xz')}`, async () => {
    const packed = execFileSync('xz', ['-0', '--stdout'], { input: DUMP });
    for (const length of [6, packed.length >> 1, packed.length - 1]) {
      await expectComplaint(file(packed.subarray(0, length)), damaged('xz'));
    }
  });

  test('.xz, and no program to unpack it', () => {
    const path = file(Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1, 2, 3));
    const script = 'await readAll(await openInput(path)).catch((error) => console.log(error.message));';
    expect(runScript(script, path, { env: { ...process.env, PATH: folder } })).toEqual({
      stdout: `cannot read ${path}: it is packed with xz, and the program xz cannot be run (spawn xz ENOENT)`,
      stderr: '',
      status: 0,
    });
  });

  test('.zst, and no program to unpack it: several frames, and one cut off', () => {
    const script = 'console.log(String(await readAll(await openInput(path))));';
    const path = file(Buffer.concat([ZSTD, ZSTD]));
    const env = { ...process.env, PATH: folder };
    expect(runScript(script, path, { env })).toEqual({
      stdout: String(2 * 40 * ONCE.length),
      stderr: '',
      status: 0,
    });
    const cut = file(ZSTD.subarray(0, -9));
    const caught = 'await readAll(await openInput(path)).catch((error) => console.log(error.message));';
    expect(runScript(caught, cut, { env }).stdout).toContain(
      `cannot read ${cut}: its zstd data is damaged or cut off`,
    );
  });

  test('a file that becomes shorter while it is read', async () => {
    const path = file(DUMP);
    const input = await openInput(path);
    await input.read(new Uint8Array(1000));
    truncateSync(path, 600);
    await expect(input.read(new Uint8Array(1000))).rejects.toThrow(
      `cannot read ${path}: it became shorter while it was read, 600 bytes of ${DUMP.length}`,
    );
    input.close();
  });

  test('a directory, a missing file, a path through a file', async () => {
    const directory = join(folder, 'directory');
    mkdirSync(directory);
    await expectComplaint(directory, 'it is a directory');
    await expectComplaint(join(folder, 'nowhere'), 'no such file');
    await expectComplaint(join(file(ONCE), 'x'), 'a part of the path is not a directory');
    const error: unknown = await openInput(join(folder, 'nowhere')).catch((reason: unknown) => reason);
    expect((error as Error).cause).toHaveProperty('code', 'ENOENT');
  });

  testWith('mkfifo').each([
    ['plain', DUMP, 'none'],
    ['packed', zlib.gzipSync(DUMP), 'gzip'],
  ])(`a named pipe, %s${without('mkfifo')}`, async (name, bytes, packing) => {
    const pipe = join(folder, `pipe-${name}`);
    execFileSync('mkfifo', [pipe]);
    const writer = spawn('sh', ['-c', 'cat "$1" > "$2"', 'sh', file(bytes), pipe], { stdio: 'ignore' });
    const ended = new Promise((resolve) => writer.on('close', resolve));
    const read = await readFrom(pipe);
    expect(read).toMatchObject({ packing, size: undefined, seekable: false, bytesRead: bytes.length });
    expect(read.bytes.equals(DUMP)).toBe(true);
    expect(await ended).toBe(0);
  });

  describe('standard input', () => {
    const script = `
      const input = await openInput(path);
      const { packing, size, fd } = input;
      console.log(JSON.stringify([packing, size, fd, await readAll(input), input.bytesRead]));
      input.close();`;

    test('a pipe', () => {
      const packed = zlib.gzipSync(DUMP);
      const read = runScript(script, '-', { stdin: packed });
      expect(read).toEqual({
        stdout: JSON.stringify(['gzip', null, null, DUMP.length, packed.length]),
        stderr: '',
        status: 0,
      });
    });

    test('a file, and one cut off', () => {
      const stdin = openSync(file(DUMP), 'r');
      expect(runScript(script, '-', { stdin })).toEqual({
        stdout: JSON.stringify(['none', DUMP.length, 0, DUMP.length, DUMP.length]),
        stderr: '',
        status: 0,
      });
      closeSync(stdin);
      const complaint = runScript(
        'await readAll(await openInput(path)).catch((error) => console.log(error.message));',
        '-',
        { stdin: zlib.gzipSync(ONCE).subarray(0, 100) },
      );
      expect(complaint).toMatchObject({ stderr: '', status: 0 });
      expect(complaint.stdout).toMatch(/^cannot read standard input: its gzip data is damaged/);
    });
  });

  describe('close', () => {
    const packers: Record<string, () => Uint8Array> = {
      none: () => DUMP,
      gzip: () => zlib.gzipSync(DUMP, { level: 0 }),
      zstd: () => Buffer.concat(Array<Buffer>(50).fill(ZSTD)),
    };
    if (isThere('xz')) packers['xz'] = () => execFileSync('xz', ['-0', '--stdout'], { input: DUMP });

    test.each(Object.keys(packers))('in the middle, before and after: %s', async (packing) => {
      const path = file(packers[packing]?.() ?? ONCE);
      for (const reads of [0, 1, 3]) {
        const input = await openInput(path);
        expect(input.packing).toBe(packing);
        for (let i = 0; i < reads; i++) expect(await input.read(new Uint8Array(1000))).toBe(1000);
        input.close();
        input.close();
        // What was unpacked ahead may still come; then it is over.
        await readAll(input);
        expect(await input.read(new Uint8Array(1000))).toBe(0);
      }
    });

    testWith('xz')(`lets the process end${without('xz')}`, () => {
      const path = file(packers['xz']?.() ?? ONCE);
      const script = `
        const input = await openInput(path);
        console.log(String(await input.read(new Uint8Array(10))));
        input.close();`;
      expect(runScript(script, path, {})).toEqual({ stdout: '10', stderr: '', status: 0 });
    });
  });
});

describe('unpack', () => {
  const packings = ['gzip', 'zstd', ...(isThere('xz') ? (['xz'] as const) : [])] as const;

  test.each(packings)('a source that fails is not taken for damage: %s', async (packing) => {
    const fronts = {
      gzip: zlib.gzipSync(ONCE),
      zstd: ZSTD,
      xz: packing === 'xz' ? execFileSync('xz', ['--stdout'], { input: ONCE }) : ONCE,
    };
    const failure = new Error('the disk is gone');
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield fronts[packing].subarray(0, 200);
      await Promise.resolve();
      throw failure;
    }
    const all = async () => {
      for await (const bytes of unpack(failing(), packing)) expect(bytes.length).toBeGreaterThan(0);
    };
    await expect(all()).rejects.toBe(failure);
  });
});
