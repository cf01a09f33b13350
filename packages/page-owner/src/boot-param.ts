/** The boot parameter `page_owner=`. */
import type { Errno } from './errno.js';
import { trackerRules } from './tracker-rules.js';

const LAST_LETTER = { n: true, f: false } as const;

/**
 * What `page_owner=value` sets:
 *
 * ```
 *   until 5.14   `on` enables; any other value is accepted and ignored
 *   from 5.15    a boolean, of which the first character counts, or the first two if it is an o:
 *                `yes`, `1foo` and `onion` enable, `no`, `0` and `of` disable, anything else is refused
 * ```
 *
 * That 5.10 does the former and 5.15 the latter is known; between them it is not.
 *
 * @param value null if the parameter has none: `page_owner`, without `=`
 * @throws TypeError if it is no text: `true` for `on`
 * @returns `EINVAL` if the kernel refuses the value; it then stays disabled
 */
export function parsePageOwnerParam(value: string | null, kernel: string): boolean | Errno {
  const { parameter } = trackerRules(kernel);
  if (value === null) return 'EINVAL';
  if (typeof value !== 'string')
    throw new TypeError(
      `page_owner= is text such as "on", as on the kernel's command line, got ${String(value)}`,
    );
  if (parameter === 'on') return value === 'on';
  const letters = value.slice(0, 2).toLowerCase();
  const first = letters.charAt(0);
  if (first === 'y' || first === '1' || (first === 't' && parameter === 'bool+tf')) return true;
  if (first === 'n' || first === '0' || (first === 'f' && parameter === 'bool+tf')) return false;
  const last = letters.charAt(1);
  return first === 'o' && (last === 'n' || last === 'f') ? LAST_LETTER[last] : 'EINVAL';
}
