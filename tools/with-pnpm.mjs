#!/usr/bin/env node
// Runs a command with the pinned pnpm (packageManager in package.json) first on PATH. Needs node and npm only:
//   node tools/with-pnpm.mjs pnpm install
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argv, env, exit, platform } from 'node:process';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The environment without the options that an outer `npx -c` or `npx -p` leaks into a nested npm. */
export function innerEnv() {
  return Object.fromEntries(Object.entries(env).filter(([key]) => !/^npm_config_(call|package)$/i.test(key)));
}

/** `npm exec` of `command` with the packages of `specs` ("pnpm@12.21.0", "node@24.21.0") first on PATH. */
export function npmExec(specs, command, options) {
  const args = ['exec', '--yes', ...specs.map((spec) => `--package=${spec}`), '--', ...command];
  return spawnSync('npm', args, {
    cwd: root,
    stdio: 'inherit',
    shell: platform === 'win32',
    env: innerEnv(),
    ...options,
  });
}

export function withPnpm(command, options) {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return npmExec([packageManager], command, options);
}

if (argv[1]?.endsWith('with-pnpm.mjs')) exit(withPnpm(argv.slice(2)).status ?? 1);
