/** Bytes or text of a dump, or of a command line, made harmless for a terminal. */
export function printable(text: Uint8Array | string): string {
  const plain = typeof text === 'string' ? text : new TextDecoder().decode(text);
  // eslint-disable-next-line no-control-regex
  return plain.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (c) => {
    const code = c.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}
