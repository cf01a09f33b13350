import Table from 'cli-table3';
import stringWidth from 'string-width';
import { paint, shorten } from './screen.js';
import type { Screen } from './screen.js';

export interface Column {
  readonly title: string;
  readonly right?: boolean;
  /** Longer texts are cut off. */
  readonly most?: number;
  /** Cut off down to so many columns, the widest first, where the last column would not fit. */
  readonly least?: number;
  /**
   * Left out where the last column would be too narrow, the highest number first, equal ones together; 0: only where it has
   * no room.
   */
  readonly spare?: number;
}

/** Texts of one line each, printable; the last may be made for the columns that are left. */
export interface Row {
  readonly cells: readonly Cell[];
  /** A line below, across all columns. */
  readonly note?: (width: number) => string;
}
type Cell = string | ((width: number) => string);

/** Columns between columns. */
export const GAP = 2;
const INDENT = 2;
const NOTE_INDENT = 8;
const BELOW_INDENT = 4;
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

/**
 * A table without lines, fitted to the screen. Ends with a newline. Where there is no room, first spare columns are left
 * out, then names are cut off, and then the last column stands below its row (one without a title is left out), and in the
 * end others are left out from the right; numbers are never cut.
 */
export function tableText(screen: Screen, columns: readonly Column[], rows: readonly Row[]): string {
  const last = columns.length - 1;
  const widths = columns.slice(0, -1).map(({ title, most = Infinity }, column) => {
    const texts = rows.map(({ cells }) => stringWidth(cells[column] as string));
    return Math.max(stringWidth(title), Math.min(most, Math.max(0, ...texts)));
  });
  let shown = columns.map((_, column) => column);
  /** Columns that are left for the last one, or when that stands below, for more of the others. */
  const rest = () =>
    screen.width -
    INDENT -
    shown.reduce((sum, column) => (column === last ? sum : sum + widths[column]! + GAP), 0);
  while (rest() < LEAST_REST) {
    const most = Math.max(...shown.map((column) => columns[column]!.spare ?? 0));
    if (!most) break;
    shown = shown.filter((column) => columns[column]!.spare !== most);
  }
  const shrink = (wanted: number, least: (column: Column) => number) => {
    while (rest() < wanted) {
      const able = shown.filter((column) => column !== last && widths[column]! > least(columns[column]!));
      if (!able.length) break;
      widths[able.reduce((a, b) => (widths[b]! > widths[a]! ? b : a))]!--;
    }
  };
  const whole = [...widths];
  const makeRoom = (wanted: number) => {
    shrink(wanted, ({ least = Infinity }) => least);
    if (rest() < wanted) shown = shown.filter((column) => columns[column]!.spare !== 0);
    shrink(wanted, ({ right }) => (right ? Infinity : NARROWEST_NAME));
  };
  makeRoom(NARROWEST_REST);
  const below = rest() < NARROWEST_REST && shown.length > 1;
  if (below) {
    shown = shown.filter((column) => column !== last);
    widths.splice(0, Infinity, ...whole);
    makeRoom(-GAP);
    while (rest() < -GAP && shown.length > 1) shown.pop();
  }
  const belowWidth = screen.width - BELOW_INDENT;
  const width = below ? belowWidth : Math.max(NARROWEST_REST, rest());
  const mark = screen.unicode ? '…' : '.';
  const lastText = (cell: Cell) => (typeof cell === 'string' ? cell : cell(width));
  const table = new Table({
    chars: NO_LINES,
    colAligns: shown.map((column) => (columns[column]!.right ? 'right' : 'left')),
    colWidths: shown.filter((column) => column !== last).map((column) => widths[column]! + GAP),
    style: { head: [], border: [], compact: true, 'padding-left': GAP, 'padding-right': 0 },
    truncate: mark,
  });
  const inLine = (cells: readonly Cell[]) =>
    shown.map((column) =>
      column === last
        ? lastText(cells[column]!)
        : cutAtNumber(cells[column] as string, widths[column]!, mark),
    );
  const titles = columns.map(({ title }) => paint(screen, 'dim', title));
  table.push(inLine(titles), ...rows.map(({ cells }) => inLine(cells)));
  const lines = table.toString().split('\n');
  return lines
    .flatMap((line, i) => {
      const note = rows[i - 1]?.note?.(screen.width - NOTE_INDENT);
      const notes = note?.split('\n').map((text) => ' '.repeat(NOTE_INDENT) + text) ?? [];
      if (!below || !columns[last]!.title) return [line.trimEnd(), ...notes];
      const text = i ? shorten(screen, lastText(rows[i - 1]!.cells[last]!), belowWidth) : titles[last]!;
      return [line.trimEnd(), ' '.repeat(BELOW_INDENT) + text, ...notes];
    })
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** A text that would be cut off in a number or behind one, cut off before it: `12…` could be 123. */
function cutAtNumber(text: string, width: number, mark: string): string {
  if (stringWidth(text) <= width) return text;
  const number = / [-+]?[\d.]+$/.exec(text.slice(0, width - mark.length));
  return number ? text.slice(0, number.index) + mark : text;
}
