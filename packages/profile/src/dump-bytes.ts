/** The bytes of a dump: all at once, in chunks, as a stream, or to be read, as what `openInput` opens is. */
export type DumpBytes =
  Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array> | { read(into: Uint8Array): Promise<number> };

/** Takes bytes: a copy of some, or those written to its `space()`. */
interface ByteSink {
  space(): Uint8Array;
  filled(count: number): void;
  push(bytes: Uint8Array): void;
}

/** Gives all bytes of a source to a reader or scanner. */
export async function feed(sink: ByteSink, source: DumpBytes): Promise<void> {
  if (source instanceof Uint8Array) sink.push(source);
  else if ('read' in source) {
    for (let count; (count = await source.read(sink.space())) > 0;) sink.filled(count);
  } else for await (const bytes of source) sink.push(bytes);
}
