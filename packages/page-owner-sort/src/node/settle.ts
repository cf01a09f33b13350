import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';

const IDLE_MS = 15;
const MOST_IDLE_MS = 100;

/**
 * An idle moment, to be waited for before a thread ends. Node drains the JIT's background jobs at its end, and hangs for
 * good when one of them asks for a garbage collection just then (nodejs/node#54918; seen twice in some thousand runs on
 * a busy machine). While the thread is idle no new job starts, and those under way get what they ask for: later where they
 * have to wait for a processor.
 */
export function settle(): Promise<void> {
  const waiting = loadavg()[0]! / availableParallelism();
  return wait(Math.min(MOST_IDLE_MS, IDLE_MS * Math.max(1, waiting)));
}
