import { constants } from 'node:os';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import type { LocalProgram } from './guides/client-guide.ts';

const passedOn = ['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/**
 * Runs a command in this terminal, and resolves with its exit code, 128 and the number for a
 * signal. Ctrl-C reaches the command from the terminal itself: to psql it means to cancel a
 * statement, so it must not end this process.
 * @throws UserError COMMAND_NOT_FOUND (127) or COMMAND_NOT_RUN (126)
 */
export async function runChild(program: LocalProgram): Promise<number> {
  const { file, args, environment } = program;
  const { execa } = await import('execa');
  const child = execa(file, args, { stdio: 'inherit', env: environment, reject: false });
  const ignore = (): void => {};
  const listeners = passedOn.map((signal) => [signal, () => void child.kill(signal)] as const);
  process.on('SIGINT', ignore);
  for (const [signal, listener] of listeners) process.on(signal, listener);
  try {
    const { exitCode, signal, code, cause } = await child;
    if (exitCode !== undefined) return exitCode;
    if (signal !== undefined) return 128 + constants.signals[signal];
    throw programNotRun(program, code, cause);
  } finally {
    process.off('SIGINT', ignore);
    for (const [signal, listener] of listeners) process.off(signal, listener);
  }
}

/** Why there is no such process. */
export function programNotRun(
  { file, install }: LocalProgram,
  code: string | undefined,
  cause: unknown,
): UserError {
  if (code === 'ENOENT') {
    return new UserError(`there is no command ${file}`, {
      code: 'COMMAND_NOT_FOUND',
      exitCode: 127,
      ...(install === undefined ? {} : { hint: install }),
      cause,
    });
  }
  return new UserError(`${file} cannot be run${code === undefined ? '' : ` (${code})`}`, {
    code: 'COMMAND_NOT_RUN',
    exitCode: code === undefined ? exitCodes.failure : 126,
    cause,
  });
}
