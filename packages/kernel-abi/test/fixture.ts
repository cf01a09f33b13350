import { readFileSync } from 'node:fs';

/** The lines of a fixture file, without comments. */
export function fixtureLines(name: string): string[] {
  const text = readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

/** Splits the kernel's `0xHEX(TEXT)`. */
export function hexAndText(line: string): [hex: string, text: string] {
  const match = /^(0x[0-9a-f]+)\((.*)\)$/.exec(line);
  if (match?.[1] === undefined || match[2] === undefined) throw new Error(`not 0xHEX(TEXT): ${line}`);
  return [match[1], match[2]];
}
