/** Work that signals cannot wait for. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs work that never lets a handler of signals have its turn: as long as it lasts, a signal ends the process at once. For
 * work that leaves nothing behind.
 */
export function endedBySignals<T>(work: () => T): T {
  const kept = SIGNALS.map((name) => ({ name, listeners: process.rawListeners(name) }));
  for (const { name } of kept) process.removeAllListeners(name);
  try {
    return work();
  } finally {
    for (const { name, listeners } of kept)
      for (const listener of listeners) process.on(name, listener as NodeJS.SignalsListener);
  }
}
