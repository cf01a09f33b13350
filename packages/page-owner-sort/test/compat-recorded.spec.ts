import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { parseCases } from '../conformance/recorded-cases.mjs';
import type { RecordedCase } from '../conformance/recorded-cases.mjs';
import { createCompatReader } from '../src/compat/reader.js';
import type { CompatOutcome } from '../src/compat/reader.js';
import { readCompatCommand } from '../src/node/compat-command-line.js';
import type { Command } from '../src/node/command-line.js';
import { makePlan } from '../src/plan.js';
import type { Compat } from '../src/plan.js';
import { MemoryStore } from '../src/run.js';
import { sortedDump } from '../src/sort-dump.js';
import { pushInto } from './push-into.js';
import { readDump, readTable } from './fixtures.js';

/*
 * Calls of the real C tool, built from the kernel's sources and run on dumps of its own kernel, against this one: bytes
 * written, what is said, exit code.
 */

interface Result extends CompatOutcome {
  readonly bytes: number;
  readonly sha256: string;
  readonly complaints: string;
}

/** What the command does with the bytes of a dump. Calls that mean the same (6.12 ignores --sort) run once. */
class Runs {
  readonly #dump: Uint8Array;
  readonly #known = new Map<string, Promise<Result>>();

  constructor(dump: Uint8Array) {
    this.#dump = dump;
  }

  of(command: Command): Promise<Result> {
    const key = JSON.stringify([command.options, command.debug]);
    const known = this.#known.get(key) ?? this.#run(command);
    this.#known.set(key, known);
    return known;
  }

  async #run({ options, debug }: Command): Promise<Result> {
    const plan = makePlan(options);
    const store = new MemoryStore();
    const complaints: string[] = [];
    const reader = await createCompatReader({
      plan,
      store,
      inputBytes: this.#dump.length,
      ...(debug && { complain: (text: string) => void complaints.push(text) }),
    });
    pushInto(reader, this.#dump);
    const { runs, report, selected } = reader.finish();
    const hash = createHash('sha256');
    let bytes = 0;
    for (const chunk of sortedDump(plan, runs, store, report, selected).text()) {
      hash.update(chunk);
      bytes += chunk.length;
    }
    return { ...reader.outcome, bytes, sha256: hash.digest('hex'), complaints: complaints.join('') };
  }
}

async function check(compat: Compat, runs: Runs, recorded: RecordedCase): Promise<void> {
  const command = readCompatCommand(recorded.args, compat);
  if (!('input' in command)) {
    expect(command.exitCode).toBe(recorded.exitCode);
    expect(recorded.bytes).toBeUndefined();
    if (recorded.stdout === 'USAGE') expect(command.stdout).toMatch(/^Usage: /);
    else expect(command.stdout).toBe(recorded.stdout ?? command.stdout);
    if (recorded.stderr !== undefined) {
      expect(command.stderr.replace(/^page_owner_sort:/, 'TOOL:')).toBe(recorded.stderr);
    }
    return;
  }
  expect([command.input, command.output]).toEqual(['page_owner.txt', 'OUT']);
  const { loaded, failure, exitCode, bytes, sha256, complaints } = await runs.of(command);
  expect({ exitCode, bytes, sha256 }).toEqual({
    exitCode: recorded.exitCode,
    bytes: recorded.bytes,
    sha256: recorded.sha256,
  });
  if (recorded.stdout !== undefined)
    expect(recorded.stdout).toBe(`loaded ${loaded}\nsorting ....\nculling\n`);
  if (recorded.stderr !== undefined) expect(complaints + (failure && `${failure}\n`)).toBe(recorded.stderr);
}

describe.each<[dump: string, compat: Compat, table: string, calls: number]>([
  ['linux-6.1-t0', '6.1', 'linux-6.1-t0.cases.tsv', 119],
  ['linux-6.12-t0', '6.12', 'linux-6.12-t0.cases.tsv', 111],
  ['linux-6.12-t0', 'mainline', 'linux-6.12-t0.mainline.cases.tsv', 36],
  ['linux-6.12-t5-oddnames', '6.12', 'linux-6.12-t5-oddnames.cases.tsv', 109],
])('%s, the tool of %s', (dump, compat, table, calls) => {
  const cases = parseCases(readTable(table));
  const runs = readDump(dump).then((bytes) => new Runs(bytes));

  test('is recorded whole', () => expect(cases).toHaveLength(calls));

  test.each(cases.map((recorded) => [recorded.name, recorded] as const))('%s', async (_, recorded) =>
    check(compat, await runs, recorded),
  );
});

/** One line of odd/results.tsv: a dump that no kernel writes. A negative exit code: the C tool crashed. */
const odd = readTable('odd/results.tsv')
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((row) => {
    const [compat, input, option, exit, bytes, sha256] = row.split('\t') as [Compat, ...string[]];
    const exitCode = Number(exit);
    return { compat, input: input!, option: option!, exitCode, bytes: Number(bytes), sha256: sha256! };
  })
  // Random bytes are no fixture.
  .filter(({ input }) => !input.startsWith('binary-garbage'));

describe('dumps that no kernel writes', () => {
  const comparable = odd.filter(({ exitCode }) => exitCode >= 0);
  const dumps = new Map<string, Promise<Runs>>();
  const runsOf = (name: string): Promise<Runs> => {
    const known = dumps.get(name) ?? readDump(`odd/${name}`).then((bytes) => new Runs(bytes));
    dumps.set(name, known);
    return known;
  };

  test('calls that crashed the C tool are not compared', () => {
    expect(odd).toHaveLength(348);
    const crashed = odd
      .filter(({ exitCode }) => exitCode < 0)
      .map(({ compat, input }) => `${compat} ${input}`);
    expect([...new Set(crashed)].sort()).toEqual([
      '6.1 comm-40-chars',
      '6.1 comm-4000-chars',
      '6.1 order-40-digits',
      '6.1 vmalloc-first-line',
      '6.12 comm-40-chars',
      '6.12 comm-4000-chars',
      '6.12 vmalloc-first-line',
    ]);
    expect(comparable).toHaveLength(348 - crashed.length);
  });

  test.each(comparable.map((row) => [row.compat, row.input, row.option, row] as const))(
    '%s %s %s',
    async (compat, input, option, { exitCode, bytes, sha256 }) => {
      await check(compat, await runsOf(`${compat}-${input}`), {
        name: input,
        args: [...(option ? [option] : []), 'page_owner.txt', 'OUT'],
        exitCode,
        bytes,
        sha256,
        stdout: undefined,
        stderr: undefined,
        isUndefined: false,
      });
    },
  );
});
