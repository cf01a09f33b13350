import type { Subcommand } from '../command-line/subcommand.js';

/** Only for the help and completions: `help top` is read as `top --help`. */
export const help: Subcommand = (program) => {
  program.command('help').description('this help, or that of a subcommand').argument('[subcommand]');
};
