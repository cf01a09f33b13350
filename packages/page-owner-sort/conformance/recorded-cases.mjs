/**
 * Reads a cases.tsv, the record of calls of the C tool: name, command line, exit code, size and sha256 of the output,
 * and, where they are recorded, the ends of stdout and stderr.
 */
export function parseCases(text) {
  const [head, ...rows] = text
    .trimEnd()
    .split('\n')
    .map((row) => row.split('\t'));
  return rows.map((row) => {
    const cell = (name) => row[head.indexOf(name)];
    const bytes = cell('out_bytes');
    const stderr = cell('stderr');
    return {
      name: cell('case'),
      args: shellWords(cell('argv')).slice(1),
      exitCode: Number(cell('exit')),
      bytes: bytes === '-' ? undefined : Number(bytes),
      sha256: cell('out_sha256'),
      stdout: cell('stdout_tail')?.replaceAll('\\n', '\n'),
      stderr: stderr?.includes('bytes of stderr, begins')
        ? undefined
        : stderr?.replaceAll('\\n', '\n').replace(/^page_owner_sort-6\.12?:/, 'TOOL:'),
      isUndefined: false,
    };
  });
}

/** Words of a command line with single quotes. */
function shellWords(line) {
  return [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''));
}
