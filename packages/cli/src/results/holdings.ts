import { breakdown, tells } from '@page-owner/profile';
import type { BreakdownRow, Dimension, Profile, SampleFilter } from '@page-owner/profile';
import { printable } from '@page-owner/page-owner-sort';

/** A row of a breakdown, and who and what is most of it. */
export interface Holding extends BreakdownRow {
  /** Names of its tasks, most pages first; none where the source does not tell tasks. */
  readonly tasks: readonly string[];
  /** Its owner functions, most pages first. */
  readonly owners: readonly BreakdownRow[];
}

/** A breakdown with the tasks and the owner functions of each row, most pages first. */
export function holdings(profile: Profile, by: readonly Dimension[], filter?: SampleFilter): Holding[] {
  const tasks = tells(profile, 'taskName') ? within(profile, by, 'taskName', filter) : new Map<string, []>();
  const owners = within(profile, by, 'owner', filter);
  return breakdown(profile, by, filter).map((row) => {
    const key = JSON.stringify(row.names);
    return {
      ...row,
      tasks: (tasks.get(key) ?? []).map(({ names }: BreakdownRow) => names.at(-1)!),
      owners: owners.get(key) ?? [],
    };
  });
}

/** The parts, by one more dimension, of each row of a breakdown, most pages first; by the JSON of the row's names. */
export function within(
  profile: Profile,
  by: readonly Dimension[],
  dimension: Dimension,
  filter?: SampleFilter,
): Map<string, BreakdownRow[]> {
  const parts = new Map<string, BreakdownRow[]>();
  for (const row of breakdown(profile, [...by, dimension], filter)) {
    const key = JSON.stringify(row.names.slice(0, -1));
    const list = parts.get(key);
    if (list) list.push(row);
    else parts.set(key, [row]);
  }
  return parts;
}

/** Names of the tasks of some samples, most pages first. */
export function taskNames(profile: Profile, filter: SampleFilter): string[] {
  if (!tells(profile, 'taskName')) return [];
  return breakdown(profile, ['taskName'], filter).map(({ names }) => names[0]!);
}

/** `init, cp, +58`: names for a person, printable; an empty one is `-`. */
export function whoText(names: readonly string[], most = 2): string {
  const first = names.slice(0, most).map((name) => printable(name) || '-');
  const rest = names.length - first.length;
  return rest ? `${first.join(', ')}, +${rest}` : first.join(', ');
}

/** `828 fragmenter, +2`: a number of a task, and the names it has had. */
export function withWho(id: string, names: readonly string[]): string {
  return names.some(Boolean) ? `${id} ${whoText(names, 1)}` : id;
}
