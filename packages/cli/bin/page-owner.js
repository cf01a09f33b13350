#!/usr/bin/env node
import { settle } from '@page-owner/page-owner-sort/node';
import { main } from '../dist/index.js';

const INTERRUPTED = 130;

process.exitCode = await main(process.argv.slice(2));
// A read from a pipe may be under way, which no exit() can end; the shell sees the same status.
if (process.exitCode === INTERRUPTED) process.kill(process.pid, 'SIGINT');
await settle();
