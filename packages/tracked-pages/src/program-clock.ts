import type { Clock } from '@page-owner/page-owner';

const WORD = 2 ** 32;
const NS_PER_MS = 1e6;

/** Nanoseconds since the program began, as far as the runtime tells them. */
export class ProgramClock implements Clock {
  read(into: Uint32Array): void {
    const ns = Math.round(performance.now() * NS_PER_MS);
    into[0] = ns;
    into[1] = ns / WORD;
  }
}
