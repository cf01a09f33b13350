#!/usr/bin/env node
// The `prepack` of every package: npm would leave `workspace:` ranges in the manifest, which nobody could install.
import { basename } from 'node:path';
import { cwd, env, exit } from 'node:process';

if (!env.npm_config_user_agent?.startsWith('pnpm/')) {
  const folder = basename(cwd());
  console.error(
    `packages/${folder} is packed by pnpm: npm run pnpm -- --filter=@page-owner/${folder} pack (or publish)`,
  );
  exit(1);
}
