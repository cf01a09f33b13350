/** What groups can be sorted by. `times` and `pages` are ours; the C tool has them as -t and -m only. */
export const SORT_KEYS = [
  'pid',
  'tgid',
  'name',
  'stacktrace',
  'txt',
  'alloc_ts',
  'free_ts',
  'allocator',
  'module',
  'times',
  'pages',
] as const;
/** What groups can be sorted by. */
export type SortKey = (typeof SORT_KEYS)[number];

/** What records can be culled by: those that agree in all keys become one group. */
export const CULL_KEYS = ['pid', 'tgid', 'name', 'stacktrace', 'free', 'module', 'allocator'] as const;
/** What records can be culled by. */
export type CullKey = (typeof CULL_KEYS)[number];

/** The short names that the C tool knows, of all its generations. */
export const SORT_ALIASES: Readonly<Record<string, SortKey>> = {
  p: 'pid',
  tg: 'tgid',
  n: 'name',
  st: 'stacktrace',
  T: 'txt',
  at: 'alloc_ts',
  ft: 'free_ts',
  ator: 'allocator',
  mod: 'module',
};
export const CULL_ALIASES: Readonly<Record<string, CullKey>> = {
  p: 'pid',
  tg: 'tgid',
  n: 'name',
  st: 'stacktrace',
  f: 'free',
  mod: 'module',
  ator: 'allocator',
};

/** One key of a sort order. */
export interface OrderKey {
  /** What is compared. */
  readonly key: SortKey;
  /** Largest first. */
  readonly descending: boolean;
}

/** The key that an item of a --cull list means, by its name or its short one. */
export function cullKeyOf(item: string): CullKey | undefined {
  return keyOf(item, CULL_KEYS, CULL_ALIASES);
}

/** What an item of a --sort list means: a key, by its name or its short one, perhaps with a sign before it. */
export function orderKeyOf(item: string): OrderKey | undefined {
  const key = keyOf(item.replace(/^[+-]/, ''), SORT_KEYS, SORT_ALIASES);
  return key && { key, descending: item.startsWith('-') };
}

function keyOf<Key extends string>(
  name: string,
  keys: readonly Key[],
  aliases: Readonly<Record<string, Key>>,
): Key | undefined {
  return keys.find((known) => known === name) ?? (Object.hasOwn(aliases, name) ? aliases[name] : undefined);
}
