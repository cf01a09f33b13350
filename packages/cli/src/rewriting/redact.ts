import { createHmac } from 'node:crypto';
import { decodeText, encodeText, isPlumbing } from '@page-owner/dump-format';
import type { PageOwnerRecord, ScanReport } from '@page-owner/dump-format';
import { parseFrame } from '@page-owner/profile';
import type { Conditions, Profile, Selection } from '@page-owner/profile';

/** Gives each name a pseudonym. */
export interface Redaction {
  task(name: string): string;
  cgroup(name: string): string;
}

/** Eight digits: `task-` and they are shorter than the 15 bytes that a task name has. */
const DIGITS = 8;

/**
 * Pseudonyms that depend on the name and the key only, so that the same name has the same one in every file. The root
 * group `/` is no name. Who knows the key, and guesses a name, can check it.
 */
export function redaction(key: string): Redaction {
  const known = new Map<string, string>();
  const pseudonym = (kind: string, name: string) => {
    const subject = `${kind}\0${name}`;
    let text = known.get(subject);
    if (text === undefined) {
      // Lone surrogates stand for bytes; UTF-16 keeps them apart.
      const digest = createHmac('sha256', key).update(Buffer.from(subject, 'utf16le')).digest('hex');
      known.set(subject, (text = `${kind}-${digest.slice(0, DIGITS)}`));
    }
    return text;
  };
  return {
    task: (name) => pseudonym('task', name),
    cgroup: (name) => (name === '/' ? name : pseudonym('cgroup', name)),
  };
}

/*
 * Lines of a damaged dump run together, and what a serial line loses may begin in one line and end in another. So what the
 * kernel prints from a list of its own is kept only where it looks like that; else a name may be in it.
 */
const NO_FRAME = '(no frame)';
const NO_WORDS = '?';
const WORDS = /^[\w|=]*$/;

const redactWords = (words: string): string => (WORDS.test(words) ? words : NO_WORDS);

/**
 * The frames of a stack, and in place of what is no frame what stands for it. A frame tells its place in a function. Traces
 * may name functions alone; then none tells its place, and the innermost is one of the page allocator, where the event is.
 * So a function without a place is kept in a stack without places, from such a function outwards.
 */
export function redactStack(frames: readonly string[]): string[] {
  const texts = frames.map(parseFrame);
  const hasPlaces = texts.some((text) => text?.offset !== undefined);
  let isTraced = false;
  return frames.map((frame, i) => {
    const { name = '', isAddress = true, offset, module } = texts[i] ?? {};
    isTraced ||= !hasPlaces && isPlumbing(name);
    const isFrame = isAddress || ((offset !== undefined || isTraced) && SYMBOL.test(name));
    const isWhole =
      module === undefined || MODULE.test(frame) || (SCRIPT.test(module) && frame.endsWith(`[${module}]`));
    return isFrame && isWhole ? frame : NO_FRAME;
  });
}

