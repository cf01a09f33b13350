/** The files below /sys/kernel/debug. */
import type { PageAllocator } from '@page-owner/buddy-allocator';
import type { PageOwner } from '@page-owner/page-owner';
import { formatStats, type StackDepot } from '@page-owner/stackdepot';
import { isBefore, type Kernel } from '../kernel/kernel.js';
import type { RecordText } from '../pages/record-text.js';
import type { Stacks } from '../running/stacks.js';
import type { MachineFile } from './file-tree.js';
import { pageOwnerFile } from './page-owner-entry.js';
import { textFile } from './text-file.js';

const ROOT = '/sys/kernel/debug';
const READ = 0o444;

/** The part of a machine that these files show. */
interface DebugSource {
  readonly kernel: Kernel;
  readonly allocator: PageAllocator;
  readonly depot: StackDepot;
  readonly depotDisabled: boolean;
  readonly owner: PageOwner;
  readonly recordText: RecordText;
  readonly stacks: Stacks;
}

export function debugFiles(source: DebugSource): MachineFile[] {
  const { allocator, depot, depotDisabled, kernel, owner } = source;
  const files = [
    textFile(`${ROOT}/extfrag/unusable_index`, () => allocator.unusableIndex(), { mode: READ }),
    textFile(`${ROOT}/extfrag/extfrag_index`, () => allocator.extfragIndex(), { mode: READ }),
  ];
  if (!isBefore(kernel.era, '6.8') && !depotDisabled) {
    files.push(textFile(`${ROOT}/stackdepot/stats`, () => formatStats(depot.stats())));
  }
  for (const { path, mode } of owner.lateInit()) files.push(ownerFile(source, path, mode));
  return files;
}

/** One of the files that page_owner says it has. */
function ownerFile(
  { owner, recordText, stacks: { text } }: DebugSource,
  path: string,
  mode: number,
): MachineFile {
  const { stacks } = owner;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const full = `${ROOT}/${path}`;
  if (name === 'page_owner' || stacks === null) return pageOwnerFile(full, mode, owner, recordText.format);
  switch (name) {
    case 'show_handles':
      return textFile(full, () => stacks.showHandles(), { mode });
    case 'show_stacks_handles':
      return textFile(full, () => stacks.showStacksHandles(text), { mode });
    case 'count_threshold':
      return textFile(full, () => stacks.readThreshold(), {
        mode,
        write: (value) => stacks.writeThreshold(value),
      });
    default:
      return textFile(full, () => stacks.showStacks(text), { mode });
  }
}
