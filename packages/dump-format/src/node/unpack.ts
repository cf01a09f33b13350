import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import type { Packing } from './packing.js';

/**
 * Unpacks a stream of bytes.
 *
 * @throws Error that says after how many unpacked bytes the data is damaged, or that a program is missing; what
 * `packed` throws is thrown as it is
 */
export async function* unpack(
  packed: AsyncIterable<Uint8Array>,
  packing: Exclude<Packing, 'none'>,
): AsyncGenerator<Uint8Array> {
  let unpacked = 0;
  const source: { error?: unknown } = {};
  try {
    for await (const bytes of UNPACKERS[packing](copies(packed, source))) {
      unpacked += bytes.length;
      yield bytes;
    }
  } catch (error) {
    if ('error' in source) throw source.error;
    if (error instanceof MissingProgram) throw error;
    const { message } = error as Error;
    throw new Error(
      `its ${packing} data is damaged or cut off after ${unpacked} unpacked bytes (${message})`,
      {
        cause: error,
      },
    );
  }
}

class MissingProgram extends Error {}

type Unpacker = (packed: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

const UNPACKERS: Readonly<Record<Exclude<Packing, 'none'>, Unpacker>> = {
  gzip: (packed) => through(packed, zlib.createGunzip()),
  // Not Node's own decoder, which ends at the first frame and does not notice a cut-off file (seen in 22.23).
  zstd: async function* (packed) {
    const zstd = await start('zstd');
    yield* zstd instanceof Error ? zstdInJavaScript(packed) : byProgram(zstd, packed);
  },
  // No package that decodes xz as a stream is kept well enough to rest on (docs/decisions.md).
  xz: async function* (packed) {
    const xz = await start('xz');
    if (xz instanceof Error) {
      throw new MissingProgram(`it is packed with xz, and the program xz cannot be run (${xz.message})`);
    }
    yield* byProgram(xz, packed);
  },
};

async function* through(
  packed: AsyncIterable<Uint8Array>,
  unpacker: zlib.Gunzip,
): AsyncGenerator<Uint8Array> {
  const source = Readable.from(packed, { objectMode: false });
  source.on('error', (error) => unpacker.destroy(error));
  source.pipe(unpacker);
  try {
    yield* unpacker as AsyncIterable<Uint8Array>;
  } finally {
    source.destroy();
  }
}

/** The source's chunks are overwritten, the unpackers keep what they are given. Notes how the source fails. */
async function* copies(
  chunks: AsyncIterable<Uint8Array>,
  source: { error?: unknown },
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of chunks) yield Buffer.from(chunk);
  } catch (error) {
    source.error = error;
    throw error;
  }
}

async function* zstdInJavaScript(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = [];
  const unpacker = new Decompress((bytes) => void ready.push(bytes));
  for await (const bytes of packed) {
    unpacker.push(bytes);
    yield* ready.splice(0);
  }
  unpacker.push(new Uint8Array(), true);
  yield* ready;
}

/** An unpacking program, or why there is none. */
function start(name: string): Promise<ChildProcessWithoutNullStreams | Error> {
  const program = spawn(name, ['--decompress', '--stdout', '--quiet'], { stdio: 'pipe' });
  return new Promise((resolve) => {
    program.once('spawn', () => resolve(program));
    program.once('error', resolve);
  });
}

async function* byProgram(
  program: ChildProcessWithoutNullStreams,
  packed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let complaint = '';
  program.stderr.on('data', (bytes) => (complaint += String(bytes)));
  const ended = new Promise<number>((resolve) => program.on('close', (code) => resolve(code ?? 1)));
  // When it fails it closes its input early; how it ended tells why.
  program.stdin.on('error', () => {});
  const source = Readable.from(packed, { objectMode: false });
  source.on('error', () => program.kill());
  source.pipe(program.stdin);
  try {
    yield* program.stdout as AsyncIterable<Uint8Array>;
    const code = await ended;
    if (code !== 0) throw new Error(complaint.trim().split('\n')[0] || `the program ended with code ${code}`);
  } finally {
    source.destroy();
    program.kill();
  }
}
