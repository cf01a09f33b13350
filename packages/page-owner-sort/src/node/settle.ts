import { setTimeout as wait } from 'node:timers/promises';

const IDLE_MS = 15;

/**
 * An idle moment, to be waited for before a thread ends. Node drains the JIT's background jobs at its end, and hangs for
 * good when one of them asks for a garbage collection just then (nodejs/node#54918; seen once in some thousand runs on a
 * busy machine). While the thread is idle no new job starts, and those under way get what they ask for.
 */
export function settle(): Promise<void> {
  return wait(IDLE_MS);
}
