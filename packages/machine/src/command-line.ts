/** The kernel's command line. */

export interface CommandLine {
  readonly text: string;
  /** The last value of a parameter; null if it has none, undefined if it is not there. */
  value(name: string): string | null | undefined;
}

/** Words are separated by blanks; double quotes hold a word together; what follows `--` is for init. */
export function parseCommandLine(text: string): CommandLine {
  const values = new Map<string, string | null>();
  for (const quoted of text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []) {
    const word = quoted.replaceAll('"', '');
    if (word === '--') break;
    const equals = word.indexOf('=');
    values.set(equals < 0 ? word : word.slice(0, equals), equals < 0 ? null : word.slice(equals + 1));
  }
  return { text, value: (name) => values.get(name) };
}
