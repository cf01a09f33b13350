import { styleText } from 'node:util';
import stringWidth from 'string-width';

/** What the standard output is good for. */
export interface Screen {
  /** Columns. */
  readonly width: number;
  readonly colour: boolean;
  /** Whether characters beyond ASCII will be seen as such. */
  readonly unicode: boolean;
}

const WIDTH_OF_PAPER = 80;
const LEAST_WIDTH = 40;

/** The screen of a process. A pipe is 80 columns wide unless COLUMNS says otherwise, and has no colours. */
export function screenOf(stream: { isTTY?: boolean; columns?: number }, env: NodeJS.ProcessEnv): Screen {
  const columns = stream.isTTY ? stream.columns : Number(env.COLUMNS);
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return {
    width: Math.max(LEAST_WIDTH, columns && Number.isInteger(columns) ? columns : WIDTH_OF_PAPER),
    colour: stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb',
    unicode: /utf-?8/i.test(locale) || process.platform === 'win32' || process.platform === 'darwin',
  };
}

type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan';

/** Text in a colour, where there are colours. It says nothing that the text does not say. */
export function paint(screen: Screen, style: Style, text: string): string {
  return screen.colour && text ? styleText(style, text) : text;
}

/** Shortened to `width` columns (of plain, printable text). */
export function shorten(screen: Screen, text: string, width: number): string {
  const mark = screen.unicode ? '…' : '...';
  return text.length <= width ? text : text.slice(0, Math.max(0, width - mark.length)) + mark;
}

/** A word with the blanks before it; a number stays with its unit. */
const WORDS = /( *)(\S*\d (?:[KMGTP]iB|B|min|[num]?s|[hd]|%)(?!\w)\S*|\S+)/g;

/** Text whose lines are broken at blanks where they are wider than the screen; what follows is indented by two more. */
export function folded({ width }: Screen, text: string): string {
  return text
    .split('\n')
    .map((line) => (line.length <= width || stringWidth(line) <= width ? line : foldedLine(line, width)))
    .join('\n');
}

function foldedLine(line: string, width: number): string {
  const [, indent, content] = /^( *)(.*)$/s.exec(line)!;
  const lines: string[] = [];
  let current = indent!;
  for (const [, blanks, word] of content!.matchAll(WORDS)) {
    if (current.trim() && stringWidth(current + blanks + word) > width) {
      lines.push(current);
      current = `${indent}  ${word}`;
    } else {
      current += blanks + word!;
    }
  }
  // A word that does not fit moves to the left.
  return [...lines, current]
    .map((text) =>
      stringWidth(text) > width
        ? ' '.repeat(Math.max(0, width - stringWidth(text.trimStart()))) + text.trimStart()
        : text,
    )
    .join('\n');
}

/** As `shorten`, but its end is kept: for paths. */
export function shortenFront(screen: Screen, text: string, width: number): string {
  const mark = screen.unicode ? '…' : '...';
  return text.length <= width ? text : mark + text.slice(text.length - Math.max(0, width - mark.length));
}

const BARS = [...'▁▂▃▄▅▆▇█'];

/** A row of bars, one for each value from 0 on; digits 0 to 9 where there is nothing but ASCII. */
export function sparkline(screen: Screen, values: readonly number[]): string {
  const most = Math.max(...values, 0);
  const levels = screen.unicode ? BARS : [...'0123456789'];
  const level = (value: number) => (most ? Math.ceil((value / most) * (levels.length - 1)) : 0);
  return values.map((value) => levels[Math.max(0, level(value))]).join('');
}

/** A bar of at most `width` columns. */
export function bar(screen: Screen, part: number, whole: number, width: number): string {
  const length = whole ? (part / whole) * width : 0;
  return (screen.unicode ? '━' : '#').repeat(part > 0 ? Math.max(1, Math.round(length)) : 0);
}

/** Items with commas between, in as many lines as it takes. */
export function listText(screen: Screen, items: readonly string[], width: number): string {
  const lines: string[] = [];
  for (const item of items) {
    const longer = lines.length ? `${lines.at(-1)}, ${item}` : item;
    // A comma may follow.
    if (lines.length && longer.length < width) lines[lines.length - 1] = longer;
    else lines.push(shorten(screen, item, width - 1));
  }
  return lines.join(',\n');
}
