/** The lines of a file of /proc. @throws TypeError if it is no text, such as a Buffer that was not decoded */
export function procLines(text: string): string[] {
  if (typeof text === 'string') return text.split(/\r?\n/);
  const kind = Object.prototype.toString.call(text).slice('[object '.length, -1);
  throw new TypeError(`a file of /proc is given as text, got ${kind}`);
}
