import type { Command } from 'commander';

/** A worked example: what to type, and what it tells. */
type Example = readonly [command: string, what: string];

/** Puts examples at the beginning of a subcommand's help. */
export function addExamples(command: Command, examples: readonly Example[]): Command {
  const width = Math.max(...examples.map(([text]) => text.length));
  const fits = examples.every(([, what]) => width + what.length + 4 <= 80);
  const lines = examples.map(([text, what]) =>
    fits ? `  ${text.padEnd(width)}  ${what}\n` : `  ${text}\n      ${what}\n`,
  );
  return command.addHelpText('before', `Examples:\n${lines.join('')}`);
}
