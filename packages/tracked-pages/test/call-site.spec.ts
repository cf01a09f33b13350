import { describe, expect, test } from '@jest/globals';
import { formatRecord, parseDump } from '@page-owner/dump-format';
import fc from 'fast-check';
import { framesOf } from '../src/call-site.js';

/** A frame as the tools of page_owner know it. */
const FRAME = /^[^\s+]+\+0x[0-9a-f]+\/0x[0-9a-f]+ \[[^\s[\]]+\]$/;

describe('a stack as printed by', () => {
  test('V8', () => {
    const stack = `Error: text
    that has lines
    at Atlas.grow (file:///app/src/atlas.js:42:7)
    at Atlas.grow [as onload] (/app/src/atlas.js:43:1)
    at new Atlas (C:\\app\\src\\atlas.js:7:3)
    at file:///app/main.js:1:1
    at async load (https://host/app/main.js?v=3:12:30)
    at async file:///app/main.js:5:6
    at Array.map (<anonymous>)
    at async Promise.all (index 0)
    at eval (eval at run (file:///app/main.js:9:9), <anonymous>:1:1)
    at f (eval at g (eval at run (file:///app/main.js:9:9), <anonymous>:1:1), <anonymous>:3:10)
    at g (app/shader.js:3:10)
    at blit (wasm://wasm/0a1b:wasm-function[3]:0x4f)
    at wasm://wasm/0a1b:wasm-function[4]:0x60
    at Object.<anonymous> (/app/[slug]/page one.js:3:4)`;
    expect(framesOf(stack)).toEqual([
      'Atlas.grow+0x42/0x7 [src/atlas.js]',
      'Atlas.grow+0x43/0x1 [src/atlas.js]',
      'new_Atlas+0x7/0x3 [src/atlas.js]',
      '<anonymous>+0x1/0x1 [app/main.js]',
      'async_load+0x12/0x30 [app/main.js]',
      'async+0x5/0x6 [app/main.js]',
      'Array.map+0x0/0x0 [native]',
      'async_Promise.all+0x0/0x0 [native]',
      'eval+0x1/0x1 [app/main.js:9:9]',
      'f+0x3/0x10 [app/main.js:9:9]',
      'g+0x3/0x10 [app/shader.js]',
      'blit+0x4f/0x0 [wasm/0a1b]',
      '<anonymous>+0x60/0x0 [wasm/0a1b]',
      'Object.<anonymous>+0x3/0x4 [_slug_/page_one.js]',
    ]);
  });

  test('Firefox and Safari', () => {
    const stack = `grow@http://localhost/src/atlas.js:42:7
@http://localhost/main.js:1:1
async*load@http://localhost/main.js:12:30
map@[native code]
blit@http://localhost/atlas.wasm:wasm-function[3]:0x4f
`;
    expect(framesOf(stack)).toEqual([
      'grow+0x42/0x7 [src/atlas.js]',
      '<anonymous>+0x1/0x1 [localhost/main.js]',
      'async*load+0x12/0x30 [localhost/main.js]',
      'map+0x0/0x0 [native]',
      'blit+0x4f/0x0 [localhost/atlas.wasm]',
    ]);
  });
});

test('whatever a function or a file is called, it is a frame, and a dump holds it', () => {
  const name = fc.string({ unit: 'binary', maxLength: 200 });
  fc.assert(
    fc.property(fc.array(fc.tuple(name, name, fc.nat(99999)), { maxLength: 16 }), (sites) => {
      const stack = sites.map(([each, file, line]) => `    at ${each} (${file}:${line}:1)`).join('\n');
      const frames = framesOf(stack);
      for (const frame of frames) expect(frame).toMatch(FRAME);
      const page = { pfn: 0, pfnRadix: 16, block: 0, flags: 0n, flagNames: '' } as const;
      const types = { migratetype: 'Movable', pageblockMigratetype: 'Movable' };
      const text = formatRecord({ order: 0, gfpMask: 0, gfpNames: '', ...page, ...types, stack: frames });
      expect(parseDump(text).records.map((record) => record.stack)).toEqual([frames]);
      // Nothing in it ends a line or moves a cursor.
      // eslint-disable-next-line no-control-regex
      expect(frames.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    }),
  );
});
