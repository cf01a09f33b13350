import { openInput } from '@page-owner/dump-format/node';
import { main as sortMain } from '@page-owner/page-owner-sort/node';
import { CULL_KEYS, COMPATS, SORT_KEYS } from '@page-owner/page-owner-sort';
import { addExamples } from '../help.js';
import { names } from '../options.js';
import { redaction } from '../redact.js';
import { redactedInput } from '../redacted-input.js';
import { tellFindings } from '../read-profile.js';
import { complain } from '../run.js';
import type { Run } from '../run.js';
import { offer } from '../shell-completion.js';
import type { Subcommand } from '../subcommand.js';

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
    .option('--compat <generation>', 'the bytes of the C tool')
    .option('--redact', 'pseudonyms for the names of tasks and control groups')
    .option('--redact-key <key>', 'secret that pseudonyms depend on');
  offer(command, '--sort', SORT_KEYS);
  offer(command, '--cull', CULL_KEYS);
  offer(command, '--compat', COMPATS);
  addExamples(command, [
    ['page-owner sort -m --top 20 page_owner.txt.gz -', 'the 20 largest owners, on the screen'],
    ['page-owner sort --cull=module,name -m page_owner.txt out.txt', 'memory by module and task'],
    ['page-owner sort --redact -m page_owner.txt out.txt', 'without names'],
  ]);
};

const WRONG_USAGE = 2;

/** `page-owner sort ...` is `page_owner_sort ...`, and knows `--redact` besides. Returns the exit status. */
export async function runSort(args: readonly string[]): Promise<number> {
  const { words, key, idle } = withoutRedaction(args);
  if (idle) {
    complain('--redact-key does nothing without --redact');
    return WRONG_USAGE;
  }
  if (key === undefined) return sortMain(words);
  const redact = redaction(key);
  const renamed = words.map((word, i) => {
    const [, option = '', list] = /^(--na?m?e?=)(.*)$/s.exec(word) ?? [];
    if (list !== undefined) return option + names(list).map(redact.task).join(',');
    return /^--na?m?e?$/.test(words[i - 1] ?? '') ? names(word).map(redact.task).join(',') : word;
  });
  const run: Pick<Run, 'warn'> = { warn: complain };
  return sortMain(renamed, async (path) =>
    redactedInput(await openInput(path), redact, (report) => {
      if (report.records) tellFindings(run, path, report, { redact: true });
    }),
  );
}

/** `idle`: a key without `--redact`, with which real names would come out. */
function withoutRedaction(args: readonly string[]): {
  words: string[];
  key: string | undefined;
  idle: boolean;
} {
  const words: string[] = [];
  let redact = false;
  let given = false;
  let key = process.env.PAGE_OWNER_REDACT_KEY ?? 'page-owner';
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (word === '--') {
      words.push(...args.slice(i));
      break;
    }
    if (word === '--redact') redact = true;
    else if (word === '--redact-key' || word.startsWith('--redact-key=')) {
      given = true;
      key = word === '--redact-key' ? (args[++i] ?? '') : word.slice('--redact-key='.length);
    } else words.push(word);
  }
  return { words, key: redact ? key : undefined, idle: given && !redact };
}
