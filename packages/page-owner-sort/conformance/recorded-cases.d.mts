/** One recorded call of the C tool. */
export interface RecordedCase {
  readonly name: string;
  readonly args: readonly string[];
  readonly exitCode: number;
  /** undefined: nothing was written. */
  readonly bytes: number | undefined;
  readonly sha256: string;
  /** `USAGE` stands for the usage text; undefined: not recorded. */
  readonly stdout: string | undefined;
  /** `TOOL:` stands for the program's name; undefined: not recorded. */
  readonly stderr: string | undefined;
  readonly isUndefined: boolean;
}

export function parseCases(text: string): RecordedCase[];
