import { fieldText, VARIANTS } from '@page-owner/dump-format';
import type { PageOwnerRecord, Variant } from '@page-owner/dump-format';
import { checkOutput, isSameFile, openOutput } from '@page-owner/page-owner-sort/node';
import { counted } from '../screen/count.js';
import { FILLED, conversion } from '../rewriting/conversion.js';
import { joinedHandles } from '../reading/joined-handles.js';
import { named } from '../reading/named.js';
import { openSelected, watch } from '../reading/open-selected.js';
import { checkDump, peek } from '../reading/file-kind.js';
import { addExamples } from '../command-line/help.js';
import {
  addFilterOptions,
  addHandleOption,
  addJsonOption,
  addLimitOption,
  addRedactOptions,
} from '../command-line/options.js';
import type { CommonOptions, FilterOptions, HandleOptions } from '../command-line/options.js';
import { tellFindings } from '../reading/read-profile.js';
import { redactionOf } from '../rewriting/redaction-of.js';
import { RecordSieve } from '../reading/record-sieve.js';
import type { Run } from '../run.js';
import { offer } from '../command-line/shell-completion.js';
import type { Subcommand } from '../command-line/subcommand.js';
import { UsageError } from '../usage-error.js';

interface ConvertOptions extends Omit<CommonOptions, 'pageSize'>, FilterOptions, HandleOptions {
  readonly to?: Variant;
  readonly output: string;
  readonly lossy?: boolean;
}

export const convert: Subcommand = (program, run) => {
  const command = program
    .command('convert')
    .description('a dump in the text of another kernel, or a part of a dump')
    .argument('<dump>', 'a dump, or -')
    .option(
      '--to <variant>',
      `${Object.keys(VARIANTS).join(', ')}, or a kernel: 5.15, 6.12 (default: as it is)`,
      (text) => readVariant(run, text),
    )
    .option('-o, --output <file>', 'where to; - is standard output', '-')
    .option('--lossy', 'leave out what such a kernel does not print; free_ts is 0 where it is not known');
  addFilterOptions(
    addHandleOption(addRedactOptions(addLimitOption(addJsonOption(command), Infinity, 'records to write'))),
  );
  offer(command, '--to', Object.keys(VARIANTS));
  addExamples(command, [
    ['page-owner convert --to 6.1 --lossy -o old.txt page_owner.txt', 'for a tool that knows 6.1 only'],
    ['page-owner convert --task nginx -o nginx.txt page_owner.txt', 'the records of one task'],
    ['page-owner convert --redact -o public.txt page_owner.txt', 'without names, to give away'],
  ]);
  command.action(async (path: string, options: ConvertOptions) => {
    const { to, output, json, lossy } = options;
    if (lossy && to === undefined)
      throw new UsageError('--lossy does nothing without --to: as they are, records lose nothing');
    if (json && output === '-') throw new UsageError('--json tells what was done; the dump goes to -o FILE');
    if (isSameFile(path, output)) throw new UsageError(`input and output are the same file, ${output}`);
    checkOutput(output);
    const done = await convertDump(run, path, options);
    if (!done.written && options.limit)
      run.warn(`${path}: none of ${counted(done.read, 'record')} is selected`);
    for (const [field, count] of done.dropped)
      run.warn(`left out ${fieldText(field as keyof PageOwnerRecord)} of ${counted(count, 'record')}`);
    if (done.filled) run.warn(`wrote free_ts 0 ns into ${counted(done.filled, 'record')}, which did not say`);
    if (json)
      run.json('convert', {
        input: path,
        output,
        variant: to ?? done.variant ?? null,
        recordsRead: done.read,
        records: done.written,
        dropped: Object.fromEntries(done.dropped),
        filledFreeTs: done.filled,
      });
  });
};

interface Conversion {
  /** What the first record was. */
  readonly variant: Variant | undefined;
  readonly read: number;
  readonly written: number;
  /** Records by field. */
  readonly dropped: ReadonlyMap<string, number>;
  readonly filled: number;
}

async function convertDump(run: Run, path: string, options: ConvertOptions): Promise<Conversion> {
  const { to, limit, lossy = false } = options;
  const redact = redactionOf(run, options);
  const join = await joinedHandles(run, options);
  const { input, select } = await openSelected(run, path, options);
  const output = openOutput(options.output);
  try {
    const rewrite = to && conversion(to, lossy, redact);
    const sieve = await RecordSieve.create({ select, redact, join, limit, ...(rewrite && { rewrite }) });
    await watch(run, input, async (unpeeked) => {
      const { kind, source } = await peek(unpeeked);
      checkDump(path, kind);
      for (let count: number; sieve.records < limit && (count = await source.read(sieve.space())) > 0;) {
        named(path, () => sieve.filled(count));
        output.write(sieve.take());
      }
    });
    // Else it was left in its middle, and its last record is none.
    if (sieve.records < limit) {
      named(path, () => sieve.finish());
      tellFindings(run, path, sieve.report, options);
      output.write(sieve.take());
    }
    output.commit();
    const { [FILLED]: filled = 0, ...dropped } = Object.fromEntries(sieve.notes);
    return {
      variant: sieve.variant,
      read: sieve.report.records,
      written: sieve.records,
      dropped: new Map(Object.entries(dropped)),
      filled,
    };
  } catch (error) {
    output.discard();
    throw error;
  } finally {
    input.close();
  }
}

/** A variant by its name, or by a kernel that prints it. */
function readVariant(run: Run, text: string): Variant {
  const names = Object.keys(VARIANTS) as Variant[];
  const named = names.find((name) => name.toLowerCase() === text.toLowerCase());
  const found = named ?? names.findLast((name) => isOf(VARIANTS[name].kernels, text));
  if (found) {
    if (!named && releaseOf(text) > releaseOf(NEWEST_KNOWN))
      run.warn(
        `--to ${text}: nothing is known of kernels after ${NEWEST_KNOWN}; the text is that of ${found}, ${VARIANTS[found].kernels}`,
      );
    return found;
  }
  const known = names.map((name) => `${name} (${VARIANTS[name].kernels})`).join(', ');
  throw new UsageError(`--to: unknown variant or kernel ${JSON.stringify(text)}; known: ${known}`);
}

/** Minor number of the last kernel of each major one that is complete. */
const LAST_MINOR: Readonly<Record<number, number>> = { 3: 19, 4: 20, 5: 19 };
/** The newest kernel that VARIANTS were checked against. */
const NEWEST_KNOWN = '6.19';

/** Whether a kernel, `5.15` or `5.15.0-91-generic`, is in `5.13 - 5.17`, or `6.7 and later`. */
function isOf(kernels: string, kernel: string): boolean {
  const [, from, to] = /^(\d+\.\d+)(?: - (\d+\.\d+)| and later)$/.exec(kernels) ?? [];
  const wanted = releaseOf(kernel);
  return wanted >= releaseOf(from) && (to === undefined || wanted <= releaseOf(to));
}

/** A number that grows with the release; NaN when there is no such kernel. */
function releaseOf(kernel: string | undefined): number {
  const [, major, minor] = /^(\d+)\.(\d+)(?![^.+-])/.exec(kernel ?? '') ?? [];
  if (major === undefined || Number(minor) > (LAST_MINOR[Number(major)] ?? Infinity)) return NaN;
  return Number(major) * 1000 + Number(minor);
}
