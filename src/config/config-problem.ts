import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';

export type ConfigPath = readonly (string | number)[];

/** One thing wrong with a configuration file. Lines and columns count from 1. */
export interface ConfigProblem {
  readonly line: number;
  readonly column: number;
  /** `connections.pg-prod.port`; empty for the file as a whole. */
  readonly key: string;
  readonly message: string;
}

/** Every problem of a file at once, in the order of the file. Exit 78. */
export class ConfigError extends UserError {
  readonly path: string;
  readonly problems: readonly ConfigProblem[];

  constructor(path: string, found: readonly ConfigProblem[]) {
    const problems = [...found].sort(
      (one, other) => one.line - other.line || one.column - other.column,
    );
    const lines = problems.map(
      ({ line, column, key, message }) =>
        `${path}:${line}:${column}: ${key === '' ? '' : `${key}: `}${message}`,
    );
    super(lines.join('\n'), { code: 'BAD_CONFIG', exitCode: exitCodes.badConfiguration });
    this.path = path;
    this.problems = problems;
  }
}

/** `rules[0].sql.class`. */
export function showPath(path: ConfigPath): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}
