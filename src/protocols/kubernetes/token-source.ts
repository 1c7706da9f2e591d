import { execa } from 'execa';
import { Secret } from '../../core/secret.ts';
import { NoCredentialError } from '../http/dialect.ts';
import type { IssuedToken, TokenProgram } from './target.ts';

const timeLimitMs = 10_000;
const maxBytes = 64 * 1024;
/** A token is not used so shortly before its end that it could lapse on its way. */
const marginMs = 30_000;

/** Gives a token that is good now. Throws a NoCredentialError. */
export type TokenSource = (program: TokenProgram) => Promise<Secret>;

/** Keeps what programs gave for as long as they said, one run at a time for each. */
export function createTokenSource(clock: () => number = Date.now): TokenSource {
  const kept = new Map<string, Promise<IssuedToken>>();

  return async (program) => {
    const key = JSON.stringify([
      program.command,
      program.args,
      program.environment,
      program.folder,
    ]);
    const known = await kept.get(key)?.catch(() => null);
    if (known != null && (known.until === null || known.until - marginMs > clock())) {
      return known.token;
    }
    const running = runProgram(program);
    kept.set(key, running);
    try {
      return (await running).token;
    } catch (error) {
      if (kept.get(key) === running) kept.delete(key);
      throw error;
    }
  };
}

/** client.authentication.k8s.io/v1, ExecCredential. Without a terminal, and without a shell. */
async function runProgram(program: TokenProgram): Promise<IssuedToken> {
  const { command, args, environment, folder } = program;
  const info = {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: { interactive: false },
  };
  const { PATH, HOME } = { PATH: '', HOME: '', ...environment };
  const result = await execa(command, args, {
    cwd: folder,
    env: { ...environment, PATH, HOME, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
    extendEnv: false,
    stdin: 'ignore',
    timeout: timeLimitMs,
    maxBuffer: maxBytes,
    reject: false,
  });
  if (result.failed) throw failed(`${command} failed`);
  return issuedBy(result.stdout, command);
}

function issuedBy(output: string, command: string): IssuedToken {
  const status = statusOf(output);
  const token = status?.token;
  if (typeof token !== 'string' || token === '') throw failed(`${command} gave no token`);
  const end = status?.expirationTimestamp;
  const until = typeof end === 'string' ? Date.parse(end) : Number.NaN;
  return { token: new Secret(token), until: Number.isNaN(until) ? null : until };
}

function statusOf(output: string): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(output);
    if (typeof parsed !== 'object' || parsed === null || !('status' in parsed)) return null;
    const { status } = parsed;
    return typeof status === 'object' && status !== null ? { ...status } : null;
  } catch {
    return null;
  }
}

function failed(message: string): NoCredentialError {
  return new NoCredentialError({
    code: 'UPSTREAM_REFUSED_LOGIN',
    message: `the gateway has no token for the cluster: ${message}`,
    hint: 'Tell whoever runs the gateway.',
  });
}
