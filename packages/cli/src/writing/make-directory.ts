import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a directory, and those above it that are missing. Node's own `recursive` never ends where the file system lets
 * nobody make one, as in /proc.
 *
 * @throws Error of one sentence
 */
export function makeDirectory(path: string, wanted = path): void {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  const above = dirname(path);
  if (above !== path) makeDirectory(above, wanted);
  try {
    mkdirSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EEXIST' ? `${path} is no directory` : (code ?? message);
    throw new Error(`cannot make the directory ${wanted}: ${reason}`, { cause: error });
  }
}
