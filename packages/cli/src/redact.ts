import { createHmac } from 'node:crypto';
import type { PageOwnerRecord, ScanReport } from '@page-owner/dump-format';
import { parseFrame } from '@page-owner/profile';
import type { Profile } from '@page-owner/profile';

/** Gives each name a pseudonym. */
export interface Redaction {
  task(name: string): string;
  cgroup(name: string): string;
}

/** Eight digits: `task-` and they are shorter than the 15 bytes that a task name has. */
const DIGITS = 8;

/**
 * Pseudonyms that depend on the name and the key only, so that the same name has the same one in every file. The root
 * group `/` is no name. Who guesses a name can check it, unless the key is secret.
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

/** In place of a line among the frames that is none: lines of a damaged dump run together, and then a name may be in it. */
const NO_FRAME = '(no frame)';

/** A frame, or what stands for one that is none. */
export const redactFrame = (frame: string): string =>
  functionName(parseFrame(frame)?.name ?? '') === NO_FRAME ? NO_FRAME : frame;

/** No symbol has a space in it. */
const functionName = (name: string): string => (/\s/.test(name) ? NO_FRAME : name);

/** The profile with pseudonyms in place of the names of tasks and control groups, and no bytes of what was no record. */
export function redactProfile(profile: Profile, { task, cgroup }: Redaction): Profile {
  const { tasks, cgroups, functions, reports } = profile;
  return {
    ...profile,
    functions: { ...functions, name: functions.name.map(functionName) },
    // Row 0 is nobody.
    tasks: { ...tasks, name: tasks.name.map((name, row) => (row ? task(name) : name)) },
    cgroups: { ...cgroups, name: cgroups.name.map((name, row) => (row ? cgroup(name) : name)) },
    reports: reports.map(redactReport),
  };
}

/** The report without the bytes of what was no record. */
export function redactReport(report: ScanReport): ScanReport {
  return { ...report, garbage: report.garbage.map((piece) => ({ ...piece, sample: new Uint8Array() })) };
}

/** The record with pseudonyms, and without the lines that no known kernel prints: who knows what they hold. */
export function redactRecord(record: PageOwnerRecord, { task, cgroup }: Redaction): PageOwnerRecord {
  const { extraLines: _, comm, memcg, stack, ...rest } = record;
  return {
    ...rest,
    stack: stack.map(redactFrame),
    ...(comm !== undefined && { comm: task(comm) }),
    ...(memcg && { memcg: memcg.kind === 'charged' ? { ...memcg, name: cgroup(memcg.name) } : memcg }),
  };
}
