/** The kernel's command line. */

export interface CommandLine {
  /** As it was given. */
  readonly text: string;
  /** The last value of a parameter; null if it has none, undefined if it is not there. */
  value(name: string): string | null | undefined;
  /** All values of a parameter, in order. */
  values(name: string): readonly (string | null)[];
  /** All parameters up to `--`, in order. */
  readonly parameters: readonly Parameter[];
}

interface Parameter {
  readonly name: string;
  /** Null without `=`. */
  readonly value: string | null;
}

/**
 * Words are separated by blanks; double quotes hold a word together; what follows `--` is for init.
 *
 * @throws TypeError if it is no text
 */
export function parseCommandLine(text: string): CommandLine {
  if (typeof text !== 'string')
    throw new TypeError(`a command line is text such as "page_owner=on", got ${String(text)}`);
  const parameters: Parameter[] = [];
  for (const quoted of text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []) {
    const word = quoted.replaceAll('"', '');
    if (word === '--') break;
    const equals = word.indexOf('=');
    parameters.push({
      name: equals < 0 ? word : word.slice(0, equals),
      value: equals < 0 ? null : word.slice(equals + 1),
    });
  }
  const values = (wanted: string): (string | null)[] =>
    parameters.filter(({ name }) => name === wanted).map(({ value }) => value);
  return { text, parameters, values, value: (name) => values(name).at(-1) };
}

const NUMBER = /^(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)?([kmgtpe])?/i;
const SUFFIXES = 'kmgtpe';

/**
 * A number of bytes as the kernel's memparse() reads it: decimal, hexadecimal behind 0x or octal behind 0, with K, M, G, T,
 * P or E behind it. What is no number is 0.
 *
 * @returns the bytes, and the text behind them
 */
export function parseBytes(text: string): { readonly bytes: number; readonly rest: string } {
  const [whole, digits = '0', suffix] = NUMBER.exec(text)!;
  const octal = /^0\d/.test(digits);
  const shift = suffix === undefined ? 0 : 10 * (1 + SUFFIXES.indexOf(suffix.toLowerCase()));
  return {
    bytes: (octal ? parseInt(digits, 8) : Number(digits)) * 2 ** shift,
    rest: text.slice(whole.length),
  };
}
