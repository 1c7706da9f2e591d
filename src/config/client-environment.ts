import { homedir } from 'node:os';
import path from 'node:path';
import { Secret } from '../core/secret.ts';

/** What the CLI takes from its environment beside flags, whose variables the flags declare. */
export interface ClientEnvironment {
  /** HOOPX_TOKEN: a token of the caller's own, used instead of a stored login. */
  readonly token: Secret | null;
  /** HOOPX_CREDENTIALS: `file` leaves the keychain alone. */
  readonly credentials: 'auto' | 'file';
  readonly paths: ClientPaths;
  /** HOME: the person's folder. */
  readonly home: string;
  /** TERM: what kind of terminal this is. */
  readonly term: string | null;
  /** False with NO_COLOR (no-color.org) or a dumb terminal. */
  readonly color: boolean;
  /** Whether a browser that is opened would appear before the person who asked. */
  readonly browserIsLocal: boolean;
  /** HOOPX_DEBUG: print stacks of defects. */
  readonly debug: boolean;
  /** HOOPX_JSON, for errors that come before flags are read. */
  readonly json: boolean;
}

/** Folders of the XDG Base Directory Specification, with `hoopx` appended. */
export interface ClientPaths {
  readonly config: string;
  readonly state: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** The only reader of the environment for the CLI. */
export function readClientEnvironment(variables: Variables = process.env): ClientEnvironment {
  const token = nonEmpty(variables.HOOPX_TOKEN);
  return {
    token: token === null ? null : new Secret(token.trim()),
    credentials: variables.HOOPX_CREDENTIALS === 'file' ? 'file' : 'auto',
    paths: clientPaths(variables),
    home: homeOf(variables),
    term: nonEmpty(variables.TERM),
    color: nonEmpty(variables.NO_COLOR) === null && variables.TERM !== 'dumb',
    browserIsLocal: browserIsLocal(variables),
    debug: nonEmpty(variables.HOOPX_DEBUG) !== null,
    json: /^(1|true|y|yes)$/i.test(variables.HOOPX_JSON ?? ''),
  };
}

function clientPaths(variables: Variables): ClientPaths {
  const home = homeOf(variables);
  return {
    config: path.join(absolute(variables.XDG_CONFIG_HOME) ?? path.join(home, '.config'), 'hoopx'),
    state: path.join(
      absolute(variables.XDG_STATE_HOME) ?? path.join(home, '.local', 'state'),
      'hoopx',
    ),
  };
}

function homeOf(variables: Variables): string {
  return nonEmpty(variables.HOME) ?? homedir();
}

function browserIsLocal(variables: Variables): boolean {
  const remote = nonEmpty(variables.SSH_CONNECTION) ?? nonEmpty(variables.SSH_TTY);
  const display = nonEmpty(variables.DISPLAY) ?? nonEmpty(variables.WAYLAND_DISPLAY);
  if (process.getuid?.() === 0) return false;
  if (process.platform === 'darwin' || process.platform === 'win32') return remote === null;
  return display !== null;
}

/** The specification says to ignore relative paths. */
function absolute(value: string | undefined): string | null {
  return value !== undefined && path.isAbsolute(value) ? value : null;
}

function nonEmpty(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}
