import { counted, countedGrowth } from './count.js';
import { growthText, sizeText } from './size.js';

/** The line below a table that says what `--limit` left out; empty when nothing was. */
export function restLine(pages: readonly number[], limit: number, pageSize: number, growth = false): string {
  const rest = pages.slice(limit);
  if (!rest.length) return '';
  const sum = rest.reduce((a, b) => a + b, 0);
  const size = growth ? growthText(sum * pageSize) : sizeText(sum * pageSize);
  return `  and ${rest.length} more with ${growth ? countedGrowth(sum, 'page') : counted(sum, 'page')} (${size}); --limit all\n`;
}
