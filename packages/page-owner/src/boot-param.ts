/** The boot parameter `page_owner=`. */
import type { Errno } from './errno.js';
import { trackerRules } from './tracker-rules.js';

const LAST_LETTER = { n: true, f: false } as const;

/**
 * What `page_owner=value` sets. Until 5.10 `on` enables and any other value is accepted and ignored; so here until 5.14, as it is
 * not known when between 5.10 and 5.15 that changed. Later kernels take a boolean of which only the first character counts, or the first two if it is an o: `yes`, `1foo` and `onion` enable,
 * `of` disables.
 *
 * @param value null if the parameter has none: `page_owner`, without `=`
 * @returns `EINVAL` if the kernel refuses the value; it then stays disabled
 */
export function parsePageOwnerParam(value: string | null, kernel: string): boolean | Errno {
  const { parameter } = trackerRules(kernel);
  if (value === null) return 'EINVAL';
  if (parameter === 'on') return value === 'on';
  const letters = value.slice(0, 2).toLowerCase();
  const first = letters.charAt(0);
  if (first === 'y' || first === '1' || (first === 't' && parameter === 'bool+tf')) return true;
  if (first === 'n' || first === '0' || (first === 'f' && parameter === 'bool+tf')) return false;
  const last = letters.charAt(1);
  return first === 'o' && (last === 'n' || last === 'f') ? LAST_LETTER[last] : 'EINVAL';
}
