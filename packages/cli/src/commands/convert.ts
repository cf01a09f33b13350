import { DumpScanner, formatRecord, encodeText, VARIANTS } from '@page-owner/dump-format';
import type { PageOwnerRecord, ScannedRecord, Variant } from '@page-owner/dump-format';
import { checkOutput, isSameFile, openOutput } from '@page-owner/page-owner-sort/node';
import { RecordSelector } from '@page-owner/profile';
import { openSelected, watch } from '../open-selected.js';
import { addExamples } from '../help.js';
import { addFilterOptions, addJsonOption, addLimitOption, addRedactOptions } from '../options.js';
import type { CommonOptions, FilterOptions } from '../options.js';
import { NO_DUMP, peek, redactionOf, tellFindings } from '../read-profile.js';
import { redactRecord } from '../redact.js';
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
  read: number;
  written: number;
  /** Records by field. */
  readonly dropped: Map<string, number>;
  filled: number;
}

/** Bytes that are written at once. */
const BATCH_BYTES = 1 << 20;
const MOST_TEXT_BYTES = 24 << 20;

async function convertDump(run: Run, path: string, options: ConvertOptions): Promise<Conversion> {
  const { to, limit, lossy = false } = options;
  const redact = redactionOf(options);
  const { input, select } = await openSelected(run, path, options);
  const selector = Object.keys(select).length ? new RecordSelector(select) : undefined;
  const done: Conversion = { read: 0, written: 0, dropped: new Map(), filled: 0 };
  const output = openOutput(options.output);
  let batch = '';
  const flush = () => {
    if (batch) output.write(encodeText(batch));
    batch = '';
  };
  const failed = (scanned: ScannedRecord, reason: string, cause?: unknown) =>
    new Error(`${path}: the record at byte ${scanned.offset}: ${reason}`, { cause });
  const take = (scanned: ScannedRecord) => {
    if (done.written >= limit) return;
    if (selector && !selector.selects(scanned)) return;
    const whole = scanned.parse();
    if (!whole) return;
    const record = redact ? redactRecord(whole, redact) : whole;
    if (hasOtherPfnLine(record, to))
      throw failed(
        scanned,
        `${to} (${VARIANTS[to].kernels}) writes types as numbers and flags as letters, and the record names them`,
      );
    try {
      batch += formatRecord(fitted(record, to, lossy, done), to);
    } catch (error) {
      const hint = !lossy && fitsWithLoss(record, to) ? '; --lossy does without' : '';
      throw failed(scanned, `${(error as Error).message}${hint}`, error);
    }
    done.written++;
    if (batch.length >= BATCH_BYTES) flush();
  };
  try {
    const scanner: DumpScanner = await DumpScanner.create(
      {
        record: take,
        pause() {
          if (scanner.textBytes < MOST_TEXT_BYTES) return;
          scanner.forgetTexts();
          selector?.forget();
        },
      },
      { pages: selector !== undefined },
    );
    await watch(run, input, async (unpeeked) => {
      const { isList, source } = await peek(unpeeked);
      if (isList) throw new Error(`${path} ${NO_DUMP}`);
      for (let count: number; done.written < limit && (count = await source.read(scanner.space())) > 0;)
        scanner.filled(count);
    });
    const isWhole = done.written < limit;
    done.read = scanner.report.records;
    if (isWhole) {
      const report = scanner.finish();
      tellFindings(run, path, report, options);
      done.read = report.records;
    }
    // Else it was left in its middle, and its last record is none.
    flush();
    output.commit();
    return done;
  } catch (error) {
    output.discard();
    throw error;
  } finally {
    input.close();
  }
}

/** The record as far as `to` can express it: the radix of the PFN always, the rest only with `lossy`. */
function fitted(record: PageOwnerRecord, to: Variant, lossy: boolean, done: Conversion): PageOwnerRecord {
  const { always, sometimes, pfnRadix } = VARIANTS[to];
  const known: readonly string[] = [...always, ...sometimes];
  const kept: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(record)) {
    if (field === 'pfnRadix') kept[field] = pfnRadix;
    else if (!lossy || known.includes(field)) kept[field] = value;
    else if (value !== undefined) done.dropped.set(field, (done.dropped.get(field) ?? 0) + 1);
  }
  if (lossy && known.includes('freeTsNs') && record.freeTsNs === undefined) {
    kept.freeTsNs = 0n;
    done.filled++;
  }
  return kept as unknown as PageOwnerRecord;
}

/** Up to 4.5 the PFN line has numbers and letters in place of names. */
function hasOtherPfnLine({ pfn, letters }: PageOwnerRecord, to: Variant): boolean {
  const fields: readonly string[] = VARIANTS[to].sometimes;
  return pfn !== undefined && letters === undefined && fields.includes('letters');
}

function fitsWithLoss(record: PageOwnerRecord, to: Variant): boolean {
  try {
    formatRecord(fitted(record, to, true, { read: 0, written: 0, dropped: new Map(), filled: 0 }), to);
    return true;
  } catch {
    return false;
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
