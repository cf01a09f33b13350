/** Version of all documents; raised when a field changes its meaning or goes. New fields may come at any time. */
export const JSON_VERSION = 1;

/** Characters that do no good on a terminal and that JSON lets through; within a string `\u` stands for them. */
const HARMFUL = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * One JSON document. Names are as in the dump, escaped by the rules of JSON; times are decimal texts, as they may have more
 * digits than a double holds.
 */
export function jsonText(command: string, content: Readonly<Record<string, unknown>>): string {
  const document = { format: `page-owner/${command}`, version: JSON_VERSION, ...content };
  const text = JSON.stringify(
    document,
    (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
    1,
  );
  return `${harmlessJson(text)}\n`;
}

/** JSON in which no string does anything to a terminal. */
export function harmlessJson(json: string): string {
  return json.replace(HARMFUL, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A stack id as it is written everywhere: `0x`, 16 digits. */
export function idText(id: bigint): string {
  return `0x${id.toString(16).padStart(16, '0')}`;
}
