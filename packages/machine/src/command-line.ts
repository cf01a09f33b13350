/** The kernel's command line, as far as this machine knows its parameters. */

/** Parameters that do something here. */
const KNOWN = ['page_owner', 'stack_depot_disable', 'early_page_ext', 'cma'];

export interface CommandLine {
  readonly text: string;
  /** The last value of a parameter; null if it has none, undefined if it is not there. */
  value(name: string): string | null | undefined;
  /** What the kernel would pass to user space. */
  readonly unknown: readonly string[];
}

/** Words are separated by blanks; double quotes hold a word together. */
export function parseCommandLine(text: string): CommandLine {
  const words = (text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []).map((word) => word.replaceAll('"', ''));
  const end = words.indexOf('--');
  const parameters = end < 0 ? words : words.slice(0, end);
  const values = new Map<string, string | null>();
  for (const word of parameters) {
    const equals = word.indexOf('=');
    values.set(equals < 0 ? word : word.slice(0, equals), equals < 0 ? null : word.slice(equals + 1));
  }
  return {
    text,
    value: (name) => values.get(name),
    unknown: parameters.filter((word) => !KNOWN.includes(word.split('=', 1)[0]!)),
  };
}
