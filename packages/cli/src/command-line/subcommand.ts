import type { Command } from 'commander';
import type { Run } from '../run.js';

/** Adds a subcommand to the program. */
export type Subcommand = (program: Command, run: Run) => void;
