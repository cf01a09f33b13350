const BY_SIGNAL = 128;
const SIGINT = 2;

/** Lets SIGINT and SIGTERM end `work` in good order, with an AbortError; a second one ends it at once. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupt = new AbortController();
  const onSignal = (name: NodeJS.Signals, number: number) =>
    interrupt.abort(Object.assign(new DOMException(name, 'AbortError'), { number }));
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    return await work(interrupt.signal);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

interface Interrupt extends Error {
  readonly number?: number;
  /** What Node.js throws has the reason as its cause. */
  readonly cause?: Interrupt;
}

/**
 * The exit status of a command that `error` ended, as a shell tells it: 128 and the signal's number; undefined if no signal
 * did.
 */
export function interruptedStatus(error: unknown): number | undefined {
  const { name, number, cause } = error as Interrupt;
  return name === 'AbortError' ? BY_SIGNAL + (number ?? cause?.number ?? SIGINT) : undefined;
}
