import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodeText } from '@page-owner/dump-format';
import { openInput } from '@page-owner/dump-format/node';
import type { DumpInput } from '@page-owner/dump-format/node';
import { TemporaryStore, describeFindings, noRecords, startProgress } from '@page-owner/page-owner-sort/node';
import { ProfileBuilder, latestTime } from '@page-owner/profile';
import type { Profile, ProfileOptions } from '@page-owner/profile';
import { selectionOf } from './options.js';
import type { CommonOptions, FilterOptions, HandleOptions } from './options.js';
import { redactProfile, redaction } from './redact.js';
import type { Redaction } from './redact.js';
import type { Run } from './run.js';
import { bytesOf } from './text-file.js';
import { UsageError } from './usage-error.js';

/** Whether a list of page_owner_stacks will do as well as a dump. */
export type Wanted = 'dump' | 'dump or list';

/** Options of a subcommand that reads profiles. */
export type ReadOptions = CommonOptions & FilterOptions & HandleOptions;

/**
 * Reads a dump, or a list of stacks, into a profile, as the options say: filtered, redacted. Says on standard error what
 * was not as it should be.
 *
 * @throws Error of one sentence that names the file, UsageError
 */
export async function readProfile(
  run: Run,
  path: string,
  options: ReadOptions,
  wanted: Wanted,
  more: Pick<ProfileOptions, 'pageblocks'> = {},
): Promise<Profile> {
  const { olderThan } = options;
  let select = selectionOf(options);
  const handles = options.handles === undefined ? {} : { handles: await bytesOf(options.handles) };
  let input = await openInput(path);
  try {
    if (olderThan !== undefined) {
      const { again, time } = await readTime(run, input);
      input = again;
      select = { ...select, until: time === undefined || time < olderThan ? -1n : time - olderThan };
    }
    const builder = named(options.handles ?? path, () => new ProfileBuilder({ ...more, ...handles, select }));
    const source = await peek(input);
    let records: number | undefined;
    if (source.isList) {
      if (wanted === 'dump')
        throw new Error(
          `${path} is a list of page_owner_stacks, which the kernel has summed already; this needs a dump, debugfs page_owner`,
        );
      const list = await allBytes(source);
      named(path, () => builder.addStackList(list));
    } else {
      const reader = await builder.openDump();
      await watch(run, input, async (turn) => {
        for (let count; (count = await source.read(reader.space())) > 0;) {
          named(path, () => reader.filled(count!));
          await turn(count);
        }
      });
      const report = reader.finish();
      ({ records } = report);
      const told = options.redact ? { ...report, garbage: report.garbage.map(withoutSample) } : report;
      if (!records) throw new Error(noRecords(path, told));
      for (const finding of describeFindings(path, told, false)) run.warn(finding);
    }
    const profile = builder.finish();
    for (const warning of profile.warnings) run.warn(`${path}: ${warning}`);
    if (!profile.samples.length && Object.keys(select).length)
      run.warn(`${path}: none of ${records === undefined ? 'its stacks' : `${records} records`} is selected`);
    const redact = redactionOf(options);
    return redact ? redactProfile(profile, redact) : profile;
  } finally {
    input.close();
  }
}

/** The pseudonyms that the options ask for. */
export function redactionOf({ redact, redactKey }: CommonOptions): Redaction | undefined {
  if (redact) return redaction(redactKey ?? process.env.PAGE_OWNER_REDACT_KEY ?? 'page-owner');
  if (redactKey !== undefined) throw new UsageError('--redact-key does nothing without --redact');
  return undefined;
}

/** Bytes after which signals and the progress bar have a turn. */
const TURN_BYTES = 32 << 20;

/** Shows progress while `work` reads `input`; `turn` is told of every piece, and ends it when the run is interrupted. */
export async function watch<T>(
  run: Run,
  input: DumpInput,
  work: (turn: (bytes: number) => Promise<void>) => Promise<T>,
): Promise<T> {
  const progress = await startProgress(input.path, input.size);
  let since = 0;
  try {
    return await work(async (bytes) => {
      since += bytes;
      if (since < TURN_BYTES) return;
      since = 0;
      progress.update(input.bytesRead);
      await nextTurn();
      run.signal.throwIfAborted();
    });
  } finally {
    progress.stop();
  }
}

const withoutSample = <T>(piece: T) => ({ ...piece, sample: new Uint8Array() });

function named<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

interface Source {
  readonly isList: boolean;
  read(into: Uint8Array): Promise<number>;
}

const FRONT_BYTES = 4096;
const LIST_START = /^\s*?( \S+\+0x|handle: \d|0x[0-9a-f]+\n)/;

/** Looks at the first bytes, and gives them out again. */
async function peek(input: { read(into: Uint8Array): Promise<number> }): Promise<Source> {
  const buffer = new Uint8Array(FRONT_BYTES);
  let length = 0;
  for (let count; length < FRONT_BYTES; length += count) {
    count = await input.read(buffer.subarray(length));
    if (!count) break;
  }
  let front = buffer.subarray(0, length);
  return {
    isList: LIST_START.test(decodeText(front)),
    async read(into) {
      if (!front.length) return input.read(into);
      const count = Math.min(front.length, into.length);
      into.set(front.subarray(0, count));
      front = front.subarray(count);
      return count;
    },
  };
}

async function allBytes(source: Source): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const piece = new Uint8Array(1 << 20);
    const count = await source.read(piece);
    if (!count) return Buffer.concat(pieces);
    pieces.push(piece.subarray(0, count));
  }
}

/** The time of the latest allocation, and the input once more from its beginning: a pipe is kept in a temporary file. */
async function readTime(run: Run, input: DumpInput): Promise<{ time: bigint | undefined; again: DumpInput }> {
  const { path } = input;
  if (path !== '-' && statSync(path).isFile()) {
    const time = await watch(run, input, (turn) =>
      latestTime({
        async read(into) {
          const count = await input.read(into);
          await turn(count);
          return count;
        },
      }),
    );
    input.close();
    return { time, again: await openInput(path) };
  }
  const copy = new TemporaryStore(tmpdir()).create();
  const time = await watch(run, input, (turn) =>
    latestTime({
      async read(into) {
        const count = await input.read(into);
        copy.write(into.subarray(0, count));
        await turn(count);
        return count;
      },
    }),
  );
  input.close();
  const stored = copy.done();
  let at = 0;
  const again: DumpInput = {
    path,
    packing: 'none',
    size: stored.length,
    fd: undefined,
    get bytesRead() {
      return at;
    },
    async read(into) {
      const count = stored.read(into, at);
      at += count;
      return count;
    },
    close: () => stored.close(),
  };
  return { time, again };
}
