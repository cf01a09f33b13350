type Column = Int32Array | Uint32Array | Float64Array | Uint8Array | BigUint64Array;

/** A copy of `column` with room for `capacity` rows; new rows hold 0. */
export function grown<T extends Column>(column: T, capacity: number): T {
  const larger = new (column.constructor as new (length: number) => T)(capacity);
  (larger as { set(from: T): void }).set(column);
  return larger;
}

/** A column that grows as rows are added, for tables of distinct things. */
export class IntColumn {
  length = 0;
  #values = new Int32Array(256);

  push(value: number): number {
    if (this.length === this.#values.length) this.#values = grown(this.#values, 2 * this.length);
    this.#values[this.length] = value;
    return this.length++;
  }

  at(row: number): number {
    return this.#values[row]!;
  }

  /** The rows so far; a view, which later pushes may leave behind. */
  get values(): Int32Array {
    return this.#values.subarray(0, this.length);
  }
}

const MOST_LOW = 2 ** 26;

/** One number for two: distinct for distinct pairs, as a double holds 53 bits exactly. */
export function pairKey(high: number, low: number): number {
  if (low >= MOST_LOW) throw new RangeError(`a table has more than ${MOST_LOW} rows`);
  return high * MOST_LOW + low;
}
