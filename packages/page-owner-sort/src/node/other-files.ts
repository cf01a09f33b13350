const DUMP_WANTED = 'this needs a dump, debugfs page_owner';

/** What is given in place of a dump, by how it begins, and what to do with it. */
const KINDS: readonly (readonly [begins: RegExp, what: string])[] = [
  [
    /^\d+ times[:,]/,
    'it looks like a file of page_owner_sort in which groups have keys and no records: give the dump that it was made of',
  ],
  [
    /^( \S+\+0x|handle: \d)/,
    'it looks like a file of page_owner_stacks, which the kernel has summed already: save debugfs page_owner',
  ],
  // tracefs, trace-cmd report, perf script: TASK-PID [CPU] FLAGS TIME: EVENT
  [
    /^(# tracer: |version = \d+\n|CPU \d+ is empty\n|cpus=\d+\n|\s*\S.*\s\[\d{3,}\]\s+(\S{4,8}\s+)?\d+\.\d{3,}:\s)/,
    'it looks like a trace: page-owner replay makes a dump of it',
  ],
  [/^PERFILE/, 'it is a perf.data: page-owner replay makes a dump of what perf script prints of it'],
  [
    /^[^ -~]{2}Dtracing/,
    'it is a trace.dat: page-owner replay makes a dump of what trace-cmd report prints of it',
  ],
  [
    /^Page block order: /,
    'it looks like pagetypeinfo: page-owner fragmentation --pagetypeinfo takes it, beside a dump',
  ],
  [
    /^Node \d+, zone +\S+( +\d+)+/,
    'it looks like buddyinfo: page-owner fragmentation --buddyinfo takes it, beside a dump',
  ],
  [/^Node \d+, zone +\S+\n/, 'it looks like zoneinfo: page-owner summary --zoneinfo takes it, beside a dump'],
  [/^(Node \d+ )?MemTotal: /, 'it looks like meminfo: page-owner summary --meminfo takes it, beside a dump'],
  [/^nr_free_pages \d/, 'it looks like vmstat: page-owner summary --vmstat takes it, beside a dump'],
  [/^slabinfo - version/, `it looks like slabinfo; ${DUMP_WANTED}`],
  [/^allocinfo - version/, `it looks like allocinfo; ${DUMP_WANTED}`],
  [/^0x[0-9a-f]{8,}-0x[0-9a-f]{8,} +\d/, `it looks like vmallocinfo; ${DUMP_WANTED}`],
  [
    /^(<\d{1,3}>)?(\[ *\d+\.\d{6}\]|\[[A-Z][a-z]{2} [A-Z][a-z]{2} |[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ kernel:|\d{4}-\d\d-\d\dT\S+ \S+ kernel:)/,
    `it looks like a log of the kernel, to which page_owner does not write; ${DUMP_WANTED}`,
  ],
];

/** What a file without a record is, and who takes it, by its first bytes; undefined when it is nothing known. */
export function otherFile(begins: string): string | undefined {
  return KINDS.find(([pattern]) => pattern.test(begins))?.[1];
}
