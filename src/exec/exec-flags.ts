import type { ConnectionView } from '../control/contract.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';

/** The flags of `hoopx exec`. Those that are not for one kind of connection count for all. */
export interface ExecFlags {
  readonly json: boolean;
  readonly reason?: string | undefined;
  /** Milliseconds. */
  readonly wait?: number | undefined;
  readonly 'no-wait': boolean;
  /** Milliseconds. */
  readonly timeout?: number | undefined;
  readonly 'idempotency-key'?: string | undefined;
  readonly on?: readonly string[] | undefined;

  readonly file?: string | undefined;
  readonly param?: readonly string[] | undefined;
  readonly csv: boolean;
  readonly 'max-rows': number;

  readonly raw?: boolean | undefined;
  readonly stdin?: boolean | undefined;
  readonly 'stdin-file'?: string | undefined;
  readonly tty?: boolean | undefined;
  /** Bytes. */
  readonly 'max-output': number;

  readonly header?: readonly string[] | undefined;
  readonly data?: string | undefined;
  readonly 'data-file'?: string | undefined;
}

const kinds = {
  postgres: { is: 'a database', for: 'for SQL', flags: sqlFlags },
  ssh: { is: 'an SSH connection', for: 'for SSH connections', flags: remoteFlags },
  http: { is: 'an HTTP service', for: 'for HTTP services', flags: httpFlags },
  kubernetes: { is: 'a Kubernetes cluster', for: 'for clusters', flags: () => [] },
} as const;

/** @throws UserError when a flag is given that means nothing for such a connection */
export function checkFlagsFor(
  { name, type }: Pick<ConnectionView, 'name' | 'type'>,
  flags: ExecFlags,
): void {
  for (const [other, kind] of Object.entries(kinds)) {
    const given = other === type ? [] : kind.flags(flags);
    if (given.length > 0) {
      throw usage(`${given.join(', ')}: ${kind.for}, and ${name} is ${kinds[type].is}`);
    }
  }
}

/** @throws UserError when flags contradict each other, whatever the connection is */
export function checkTogether(flags: ExecFlags): void {
  const streams = streamsInput(flags);
  if (streams && flags['stdin-file'] !== undefined) {
    throw usage('--stdin-file is all the input there is: leave out --stdin and --tty');
  }
  if (streams && flags['no-wait']) {
    throw usage('--no-wait leaves a request for later, when streamed input would be gone', {
      hint: 'Give the input with --stdin-file, which the reviewer sees.',
    });
  }
  if (flags.tty && flags.json) throw usage('--json keeps the output, which --tty would show');
  if (flags.on === undefined) return;
  if (streams) throw usage('--on runs on several hosts, and standard input is one');
  const given = [...sqlFlags(flags), ...httpFlags(flags)];
  if (given.length > 0) throw usage(`${given.join(', ')}: --on is for SSH connections`);
}

/** Whether input goes to the command as it comes, outside of what a reviewer sees. */
export function streamsInput({ stdin, tty }: ExecFlags): boolean {
  return stdin === true || tty === true;
}

function sqlFlags({ file, param, csv }: ExecFlags): string[] {
  return named({ '-f': file !== undefined, '--param': param !== undefined, '--csv': csv });
}

function remoteFlags(flags: ExecFlags): string[] {
  return named({
    '--raw': flags.raw === true,
    '--stdin': flags.stdin === true,
    '--stdin-file': flags['stdin-file'] !== undefined,
    '--tty': flags.tty === true,
  });
}

function httpFlags(flags: ExecFlags): string[] {
  return named({
    '-H': flags.header !== undefined,
    '--data': flags.data !== undefined,
    '--data-file': flags['data-file'] !== undefined,
  });
}

function named(given: Readonly<Record<string, boolean>>): string[] {
  return Object.keys(given).filter((name) => given[name]);
}

export function usage(message: string, detail: { hint?: string; cause?: unknown } = {}): UserError {
  return new UserError(message, { code: 'USAGE', exitCode: exitCodes.usage, ...detail });
}
