#!/usr/bin/env node
import { main, settle } from '../dist/node/main.js';

const BY_SIGNAL = 128;

process.exitCode = await main(process.argv.slice(2));
// A read from a pipe may be under way, which no exit() can end; the shell sees the same status. SIGPIPE is ignored.
if (process.exitCode > BY_SIGNAL) process.kill(process.pid, process.exitCode - BY_SIGNAL);
await settle();
