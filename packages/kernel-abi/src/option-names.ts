/** Options by name: one that is misspelled is not silently without effect. */

/**
 * Refuses options that there are none of, such as a misspelled one, which a type checker would have found.
 *
 * @param door what takes the options, for the message
 * @param known every option's name
 * @throws TypeError that names the first unknown option, and the one that was probably meant
 */
export function requireKnownOptions(
  door: string,
  options: object,
  known: Readonly<Record<string, true>>,
): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`${door} takes an object of options, got ${String(options)}`);
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  const names = Object.keys(known);
  const near = names.find((name) => isNear(unknown, name));
  const hint = near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`;
  throw new TypeError(`${door} has no option ${JSON.stringify(unknown)}; ${hint}`);
}

const plain = (name: string): string => name.replace(/[_-]/g, '').toLowerCase();

/** The two differ in case and separators, and in no more than one other place: a letter, or two that changed places. */
function isNear(name: string, other: string): boolean {
  const [a, b] = [plain(name), plain(other)];
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (left.length === 2 && left === [...right].reverse().join('')) return true;
  return left.length <= 1 && right.length <= 1;
}
