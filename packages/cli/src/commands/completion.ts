import { addExamples } from '../command-line/help.js';
import { choice } from '../command-line/options.js';
import { completionScript, SHELLS } from '../command-line/shell-completion.js';
import type { Shell } from '../command-line/shell-completion.js';
import type { Subcommand } from '../command-line/subcommand.js';

export const completion: Subcommand = (program, run) => {
  const command = program
    .command('completion')
    .description('a completion script for bash, zsh or fish')
    .argument('<shell>', SHELLS.join(', '), choice('shell', SHELLS))
    .action((shell: Shell) => run.printAsIs(completionScript(program, shell)));
  addExamples(command, [
    ['source <(page-owner completion bash)', 'in ~/.bashrc'],
    ['source <(page-owner completion zsh)', 'in ~/.zshrc, behind compinit'],
    ['page-owner completion fish | source', 'in ~/.config/fish/config.fish'],
  ]);
};
