import { UsageError } from '../usage-error.js';

const NS: Readonly<Record<string, number>> = { ms: 1e6, s: 1e9, m: 60e9, h: 3600e9, d: 86400e9 };

/**
 * Reads a length of time: `500ms`, `90s`, `5m`, `2h`, `1d`, or seconds without a unit.
 *
 * @returns nanoseconds
 * @throws UsageError naming the option
 */
export function readDuration(option: string, text: string): bigint {
  const [, digits, unit = 's'] = /^(\d{1,9}(?:\.\d{1,9})?) ?(ms|s|m|h|d)?$/.exec(text) ?? [];
  if (digits === undefined)
    throw new UsageError(
      `${option}: ${JSON.stringify(text)} is no length of time; write 500ms, 90s, 5m, 2h or 1d`,
    );
  return BigInt(Math.round(Number(digits) * NS[unit]!));
}

/** Nanoseconds for a person: `250 ms`, `71.2 s`, `17 min`, `3.5 h`, `12 d`. */
export function durationText(ns: bigint | number): string {
  const seconds = Number(ns) / 1e9;
  if (seconds < 1) return `${(seconds * 1000).toFixed(0)} ms`;
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  if (seconds < 7200) return `${(seconds / 60).toFixed(1)} min`;
  if (seconds < 2 * 86400) return `${(seconds / 3600).toFixed(1)} h`;
  return `${(seconds / 86400).toFixed(1)} d`;
}

/** The same for what may be short: `12 us`, `1.5 ms`, and from ten milliseconds on as `durationText`. */
export function shortDurationText(ns: number): string {
  if (ns < 1e6) return `${(ns / 1e3).toFixed(0)} us`;
  return ns < 1e7 ? `${(ns / 1e6).toFixed(1)} ms` : durationText(ns);
}
