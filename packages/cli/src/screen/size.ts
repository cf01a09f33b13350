import { UsageError } from '../usage-error.js';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes for a person, in powers of 1024: `0 B`, `512 KiB`, `14.8 MiB`, `-3.0 GiB`. */
export function sizeText(bytes: number): string {
  let value = Math.abs(bytes);
  let unit = 0;
  // What would be rounded to 1024 is 1 of the next unit.
  while (Number(value.toFixed(1)) >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit < 2 && Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1);
  return `${bytes < 0 ? '-' : ''}${digits} ${UNITS[unit]}`;
}

/** The same with its sign: growth. */
export function growthText(bytes: number): string {
  return bytes > 0 ? `+${sizeText(bytes)}` : sizeText(bytes);
}

const SIZE = /^(\d+(?:\.\d+)?) ?(?:([KMGTP])(?:i?B)?|B)?$/i;

/**
 * Reads a size: `64M`, `64MiB`, `1.5G`, `4096`. Units are powers of 1024 however they are written.
 *
 * @throws UsageError naming the option
 */
export function readSize(option: string, text: string): number {
  const [, digits, unit = ''] = SIZE.exec(text) ?? [];
  const power = unit ? 'KMGTP'.indexOf(unit.toUpperCase()) + 1 : 0;
  const bytes = Number(digits) * 1024 ** power;
  if (digits === undefined || !Number.isSafeInteger(Math.round(bytes)))
    throw new UsageError(
      `${option}: ${JSON.stringify(text)} is no size; write 64M, 1.5G or a number of bytes`,
    );
  return Math.round(bytes);
}

/** A part of a whole: `12.3 %`. */
export function shareText(part: number, whole: number): string {
  return whole ? `${((100 * part) / whole).toFixed(1)} %` : '';
}
