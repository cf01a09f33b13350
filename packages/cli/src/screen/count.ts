/** `1 record`, `2 records`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The same with the sign of growth: `+1 page`, `-3 pages`. */
export function countedGrowth(count: number, noun: string): string {
  return `${count > 0 ? '+' : ''}${count} ${noun}${Math.abs(count) === 1 ? '' : 's'}`;
}
