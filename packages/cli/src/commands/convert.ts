import { DumpScanner, VARIANTS } from '@page-owner/dump-format';
import type { ScannedRecord, Variant } from '@page-owner/dump-format';
import { checkOutput, isSameFile, openOutput } from '@page-owner/page-owner-sort/node';
import { RecordSelector } from '@page-owner/profile';
import { FILLED, conversion } from '../conversion.js';
import { openSelected, watch } from '../open-selected.js';
import { addExamples } from '../help.js';
import { addFilterOptions, addJsonOption, addLimitOption, addRedactOptions } from '../options.js';
import type { CommonOptions, FilterOptions } from '../options.js';
import { NO_DUMP, peek, redactionOf, tellFindings } from '../read-profile.js';
import { RecordRewriter } from '../record-rewriter.js';
import type { Run } from '../run.js';
import { offer } from '../shell-completion.js';
import type { Subcommand } from '../subcommand.js';
import { UsageError } from '../usage-error.js';

interface ConvertOptions extends Omit<CommonOptions, 'pageSize'>, FilterOptions {
  readonly to: Variant;
  readonly output: string;
  readonly lossy?: boolean;
}

export const convert: Subcommand = (program, run) => {
  const command = program
    .command('convert')
    .description('a dump in the text of another kernel, or a part of a dump')
    .argument('<dump>', 'a dump, or -')
    .requiredOption(
      '--to <variant>',
      `${Object.keys(VARIANTS).join(', ')}, or a kernel: 5.15, 6.12`,
      readVariant,
    )
    .option('-o, --output <file>', 'where to; - is standard output', '-')
    .option('--lossy', 'leave out what such a kernel does not print; free_ts is 0 where it is not known');
  addFilterOptions(addRedactOptions(addLimitOption(addJsonOption(command), Infinity, 'records to write')));
  offer(command, '--to', Object.keys(VARIANTS));
  addExamples(command, [
    ['page-owner convert --to 6.1 --lossy -o old.txt page_owner.txt', 'for a tool that knows 6.1 only'],
    ['page-owner convert --to V7 --task nginx page_owner.txt', 'the records of one task'],
    ['page-owner convert --to V7 --redact -o public.txt page_owner.txt', 'without names, to give away'],
  ]);
  command.action(async (path: string, options: ConvertOptions) => {
    const { output, json } = options;
    if (json && output === '-') throw new UsageError('--json tells what was done; the dump goes to -o FILE');
    if (isSameFile(path, output)) throw new UsageError(`input and output are the same file, ${output}`);
    checkOutput(output);
    const done = await convertDump(run, path, options);
    if (!done.written) run.warn(`${path}: none of ${done.read} records is selected`);
    for (const [field, count] of done.dropped) run.warn(`left out ${field} of ${count} records`);
    if (done.filled) run.warn(`wrote free_ts 0 ns into ${done.filled} records, which did not say`);
    if (json)
      run.json('convert', {
        input: path,
        output,
        variant: options.to,
        recordsRead: done.read,
        records: done.written,
        dropped: Object.fromEntries(done.dropped),
        filledFreeTs: done.filled,
      });
  });
};

interface Conversion {
  readonly read: number;
  readonly written: number;
  /** Records by field. */
  readonly dropped: ReadonlyMap<string, number>;
  readonly filled: number;
}

/** Bytes that are written at once. */
const BATCH_BYTES = 1 << 20;
const MOST_TEXT_BYTES = 24 << 20;

async function convertDump(run: Run, path: string, options: ConvertOptions): Promise<Conversion> {
  const { to, limit, lossy = false } = options;
  const rewriter = new RecordRewriter(conversion(to, lossy, redactionOf(options)));
  const { input, select } = await openSelected(run, path, options);
  const selector = Object.keys(select).length ? new RecordSelector(select) : undefined;
  let written = 0;
  const output = openOutput(options.output);
  const take = (scanned: ScannedRecord) => {
    if (written >= limit) return;
    if (selector && !selector.selects(scanned)) return;
    try {
      if (rewriter.take(scanned)) written++;
    } catch (error) {
      const reason = (error as Error).message;
      throw new Error(`${path}: the record at byte ${scanned.offset}: ${reason}`, { cause: error });
    }
  };
  const flush = () => {
    output.write(rewriter.output.view);
    rewriter.output.clear();
  };
  try {
    const scanner: DumpScanner = await DumpScanner.create(
      {
        record: take,
        pause() {
          if (rewriter.output.length >= BATCH_BYTES) flush();
          if (scanner.textBytes < MOST_TEXT_BYTES) return;
          scanner.forgetTexts();
          selector?.forget();
          rewriter.forget();
        },
      },
      { pages: true },
    );
    await watch(run, input, async (unpeeked) => {
      const { isList, source } = await peek(unpeeked);
      if (isList) throw new Error(`${path} ${NO_DUMP}`);
      for (let count: number; written < limit && (count = await source.read(scanner.space())) > 0;)
        scanner.filled(count);
    });
    let read = scanner.report.records;
    // Else it was left in its middle, and its last record is none.
    if (written < limit) {
      const report = scanner.finish();
      tellFindings(run, path, report, options);
      read = report.records;
    }
    flush();
    output.commit();
    const { [FILLED]: filled = 0, ...dropped } = Object.fromEntries(rewriter.notes);
    return { read, written, dropped: new Map(Object.entries(dropped)), filled };
  } catch (error) {
    output.discard();
    throw error;
  } finally {
    input.close();
  }
}

/** A variant by its name, or by a kernel that prints it. */
function readVariant(text: string): Variant {
  const names = Object.keys(VARIANTS) as Variant[];
  const named = names.find((name) => name.toLowerCase() === text.toLowerCase());
  const found = named ?? names.findLast((name) => isOf(VARIANTS[name].kernels, text));
  if (found) return found;
  const known = names.map((name) => `${name} (${VARIANTS[name].kernels})`).join(', ');
  throw new UsageError(`--to: unknown variant or kernel ${JSON.stringify(text)}; known: ${known}`);
}

/** Minor number of the last kernel of each major one that is complete. */
const LAST_MINOR: Readonly<Record<number, number>> = { 3: 19, 4: 20, 5: 19 };

/** Whether a kernel, `5.15` or `5.15.0-91-generic`, is in `5.13 - 5.17`, or `6.7 and later`. */
function isOf(kernels: string, kernel: string): boolean {
  const release = (text: string | undefined) => {
    const [, major, minor] = /^(\d+)\.(\d+)(?![^.+-])/.exec(text ?? '') ?? [];
    if (major === undefined || Number(minor) > (LAST_MINOR[Number(major)] ?? Infinity)) return NaN;
    return Number(major) * 1000 + Number(minor);
  };
  const [, from, to] = /^(\d+\.\d+)(?: - (\d+\.\d+)| and later)$/.exec(kernels) ?? [];
  const wanted = release(kernel);
  return wanted >= release(from) && (to === undefined || wanted <= release(to));
}
