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
export type SortKey = (typeof SORT_KEYS)[number];

/** What records can be culled by: those that agree in all keys become one group. */
export const CULL_KEYS = ['pid', 'tgid', 'name', 'stacktrace', 'free', 'module', 'allocator'] as const;
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
  readonly key: SortKey;
  readonly descending: boolean;
}
