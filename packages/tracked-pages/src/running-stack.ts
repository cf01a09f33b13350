/** The running stack as the runtime tells it. */

/** A function by which a program enters the allocator. */
export type Entry = (...args: never[]) => unknown;

/** A frame of V8, as far as it is needed to know it again. */
export interface CallSite {
  getFileName(): string | null | undefined;
  /** Letters, or bytes of WebAssembly, from the beginning of the file. */
  getPosition(): number;
  toString(): string;
}

type Formatter = (error: unknown, sites: readonly CallSite[]) => unknown;

/** What V8 has of it others lack in part: `prepareStackTrace` is then never called. */
interface StackCapture {
  stackTraceLimit?: number | undefined;
  prepareStackTrace?: Formatter | undefined;
  captureStackTrace?(holder: object, entry?: Entry): void;
}

const runtime = Error as unknown as StackCapture;

/** Frames between the allocator's caller and here, which stay where nothing can leave them out. */
const OWN_FRAMES = 8;

const asSites: Formatter = (_, sites) => sites;

/**
 * The stack from the caller of one of `entries` on: the one that is on it; the first should be the likeliest.
 *
 * @param structured as V8's call sites, which are not made into text, where the runtime is one of V8
 * @returns call sites, innermost first, or the text of the runtime's own formatter, which follows source maps if there is one
 */
export function runningStack(
  entries: readonly Entry[],
  depth: number,
  structured: boolean,
): readonly CallSite[] | string {
  const { stackTraceLimit, prepareStackTrace } = runtime;
  try {
    if (structured) runtime.prepareStackTrace = asSites;
    runtime.stackTraceLimit = depth;
    for (const entry of runtime.captureStackTrace ? entries : []) {
      const holder: { stack?: readonly CallSite[] | string } = {};
      runtime.captureStackTrace!(holder, entry);
      const stack = holder.stack!;
      // An entry that is not on the stack leaves nothing of it.
      if (typeof stack === 'string' ? stack.includes('\n') : stack.length > 0) return stack;
    }
    runtime.stackTraceLimit = depth + OWN_FRAMES;
    return (new Error() as { stack?: readonly CallSite[] | string }).stack ?? '';
  } finally {
    runtime.stackTraceLimit = stackTraceLimit;
    runtime.prepareStackTrace = prepareStackTrace;
  }
}
