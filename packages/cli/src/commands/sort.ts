import { Command } from 'commander';
import { CULL_KEYS, COMPATS, SORT_KEYS } from '@page-owner/page-owner-sort';
import { interruptible, main as sortMain, splitArguments } from '@page-owner/page-owner-sort/node';
import type { Argument, PartialInput, SortCommand } from '@page-owner/page-owner-sort/node';
import { UsageError as SortUsageError } from '@page-owner/page-owner-sort/node';
import { addExamples } from '../command-line/help.js';
import { joinedHandles } from '../reading/joined-handles.js';
import { openSelected } from '../reading/open-selected.js';
import type { Reading } from '../reading/open-selected.js';
import {
  addFilterOptions,
  addHandleOption,
  addLimitOption,
  addRedactOptions,
} from '../command-line/options.js';
import type { CommonOptions, FilterOptions, HandleOptions, RedactOptions } from '../command-line/options.js';
import { redactionOf } from '../rewriting/redaction-of.js';
import { RecordSieve, sievedInput } from '../reading/record-sieve.js';
import type { Redaction } from '../rewriting/redact.js';
import { complain } from '../run.js';
import { offer } from '../command-line/shell-completion.js';
import { sortedDocument } from '../results/sorted-document.js';
import type { Subcommand } from '../command-line/subcommand.js';
import { UsageError } from '../usage-error.js';

/** Only for the help and completions: its command line is that of page_owner_sort, and is read there. */
export const sort: Subcommand = (program) => {
  const command = program
    .command('sort')
    .description('the records themselves, grouped and sorted: all of page_owner_sort')
    .usage('[options] <input> <output>')
    .argument('<input>')
    .argument('<output>')
    .option('-t', 'by number of records, most first (the default)')
    .option('-m', 'by memory, most first')
    .option('-a', 'by time of allocation')
    .option('--sort <keys>', 'by keys')
    .option('--cull <keys>', 'group by keys')
    .option('--pid <list>')
    .option('--tgid <list>')
    .option('--name <list>')
    .option('--module <list>')
    .option('--top <n>', 'the first groups only')
    .option('--threads <n>')
    .option('--temporary-directory <dir>')
    .option('--compat <generation>', 'the bytes of the C tool');
  addOwnOptions(command);
  offer(command, '--sort', SORT_KEYS);
  offer(command, '--cull', CULL_KEYS);
  offer(command, '--compat', COMPATS);
  addExamples(command, [
    ['page-owner sort -m --top 20 page_owner.txt.gz -', 'the 20 largest owners, on the screen'],
    ['page-owner sort --cull=module,name -m page_owner.txt out.txt', 'memory by module and task'],
    ['page-owner sort --redact -m page_owner.txt out.txt', 'without names'],
  ]);
};

/** What page_owner_sort does not have. */
function addOwnOptions(command: Command): Command {
  command.option('--json', 'the groups as one JSON document');
  addLimitOption(command, Infinity, 'groups to write');
  addRedactOptions(command);
  addHandleOption(command);
  return addFilterOptions(command);
}

const HELP = `
Besides, page-owner sort has (written out in full, with --compat as well):
  --task --cgroup --order --gfp --type --block --zone --node --allocator LIST
  --stack REGEX
  --older-than TIME
  --newer-than TIME
                  which records are read, as in page-owner top --help
  --not-task LIST, and so for the others, --not-pid, --not-tgid, --not-module
                  which records are not read
  --limit N       the same as --top N
  --json          the groups as one JSON document
  --handles FILE  show_stacks_handles of the same boot, for dumps that hold
                  handles
  --redact        pseudonyms for the names of tasks and control groups
  --redact-key KEY
                  a secret that pseudonyms depend on; else they
                  are of this run alone
`;

type OwnOptions = FilterOptions & RedactOptions & HandleOptions & Pick<CommonOptions, 'json' | 'limit'>;

const WRONG_USAGE = 2;

/** `page-owner sort ...` is `page_owner_sort ...` with more options. Returns the exit status. */
export async function runSort(line: readonly string[]): Promise<number> {
  try {
    const { args, own } = ownOptions(line);
    const redact = redactionOf({ warn: complain }, own);
    return await sortMain(args, {
      help: HELP,
      complain,
      adapt: (command) => adapted(command, own, redact),
      open: (command) => openSieved(command, own, redact),
      ...(own.json && { content: sortedDocument }),
    });
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof SortUsageError)) throw error;
    complain(error.message);
    return WRONG_USAGE;
  }
}

/** Takes the options of its own out of a command line, and reads them. @throws UsageError */
function ownOptions(line: readonly string[]): { args: string[]; own: OwnOptions } {
  // Those that page_owner_sort has are its own to read.
  const command = addOwnOptions(
    new Command().option('--pid <list>').option('--tgid <list>').option('--module <list>'),
  );
  const own = command.options.slice(3);
  const named = (takesValue: boolean) =>
    own.filter(({ required }) => required === takesValue).map(({ long }) => long!.slice(2));
  const { args, others } = splitArguments(line, { flags: named(false), values: named(true) });
  command.parseOptions(others.map(wordOf));
  return { args, own: command.opts() };
}

function wordOf(argument: Argument): string {
  if (argument.kind === 'file') return argument.path;
  return argument.kind === 'flag' ? `--${argument.name}` : `--${argument.name}=${argument.value}`;
}

function adapted(command: SortCommand, { limit }: OwnOptions, redact: Redaction | undefined): SortCommand {
  const { names, top } = command.options;
  if (limit !== Infinity && top !== undefined)
    throw new SortUsageError('--limit and --top are both given; they are the same');
  return {
    ...command,
    options: {
      ...command.options,
      ...(limit !== Infinity && { top: limit }),
      ...(redact && names && { names: names.map(redact.task) }),
    },
  };
}

/** The input; between it and the sorter a sieve, if there is something to choose or to rename. */
async function openSieved(
  { input: path, debug }: SortCommand,
  own: OwnOptions,
  redact: Redaction | undefined,
): Promise<PartialInput> {
  const { join, input, select } = await interruptible(async (signal) => {
    const reading: Reading = { signal };
    return { join: await joinedHandles(reading, own), ...(await openSelected(reading, path, own)) };
  });
  if (!redact && !join && !Object.keys(select).length) return input;
  const keepGarbage = debug ? Infinity : undefined;
  return sievedInput(input, await RecordSieve.create({ select, redact, join, keepGarbage }));
}
