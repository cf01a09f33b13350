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

/** What a text with a frame has: V8's frames are on lines of their own. */
const FRAME = /[\n@]/;

type Formatter = (error: unknown, sites: readonly CallSite[]) => unknown;

/** What V8 has of it others lack in part: `prepareStackTrace` is then never called. */
interface StackCapture {
  stackTraceLimit?: number | undefined;
  prepareStackTrace?: Formatter | undefined;
  captureStackTrace?(holder: object, entry?: Entry): void;
}

const runtime = Error as unknown as StackCapture;

/** Frames between the allocator's caller and here, which stay where nothing can leave them out. */
const OWN_FRAMES = 10;

/** Call sites as they are, not made into text. */
export const asSites: Formatter = (_, sites) => sites;

/** The formatter that the program has chosen, which may follow source maps; undefined if it leaves that to the runtime. */
export const programFormatter = (): Formatter | undefined => runtime.prepareStackTrace;

/**
 * The stack from the caller of one of `entries` on: the one that is on it; the first should be the likeliest. Nothing is
 * thrown, whatever the program has made of `Error`.
 *
 * @param formatter makes it of V8's call sites; undefined: the runtime itself, which follows source maps if it is told to
 * @returns what the formatter returned; the text of the runtime's own if none can be set; undefined if it failed
 */
export function runningStack(
  entries: readonly Entry[],
  depth: number,
  formatter: Formatter | undefined,
): unknown {
  const { stackTraceLimit, prepareStackTrace } = runtime;
  try {
    choose(depth, formatter);
    const stack = stackFrom(entries);
    if (stack !== undefined) return stack;
    choose(depth + OWN_FRAMES, formatter);
    return new Error().stack;
  } catch {
    // The formatter is the program's, and so may be Error.captureStackTrace.
    return undefined;
  } finally {
    try {
      // Not by a function: there may be no room left on the stack.
      runtime.prepareStackTrace = prepareStackTrace;
      runtime.stackTraceLimit = stackTraceLimit;
    } catch {
      // Frozen.
    }
  }
}

function choose(limit: number, formatter: Formatter | undefined): void {
  try {
    runtime.prepareStackTrace = formatter;
    runtime.stackTraceLimit = limit;
  } catch {
    // Frozen: it stays as it is, and the text will do.
  }
}

/** Undefined if none of `entries` is on the stack, or the runtime cannot tell. */
function stackFrom(entries: readonly Entry[]): unknown {
  for (const entry of runtime.captureStackTrace ? entries : []) {
    const holder: { stack?: unknown } = {};
    runtime.captureStackTrace!(holder, entry);
    const { stack } = holder;
    // An entry that is not on the stack leaves nothing of it, but for the `Error` of V8; Safari ends no line of one frame.
    if (typeof stack === 'string' ? FRAME.test(stack) : Array.isArray(stack) && stack.length > 0)
      return stack;
  }
  return undefined;
}
