import { spawn } from 'node:child_process';
import type { StdioOptions } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { printable } from '@page-owner/page-owner-sort';
import { execute } from '../src/main.js';
import { createRun } from '../src/run.js';
import type { Screen } from '../src/screen/screen.js';

export { readInput as unpacked } from '@page-owner/dump-format/node';

export const BIN = new URL('../bin/page-owner.js', import.meta.url).pathname;
const PACKAGES = new URL('../../', import.meta.url).pathname;

/** A reduced snapshot of profile's fixtures: `6.12-t1`, and what /proc said beside it. */
export const snapshot = (name: string): string =>
  join(PACKAGES, 'profile/test/fixtures', `${name}.page_owner.txt.zst`);
export const beside = (name: string): string => join(PACKAGES, 'profile/test/fixtures', name);
/** A real dump with hostile task names. */
export const ODD_NAMES = join(PACKAGES, 'page-owner-sort/test/fixtures/linux-6.12-t5-oddnames.txt.zst');
/** 300 records of 6.12. */
export const SMALL = join(PACKAGES, 'page-owner-sort/test/fixtures/odd/6.12-base-300-records.txt.zst');

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** For all runs: without a key each has pseudonyms of its own. */
const KEY = 'page-owner';
process.env.PAGE_OWNER_REDACT_KEY = KEY;

let home = '';
/** A directory of the test's own, in which the command runs. */
export const inHome = (name = ''): string => join(home, name);
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'page-owner-'));
});
afterEach(() => rmSync(home, { recursive: true }));

export function start(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  stdio: StdioOptions = ['pipe', 'pipe', 'pipe'],
) {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: home,
    stdio,
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', PAGE_OWNER_REDACT_KEY: KEY, ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin?.on('error', () => {});
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended };
}

/** The command in this process, which saves the start of another; no standard input, no terminal. */
export async function run(
  args: readonly string[],
  screen: Partial<Screen> = {},
): Promise<Omit<Ended, 'signal'>> {
  let stdout = '';
  let stderr = '';
  const context = createRun(
    new AbortController().signal,
    { width: 80, colour: false, unicode: true, ...screen },
    (text) => (stdout += text),
    (sentence) => (stderr += `page-owner: ${printable(sentence)}\n`),
    (text) => (stderr += text),
  );
  const code = await execute(args, context);
  return { code, stdout, stderr };
}

/** The command as its users have it. */
export function spawned(
  args: readonly string[],
  stdin: string | Uint8Array = '',
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const { child, ended } = start(args, env);
  child.stdin!.end(stdin);
  return ended;
}

/** Standard output of a run that ends well and says nothing else. */
export async function text(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(args);
  if (code !== 0 || stderr) throw new Error(`exit ${code}: ${stderr}`);
  return stdout;
}

/** The document that `--json` writes. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export async function json(...args: string[]): Promise<any> {
  return JSON.parse(await text(...args, '--json'));
}

export const read = (name: string): string => readFileSync(inHome(name), 'utf8');
