/**
 * Sorts as qsort() of glibc does, by merging halves. It is stable, and gives its result even where a comparison
 * contradicts itself, as the C tool's do when a difference overflows an int.
 */
export function cQsort<T>(items: readonly T[], compare: (a: T, b: T) => number): T[] {
  if (items.length < 2) return [...items];
  const half = items.length >> 1;
  const left = cQsort(items.slice(0, half), compare);
  const right = cQsort(items.slice(half), compare);
  const merged: T[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length && j < right.length) {
    merged.push(compare(left[i]!, right[j]!) <= 0 ? left[i++]! : right[j++]!);
  }
  return merged.concat(left.slice(i), right.slice(j));
}
