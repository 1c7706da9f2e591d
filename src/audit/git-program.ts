import { execa } from 'execa';
import type { GitAnchor } from '../core/git-anchor.ts';
import { safeLine } from '../core/safe-text.ts';

export type GitRun = (args: readonly string[], options?: GitRunOptions) => Promise<GitRan>;

export interface GitRunOptions {
  readonly input?: string;
  /** Of other exit codes than 0, those that are answers. */
  readonly answers?: readonly number[];
}

export interface GitRan {
  readonly exitCode: number;
  /** Without the newline at its end. */
  readonly output: string;
}

const patienceMs = 20_000;
const maxOutput = 4 * 1024 * 1024;

/**
 * Runs git in that repository, without a shell, a terminal, hooks or questions. What it needs to
 * log in stands in its environment, which other users cannot read, never in its arguments.
 */
export function gitIn(repository: string, anchor: GitAnchor): GitRun {
  const environment = { ...anchor.environment, ...settingsFor(anchor) };
  return async (args, { input = '', answers = [] } = {}) => {
    const result = await execa('git', [`--git-dir=${repository}`, ...args], {
      env: environment,
      extendEnv: false,
      cwd: repository,
      input,
      timeout: patienceMs,
      maxBuffer: maxOutput,
      reject: false,
    });
    const { exitCode, stdout: output } = result;
    const answered = exitCode !== undefined && [0, ...answers].includes(exitCode);
    if (answered && !result.timedOut && !result.isMaxBuffer) return { exitCode, output };
    throw new Error(`git ${args[0]} ${failureOf(result)}`);
  };
}

function failureOf(result: {
  readonly timedOut: boolean;
  readonly isMaxBuffer: boolean;
  readonly exitCode?: number | undefined;
  readonly code?: string | undefined;
  readonly signal?: string | undefined;
  readonly stderr: string;
}): string {
  if (result.timedOut) return `took longer than ${patienceMs / 1_000} s`;
  if (result.isMaxBuffer) return 'said too much';
  if (result.exitCode === undefined) return `could not be run (${result.signal ?? result.code})`;
  const said = safeLine(result.stderr.trim(), 300);
  return `ended with exit code ${result.exitCode}${said === '' ? '' : `: ${said}`}`;
}

function settingsFor({ url, login, sshKey, knownHosts }: GitAnchor): Record<string, string> {
  const settings: readonly (readonly [string, string])[] = [
    ['core.hooksPath', '/dev/null'],
    ['core.fsync', 'all'],
    ['gc.autoDetach', 'false'],
    ['http.sslVerify', 'true'],
    // Elsewhere the header below would be given to whom it is not for.
    ['http.followRedirects', 'false'],
    ...(login === null ? [] : [authorization(url, login)]),
  ];
  return {
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'file:https:http:ssh',
    GIT_SSH_COMMAND: sshCommand(sshKey, knownHosts),
    LC_ALL: 'C',
    GIT_CONFIG_COUNT: `${settings.length}`,
    ...Object.fromEntries(
      settings.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}

function authorization(
  url: string,
  { user, token }: NonNullable<GitAnchor['login']>,
): readonly [string, string] {
  const basic = Buffer.from(`${user}:${token.reveal()}`).toString('base64');
  return [`http.${new URL(url).origin}/.extraHeader`, `Authorization: Basic ${basic}`];
}

/** A host that is not known is refused, and nothing waits for an answer. git runs it by a shell. */
function sshCommand(key: string | null, knownHosts: string | null): string {
  const options = [
    ...['BatchMode=yes', 'StrictHostKeyChecking=yes', 'ConnectTimeout=10'],
    ...['ServerAliveInterval=5', 'ServerAliveCountMax=2'],
    ...(knownHosts === null ? [] : [`UserKnownHostsFile="${knownHosts}"`]),
    ...(key === null ? [] : ['IdentitiesOnly=yes', `IdentityFile="${key}"`]),
  ];
  return ['ssh', ...options.map((option) => `-o ${shellQuoted(option)}`)].join(' ');
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
