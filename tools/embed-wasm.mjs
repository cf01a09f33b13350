#!/usr/bin/env node
// Compiles PACKAGE/assembly/index.ts (AssemblyScript) and writes PACKAGE/src/generated/kernel.ts, which holds the
// module as base64 text: one ES module, so that browsers, bundlers, workers and Node load it alike.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';

const [packageDir] = process.argv.slice(2);
if (!packageDir || !existsSync(join(packageDir, 'assembly', 'index.ts'))) {
  console.error('usage: embed-wasm.mjs PACKAGE_DIR (with assembly/index.ts)');
  process.exit(2);
}

let wasm;
const options = ['--runtime', 'stub', '--noAssert', '-O3', '--converge', '--enable', 'simd'];
const { error, stderr } = await asc.main(
  [join(packageDir, 'assembly', 'index.ts'), '--outFile', 'kernel.wasm', ...options],
  { writeFile: (_name, contents) => void (wasm = contents) },
);
if (error || !wasm) {
  console.error(String(stderr ?? error));
  process.exit(1);
}

const outDir = join(packageDir, 'src', 'generated');
mkdirSync(outDir, { recursive: true });
writeFileSync(
  join(outDir, 'kernel.ts'),
  `/** The WebAssembly module of assembly/index.ts (${wasm.length} bytes), base64. Made by \`nx wasm\`. */\n` +
    `export const KERNEL_WASM_BASE64 =\n  '${Buffer.from(wasm).toString('base64')}';\n`,
);
