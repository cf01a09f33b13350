import type { StackNode } from '@page-owner/profile';
import { printable } from '@page-owner/page-owner-sort';
import { choice } from '../command-line/options.js';
import { paint, shorten } from '../screen/screen.js';
import type { Screen } from '../screen/screen.js';
import { shareText, sizeText } from '../screen/size.js';

/** `callers`: from the innermost functions out (an inverted tree); `callees`: from the outermost in. */
export type Towards = 'callers' | 'callees';

const TOWARDS: Readonly<Record<string, Towards>> = {
  callers: 'callers',
  inverted: 'callers',
  callees: 'callees',
};

export function isTowards(text: string): boolean {
  return Object.hasOwn(TOWARDS, text);
}

/** Reads the value of `--tree`. @throws UsageError */
export function readTree(text: string): Towards {
  return TOWARDS[choice('--tree', Object.keys(TOWARDS))(text)]!;
}

/** Nodes below this part of the whole are counted, not shown. */
const LEAST_SHARE = 0.005;
/** Lines for each row that `--limit` asks for. */
const LINES_A_ROW = 4;

/** Columns of pages, size and share; on a narrow screen the first two are closer, and the third is left out. */
const NUMBER_WIDTHS = [10, 11, 7];
const NARROW_WIDTHS = [8, 10];
const NUMBERS_WIDTH = 34;
const LEAST_NAME = 26;
const LEAST_INNER_NAME = 14;

interface TreeOptions {
  readonly limit: number;
  readonly pageSize: number;
  /** Whether numbers are changes, and get a sign. */
  readonly growth?: boolean;
}

/**
 * A tree as indented lines. A function with a single caller stands below it at the same depth, so that only forks cost
 * width. The largest nodes are shown, as many as four times the limit.
 */
export function treeText(screen: Screen, root: StackNode, { limit, pageSize, growth }: TreeOptions): string {
  const whole = Math.abs(root.pages);
  const shown = largest(root, limit * LINES_A_ROW, whole * LEAST_SHARE);
  const isNarrow = screen.width < NUMBERS_WIDTH + LEAST_NAME;
  const numberWidths = isNarrow ? NARROW_WIDTHS : NUMBER_WIDTHS;
  const nameWidth = screen.width - numberWidths.reduce((sum, width) => sum + width + 2, 0);
  // Names of a deep tree keep some room.
  const deepest = Math.min(12, (nameWidth - LEAST_INNER_NAME) >> 1);
  const line = (numbers: readonly string[], name: string) =>
    `${numberWidths.map((width, i) => numbers[i]!.padStart(width)).join('  ')}  ${name}`.trimEnd() + '\n';
  const indentOf = (inner: number) => '  '.repeat(Math.min(inner, deepest));
  let text = line(['pages', 'size', 'share'], paint(screen, 'dim', 'function'));
  const sign = (pages: number) => (growth && pages > 0 ? '+' : '');
  const measures = (pages: number) => [
    sign(pages) + String(pages),
    sign(pages) + sizeText(pages * pageSize),
    shareText(pages, root.pages),
  ];
  const walk = (node: StackNode, depth: number) => {
    const children = node.children.filter((child) => shown.has(child));
    const hidden = node.children.length - children.length;
    const forks = children.length > 1 || (children.length === 1 && (node.self !== 0 || hidden > 0));
    const inner = node === root ? 0 : depth + (forks ? 1 : 0);
    for (const child of children) {
      const indent = indentOf(inner);
      const width = nameWidth - indent.length;
      // In a chain the numbers would only be repeated.
      const numbers =
        forks || node === root || child.pages !== node.pages ? measures(child.pages) : ['', '', ''];
      text += line(numbers, indent + shorten(screen, printable(child.name), width));
      walk(child, inner);
    }
    if (hidden > 0 && (children.length || node === root)) {
      const rest = node.children.reduce((sum, child) => sum + (shown.has(child) ? 0 : child.pages), 0);
      text += line(measures(rest), `${indentOf(inner)}(${hidden} more)`);
    }
  };
  walk(root, 0);
  return text;
}

/** The `count` largest nodes with a part of at least `least`; parents are as large as their children, so they are in. */
function largest(root: StackNode, count: number, least: number): Set<StackNode> {
  const found = new Set<StackNode>();
  const candidates = [...root.children];
  while (candidates.length && found.size < count) {
    let best = 0;
    for (let i = 1; i < candidates.length; i++)
      if (Math.abs(candidates[i]!.pages) > Math.abs(candidates[best]!.pages)) best = i;
    const [node] = candidates.splice(best, 1);
    if (Math.abs(node!.pages) < least) break;
    found.add(node!);
    candidates.push(...node!.children);
  }
  return found;
}

/** The tree for a document: whole. */
export function treeDocument(node: StackNode): Record<string, unknown> {
  const { name, pages, self, children } = node;
  return { name, pages, self, ...(children.length && { children: children.map(treeDocument) }) };
}
