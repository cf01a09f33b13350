/** Taking a buffer for the allocator that it holds. */
import * as H from './layout/header-layout.js';
import { LOCK_FREE } from './lock.js';
import { Memory } from './memory.js';

/** Views on a buffer made by `create`, in this thread or another, now or long ago. */
export function attachMemory(buffer: ArrayBuffer | SharedArrayBuffer): Memory {
  if (ArrayBuffer.isView(buffer))
    throw new TypeError('attach to a buffer, not to a view of one; of bytes: new Uint8Array(bytes).buffer');
  if (buffer?.byteLength === undefined)
    throw new TypeError(`not an allocator: a buffer is expected, got ${String(buffer)}`);
  if (buffer.byteLength < H.HEADER_WORDS * H.WORD_BYTES) {
    throw new TypeError(
      `not an allocator: a header has ${H.HEADER_WORDS * H.WORD_BYTES} bytes, got ${buffer.byteLength}`,
    );
  }
  const words = new Int32Array(buffer, 0, H.HEADER_WORDS);
  const magic = words[H.H_MAGIC]!;
  if (magic !== H.MAGIC)
    throw new TypeError(
      `not an allocator: magic 0x${(magic >>> 0).toString(16)}, expected 0x${H.MAGIC.toString(16)}`,
    );
  if (words[H.H_VERSION] !== H.LAYOUT_VERSION) {
    throw new RangeError(`got layout version ${words[H.H_VERSION]}, expected ${H.LAYOUT_VERSION}`);
  }
  const layout = H.layoutOf({
    frames: words[H.H_FRAMES]!,
    nodes: words[H.H_NODES]!,
    zoneTypes: words[H.H_ZONE_TYPES]!,
    cpus: words[H.H_CPUS]!,
    spanLimit: words[H.H_SPAN_LIMIT]!,
  });
  if (layout.byteLength !== buffer.byteLength) {
    throw new RangeError(`the header describes ${layout.byteLength} bytes, got ${buffer.byteLength}`);
  }
  const [kernel, spans] = [words[H.H_KERNEL]!, words[H.H_SPANS]!];
  if (kernel !== H.KERNEL_6_1 && kernel !== H.KERNEL_6_12)
    throw new RangeError(`the header says kernel ${kernel}, expected ${H.KERNEL_6_1} or ${H.KERNEL_6_12}`);
  if (spans < 0 || spans > layout.spanLimit)
    throw new RangeError(`the header says ${spans} spans, and has room for ${layout.spanLimit}`);
  const m = new Memory(buffer, layout);
  if (m.lock === null && words[H.H_LOCK] !== LOCK_FREE)
    throw new RangeError('a thread was changing this allocator while it was copied: copy it with snapshot()');
  return m;
}
