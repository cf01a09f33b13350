import { encodeText } from './text-bytes.js';

/** Bytes, or text that stands for them (see {@link encodeText}); text is cut between characters, not inside of one. */
type Piece = Uint8Array | string;

/**
 * What a dump, a list of stacks or a trace is read from: all at once, in pieces, as a stream, or to be read, as what
 * `openInput` of `@page-owner/dump-format/node` opens is.
 */
export type ByteSource =
  Piece | Iterable<Piece> | AsyncIterable<Piece> | { read(into: Uint8Array): Promise<number> };

/** Takes bytes that are written to its `space()`, as {@link DumpScanner} does. */
export interface ByteSink {
  /** Room for the next bytes. */
  space(): Uint8Array;
  /** Says that the first `count` bytes of `space()` are there. */
  filled(count: number): void;
  /** It wants no more. */
  readonly stopped?: boolean | undefined;
}

/**
 * Gives all bytes of a source to a sink, or as many as it wants.
 *
 * @throws TypeError if it is no source; what the source or the sink throws
 */
export async function feed(sink: ByteSink, source: ByteSource): Promise<void> {
  if (isPiece(source)) write(sink, source);
  else if (source === null || typeof source !== 'object') throw noSource(source);
  // Before `read`, which streams of Node have too, and mean otherwise.
  else if (Symbol.iterator in source || Symbol.asyncIterator in source) {
    for await (const piece of source) {
      if (!isPiece(piece)) throw noSource(piece);
      write(sink, piece);
      if (sink.stopped) break;
    }
  } else if ('read' in source) {
    for (let count; !sink.stopped && (count = await source.read(sink.space())) > 0;) sink.filled(count);
  } else throw noSource(source);
}

/** Bytes as they are, text encoded. @throws TypeError if it is neither */
export function bytesOf(piece: Piece): Uint8Array {
  if (piece instanceof Uint8Array) return piece;
  if (!isPiece(piece)) throw new TypeError(`text or a Uint8Array is expected, got ${kindOf(piece)}`);
  return typeof piece === 'string' ? encodeText(piece) : piece;
}

/** `instanceof` would fail for an array of another realm. */
const isPiece = (value: unknown): value is Piece =>
  typeof value === 'string' || Object.prototype.toString.call(value) === '[object Uint8Array]';

function write(sink: ByteSink, piece: Piece): void {
  const bytes = bytesOf(piece);
  for (let from = 0; from < bytes.length && !sink.stopped;) {
    const space = sink.space();
    const count = Math.min(space.length, bytes.length - from);
    space.set(bytes.subarray(from, from + count));
    sink.filled(count);
    from += count;
  }
}

function noSource(got: unknown): TypeError {
  return new TypeError(
    `bytes come from text, a Uint8Array, an iterable of these or an input, not from ${kindOf(got)}`,
  );
}

/** `Null`, `Object`, `ArrayBuffer`. */
const kindOf = (value: unknown): string => Object.prototype.toString.call(value).slice('[object '.length, -1);