/** Maybe with its build id. */
const MODULE = /^(?:\[\S+\] )?\S+ \[\w+(?: [0-9a-f]+)?\]$/;
/** Where `@page-owner/tracked-pages` has the functions of a program. */
const SCRIPT = /^(?:(?:[\w.@-]+\/)?[\w.@-]+\.[cm]?[jt]sx?|wasm\/[0-9a-f]+|node:[\w/]+|<anonymous>)$/;
/** Of C, Rust, assembler, with what compilers append; of JavaScript, `Atlas.#grow`, `Atlas.<anonymous>`. */
const SYMBOL = /^[\w.$#<>]+$/;
const ADDRESS = /^0x[0-9a-f]+$/;
/** What stands for the stack of a record that gives its handle only. */
const HANDLE = /^handle \d+$/;

/** The names of functions: as {@link redactStack} has them. */
function redactFunctions({ functions, frames, stacks }: Profile): string[] {
  const { length, prefix, frame } = stacks;
  const functionOf = (row: number) => frames.function[frame[row]!]!;
  const isPlace = (row: number) => row > 0 && frames.offset[frame[row]!]! >= 0;
  /**
   * Whether there is a frame with a place further out, further in; a function of the page allocator without one here or
   * further in.
   */
  const outer = new Uint8Array(length);
  const inner = new Uint8Array(length);
  const traced = new Uint8Array(length);
  for (let row = 1; row < length; row++) outer[row] = isPlace(prefix[row]!) ? 1 : outer[prefix[row]!]!;
  for (let row = length - 1; row > 0; row--) {
    if (isPlace(row) || inner[row]) inner[prefix[row]!] = 1;
    if (!isPlace(row) && isPlumbing(functions.name[functionOf(row)]!)) traced[row] = 1;
    if (traced[row]) traced[prefix[row]!] = 1;
  }

  const placed = new Uint8Array(functions.length);
  const odd = new Uint8Array(functions.length);
  for (let row = 1; row < length; row++) {
    if (isPlace(row)) placed[functionOf(row)] = 1;
    else if (outer[row] || inner[row] || !traced[row]) odd[functionOf(row)] = 1;
  }
  return functions.name.map((name, row) => {
    const isKnown = (placed[row] || !odd[row]) && SYMBOL.test(name);
    return isKnown || ADDRESS.test(name) || HANDLE.test(name) ? name : NO_FRAME;
  });
}

const REMOVED = 'offline ';

/** A selection of real names, for a profile that has pseudonyms. */
export function redactSelection({ not, ...selection }: Selection, { task, cgroup }: Redaction): Selection {
  const named = ({ tasks, cgroups, ...others }: Conditions): Conditions => ({
    ...others,
    ...(tasks && { tasks: tasks.map(task) }),
    ...(cgroups && {
      cgroups: cgroups.flatMap((name) => [
        cgroup(name),
        ...(name.startsWith(REMOVED) ? [REMOVED + cgroup(name.slice(REMOVED.length))] : []),
      ]),
    }),
  });
  return { ...selection, ...named(selection), ...(not && { not: named(not) }) };
}

/** The profile with pseudonyms in place of the names of tasks and control groups, and no bytes of what was no record. */
export function redactProfile(profile: Profile, { task, cgroup }: Redaction): Profile {
  const { tasks, cgroups, functions, modules, gfpNames, reports } = profile;
  return {
    ...profile,
    functions: { ...functions, name: redactFunctions(profile) },
    gfpNames: new Map([...gfpNames].map(([mask, names]) => [mask, redactWords(names)])),
    modules: { ...modules, name: modules.name.map((name) => (SCRIPT.test(name) ? name : redactWords(name))) },
    // Row 0 is nobody.
    tasks: { ...tasks, name: tasks.name.map((name, row) => (row ? task(name) : name)) },
    cgroups: { ...cgroups, name: cgroups.name.map((name, row) => (row ? cgroup(name) : name)) },
    reports: reports.map(redactReport),
  };
}

/** What tells a file of page_owner_sort, and no name. */
const TIMES = /^\d{1,15} times[:,]/;

/** The report without the bytes of what was no record. */
export function redactReport(report: ScanReport): ScanReport {
  return {
    ...report,
    garbage: report.garbage.map((piece) => ({
      ...piece,
      sample: encodeText(TIMES.exec(decodeText(piece.sample))?.[0] ?? ''),
    })),
  };
}

const WORD_FIELDS = [
  'gfpNames',
  'migratetype',
  'pageblockMigratetype',
  'flagNames',
  'migrateReason',
] as const satisfies readonly (keyof PageOwnerRecord)[];

/** The record with pseudonyms, and without the lines that no known kernel prints: who knows what they hold. */
export function redactRecord(record: PageOwnerRecord, { task, cgroup }: Redaction): PageOwnerRecord {
  const { extraLines: _, ...rest } = record;
  const redacted: { -readonly [Field in keyof PageOwnerRecord]: PageOwnerRecord[Field] } = rest;
  for (const field of WORD_FIELDS) {
    const text = rest[field];
    if (text !== undefined) redacted[field] = redactWords(text);
  }
  const { comm, memcg } = rest;
  redacted.stack = redactStack(rest.stack);
  if (comm !== undefined) redacted.comm = task(comm);
  if (memcg?.kind === 'charged') redacted.memcg = { ...memcg, name: cgroup(memcg.name) };
  return redacted;
}
