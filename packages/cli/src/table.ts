import Table from 'cli-table3';
import stringWidth from 'string-width';
import { paint } from './screen.js';
import type { Screen } from './screen.js';

export interface Column {
  readonly title: string;
  readonly right?: boolean;
  /** Longer texts are cut off. */
  readonly most?: number;
  /** Cut off down to so many columns, the widest first, where the last column would not fit. */
  readonly least?: number;
  /** Left out where the last column would be too narrow, the highest number first, equal ones together; 0: only where it has no room. */
  readonly spare?: number;
}

/** Texts of one line each, printable; the last may be made for the columns that are left. */
export interface Row {
  readonly cells: readonly Cell[];
  /** A line below, across all columns. */
  readonly note?: (width: number) => string;
}
export type Cell = string | ((width: number) => string);

/** Columns between columns. */
export const GAP = 2;
const INDENT = 2;
const NOTE_INDENT = 8;
/** The last column's least width: room for most functions with their modules. */
const LEAST_REST = 32;
/** Narrower it is of no use. */
export const NARROWEST_REST = 16;
/** Whatever the column, where there is no room. */
const NARROWEST_NAME = 6;
const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid']
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
    .concat('mid-mid', 'middle')
    .map((name) => [name, '']),
);

/** A table without lines, fitted to the screen. Ends with a newline. */
export function tableText(screen: Screen, columns: readonly Column[], rows: readonly Row[]): string {
  const last = columns.length - 1;
  const widths = columns.slice(0, -1).map(({ title, most = Infinity }, column) => {
    const texts = rows.map(({ cells }) => stringWidth(cells[column] as string));
    return Math.max(stringWidth(title), Math.min(most, Math.max(0, ...texts)));
  });
  let shown = columns.map((_, column) => column);
  const rest = () =>
    screen.width - INDENT - shown.slice(0, -1).reduce((sum, column) => sum + widths[column]! + GAP, 0);
  while (rest() < LEAST_REST) {
    const most = Math.max(...shown.map((column) => columns[column]!.spare ?? 0));
    if (!most) break;
    shown = shown.filter((column) => columns[column]!.spare !== most);
  }
  const shrink = (least: (column: Column) => number) => {
    while (rest() < NARROWEST_REST) {
      const able = shown.slice(0, -1).filter((column) => widths[column]! > least(columns[column]!));
      if (!able.length) break;
      widths[able.reduce((a, b) => (widths[b]! > widths[a]! ? b : a))]!--;
    }
  };
  shrink(({ least = Infinity }) => least);
  if (rest() < NARROWEST_REST) shown = shown.filter((column) => columns[column]!.spare !== 0);
  shrink(({ right }) => (right ? Infinity : NARROWEST_NAME));
  const width = Math.max(NARROWEST_REST, rest());
  const table = new Table({
    chars: NO_LINES,
    colAligns: shown.map((column) => (columns[column]!.right ? 'right' : 'left')),
    colWidths: shown.slice(0, -1).map((column) => widths[column]! + GAP),
    style: { head: [], border: [], compact: true, 'padding-left': GAP, 'padding-right': 0 },
    truncate: screen.unicode ? '…' : '.',
  });
  const inLine = (cells: readonly Cell[]) =>
    shown.map((column) => {
      const cell = cells[column]!;
      return column === last && typeof cell !== 'string' ? cell(width) : (cell as string);
    });
  table.push(
    inLine(columns.map(({ title }) => paint(screen, 'dim', title))),
    ...rows.map(({ cells }) => inLine(cells)),
  );
  const lines = table.toString().split('\n');
  return lines
    .flatMap((line, i) => {
      const note = rows[i - 1]?.note?.(screen.width - NOTE_INDENT);
      const below = note?.split('\n').map((text) => ' '.repeat(NOTE_INDENT) + text) ?? [];
      return [line.trimEnd(), ...below];
    })
    .map((line) => `${line}\n`)
    .join('');
}
