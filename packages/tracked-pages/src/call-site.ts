/**
 * Lines of `Error.stack` as lines of a page_owner stack, which all its tools read: the file stands where a kernel has the
 * module, line and column (in decimal digits) where it has offset and size.
 *
 * ```
 *   V8                at Atlas.grow (file:///app/src/atlas.js:42:7)         Atlas.grow+0x42/0x7 [src/atlas.js]
 *                     at async file:///app/src/atlas.js:12:3                async+0x12/0x3 [src/atlas.js]
 *                     at blit (wasm://wasm/0a1b:wasm-function[3]:0x4f)      blit+0x4f/0x0 [wasm/0a1b]
 *                     at Array.map (<anonymous>)                            Array.map+0x0/0x0 [native]
 *                     at runMicrotasks (node:internal/tasks:12:3)           runMicrotasks+0x12/0x3 [node:internal/tasks]
 *   Firefox, Safari   grow@http://localhost/src/atlas.js:42:7               grow+0x42/0x7 [src/atlas.js]
 * ```
 */
const V8_LINE = /^ *at (.*)$/;
/** A name holds no colon or bracket: lines of a formatter of the program's own may hold `@` anywhere. */
const OTHER_LINE = /^([^@:(]*)@(.*)$/;
const NAME_AND_PLACE = /^(.*?) \((.*)\)$/;
const ASYNC_PLACE = /^(async) (.*)$/;
/** `Atlas.grow [as onload]`: by what other name it was called. */
const ALIAS = / \[as [^\]]*\]/;
const POSITION = /^(.*?):(\d+)(?::(\d+))?$/;
const WASM_POSITION = /^(.*):wasm-function\[\d+\]:0x([0-9a-f]+)$/;
/** `eval at run (file:///app/src/atlas.js:42:7), <anonymous>`: text without a file is named after where it was evaluated. */
const EVAL_ORIGIN = /^eval at .*?\(([^()]*)\).*, <anonymous>$/;
/** What follows a file's name in an address. */
const QUERY = /[?#].*$/;
/** What would end a name, a module or a line, or move a cursor. */
// eslint-disable-next-line no-control-regex
const UNFIT = /[\s\u0000-\u001f\u007f-\u009f[\]+]/g;

const ANONYMOUS = '<anonymous>';
const NATIVE = 'native';

/** Longer names are cut: they may be computed, `object[key] = () => {}`. */
const NAME_LETTERS = 128;

/** Frames of a stack as a runtime prints it, innermost first; lines that are no frames are left out. */
export function framesOf(stack: string): string[] {
  return stack.split('\n').flatMap((line) => frameOf(line) ?? []);
}

function frameOf(line: string): string | undefined {
  const v8 = V8_LINE.exec(line)?.[1];
  const [, name, place] = (v8 === undefined ? OTHER_LINE.exec(line) : partsOf(v8)) ?? [];
  return name === undefined || place === undefined ? undefined : frameText(name, place);
}

const partsOf = (v8: string): readonly string[] =>
  NAME_AND_PLACE.exec(v8) ?? ASYNC_PLACE.exec(v8) ?? ['', '', v8];

function frameText(name: string, place: string): string {
  const [, wasm, offset] = WASM_POSITION.exec(place) ?? [];
  const [, file, line, column] = POSITION.exec(place) ?? [];
  return symbolText(name, wasm ?? file ?? NATIVE, offset ?? line, column);
}

/** A frame in the form of a kernel's. */
export function symbolText(name: string, file: string, line = '0', column = '0'): string {
  const known = name.replace(ALIAS, '').replace(UNFIT, '_').slice(0, NAME_LETTERS);
  return `${known || ANONYMOUS}+0x${line}/0x${column} [${fileText(file)}]`;
}

/**
 * The last two parts of a path: enough to tell it from others, and the same on every machine. The whole, of a module of
 * Node's own.
 */
function fileText(path: string): string {
  const file = path.replace(EVAL_ORIGIN, '$1').replace(QUERY, '');
  const text = file.startsWith('node:') ? file : file.split(/[/\\]/).slice(-2).join('/');
  return text.replace(UNFIT, '_') || ANONYMOUS;
}
