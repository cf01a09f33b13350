/** Which files the tracker has, and who may open them. */
import type { TrackerRules } from './tracker-rules.js';

/** A file, by its path in debugfs. */
export interface DebugfsFile {
  /** Below /sys/kernel/debug. */
  readonly path: string;
  /** Permissions: 0o400. */
  readonly mode: number;
}

const READ = 0o400;
const READ_WRITE = 0o600;
const STACKS = 'page_owner_stacks';

/** The files of a kernel, in the order it makes them. */
export function debugfsFiles({ filters, counts, handleFiles }: TrackerRules): readonly DebugfsFile[] {
  const files: DebugfsFile[] = [{ path: 'page_owner', mode: filters ? READ_WRITE : READ }];
  if (counts !== 'nothing') {
    files.push({ path: `${STACKS}/show_stacks`, mode: READ });
    if (handleFiles) {
      files.push({ path: `${STACKS}/show_handles`, mode: READ });
      files.push({ path: `${STACKS}/show_stacks_handles`, mode: READ });
    }
    files.push({ path: `${STACKS}/count_threshold`, mode: READ_WRITE });
  }
  return files;
}
