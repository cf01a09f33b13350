import { formatRecord, VARIANTS } from '@page-owner/dump-format';
import type { PageOwnerRecord, Variant } from '@page-owner/dump-format';
import type { Rewrite } from './record-rewriter.js';
import { redactRecord } from './redact.js';
import type { Redaction } from './redact.js';

/** The note that a record got a free_ts of 0, which it did not have. */
export const FILLED = 'filled';

/**
 * What becomes of a record in the text of `to`: its notes are the fields that it lost, and {@link FILLED}. With `lossy` what
 * `to` does not print is left out, otherwise refused.
 */
export function conversion(to: Variant, lossy: boolean, redact: Redaction | undefined): Rewrite {
  return (whole) => {
    const record = redact ? redactRecord(whole, redact) : whole;
    if (hasOtherPfnLine(record, to))
      throw new Error(
        `${to} (${VARIANTS[to].kernels}) writes types as numbers and flags as letters, and the record names them`,
      );
    const notes: string[] = [];
    try {
      return { text: formatRecord(fitted(record, to, lossy, notes), to), notes };
    } catch (error) {
      const hint = !lossy && fitsWithLoss(record, to) ? '; --lossy does without' : '';
      throw new Error(`${(error as Error).message}${hint}`, { cause: error });
    }
  };
}

/** The record as far as `to` can express it: the radix of the PFN always, the rest only with `lossy`. */
function fitted(record: PageOwnerRecord, to: Variant, lossy: boolean, notes: string[]): PageOwnerRecord {
  const { always, sometimes, pfnRadix } = VARIANTS[to];
  const known: readonly string[] = [...always, ...sometimes];
  const kept: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(record)) {
    if (field === 'pfnRadix') kept[field] = pfnRadix;
    else if (!lossy || known.includes(field)) kept[field] = value;
    else if (value !== undefined) notes.push(field);
  }
  if (lossy && known.includes('freeTsNs') && record.freeTsNs === undefined) {
    kept.freeTsNs = 0n;
    notes.push(FILLED);
  }
  return kept as unknown as PageOwnerRecord;
}

/** Up to 4.5 the PFN line has numbers and letters in place of names. */
function hasOtherPfnLine({ pfn, letters }: PageOwnerRecord, to: Variant): boolean {
  const fields: readonly string[] = VARIANTS[to].sometimes;
  return pfn !== undefined && letters === undefined && fields.includes('letters');
}

function fitsWithLoss(record: PageOwnerRecord, to: Variant): boolean {
  try {
    formatRecord(fitted(record, to, true, []), to);
    return true;
  } catch {
    return false;
  }
}
