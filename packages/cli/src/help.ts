import type { Command } from 'commander';

/** A worked example: what to type, and what it tells. */
export type Example = readonly [command: string, what: string];

/** Puts examples at the beginning of a subcommand's help. */
export function addExamples(command: Command, examples: readonly Example[]): Command {
  const width = Math.max(...examples.map(([text]) => text.length));
  const lines = examples.map(([text, what]) =>
    width + what.length > 100 ? `  ${text}\n      ${what}\n` : `  ${text.padEnd(width)}  ${what}\n`,
  );
  return command.addHelpText('before', `Examples:\n${lines.join('')}\n`);
}
