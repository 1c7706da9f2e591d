import { execa } from 'execa';
import { Secret } from '../../core/secret.ts';
import { NoCredentialError } from '../http/dialect.ts';
import type { IssuedToken, TokenProgram } from './target.ts';

const timeLimitMs = 10_000;
const maxBytes = 64 * 1024;
/** A token is not used so shortly before its end that it could lapse on its way. */
const marginMs = 30_000;

/**
 * Whoever is answered 401 by a program in the cluster, behind a proxy, must not make the gateway
 * run its own program each time.
 */
const leastAgeMs = 10_000;

export interface TokenSource {
  /** A token that is good now. Throws a NoCredentialError. */
  current(program: TokenProgram): Promise<Secret>;
  /** The cluster takes it no more (401): the next one is asked for anew. */
  refused(program: TokenProgram): void;
}

/** Keeps what programs gave for as long as they said, one run at a time for each. */
export function createTokenSource(clock: () => number = Date.now): TokenSource {
  const kept = new Map<string, Kept>();

  function askFor(program: TokenProgram, key: string): Kept {
    const asked = { running: runProgram(program), since: clock() };
    kept.set(key, asked);
    asked.running.catch(() => {
      if (kept.get(key) === asked) kept.delete(key);
    });
    return asked;
  }

  return {
    async current(program) {
      const key = keyOf(program);
      const began = clock();
      for (;;) {
        const asked = kept.get(key) ?? askFor(program, key);
        const { token, until } = await asked.running;
        const isGood = until === null || until - marginMs > clock();
        // One that was given just now is the best there is, however soon it ends.
        if (isGood || asked.since >= began) return token;
        if (kept.get(key) === asked) kept.delete(key);
      }
    },
    refused(program) {
      const key = keyOf(program);
      const known = kept.get(key);
      if (known !== undefined && clock() - known.since >= leastAgeMs) kept.delete(key);
    },
  };
}

interface Kept {
  readonly running: Promise<IssuedToken>;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

function keyOf({ command, args, environment, folder }: TokenProgram): string {
  return JSON.stringify([command, args, environment, folder]);
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
