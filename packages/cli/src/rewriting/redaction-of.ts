import { randomBytes } from 'node:crypto';
import type { RedactOptions } from '../command-line/options.js';
import { redaction } from './redact.js';
import type { Redaction } from './redact.js';
import type { Run } from '../run.js';
import { UsageError } from '../usage-error.js';

const KEY_BYTES = 16;

/**
 * The pseudonyms that the options ask for. Without a key they are of this run alone, and a line on standard error says so:
 * names of tasks are few, so whoever knows the key finds out which is which.
 *
 * @throws UsageError
 */
export function redactionOf(
  run: Pick<Run, 'warn' | 'randomKey'>,
  { redact, redactKey }: RedactOptions,
): Redaction | undefined {
  if (redactKey !== undefined && !redact) throw new UsageError('--redact-key does nothing without --redact');
  if (!redact) return undefined;
  if (redactKey === '') throw new UsageError('--redact-key is empty, which is no secret');
  return redaction(redactKey ?? (process.env.PAGE_OWNER_REDACT_KEY || randomKeyOf(run)));
}

function randomKeyOf(run: Pick<Run, 'warn' | 'randomKey'>): string {
  if (run.randomKey === undefined) {
    run.randomKey = randomBytes(KEY_BYTES).toString('hex');
    run.warn(
      '--redact: pseudonyms are of this run alone; to compare files, give each run the same --redact-key or $PAGE_OWNER_REDACT_KEY',
    );
  }
  return run.randomKey;
}
