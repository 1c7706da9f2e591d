import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { readClientConfig } from '../../config/client-config.ts';
import type { ClientEnvironment } from '../../config/client-environment.ts';
import { keychainCredentials } from '../../identity/keychain-credentials.ts';
import { type Finding, note, ok, problem, problemOf } from './finding.ts';

const probeKey = 'hoopx doctor';

/** The CLI's own configuration file. */
export async function checkConfig({ paths }: ClientEnvironment): Promise<Finding> {
  try {
    const { file } = await readClientConfig(paths);
    return ok('config', file ?? `none, which is fine (it would be in ${paths.config})`);
  } catch (error) {
    return problemOf('config', error);
  }
}

/** Where logins would be kept. */
export async function checkKeychain(environment: ClientEnvironment): Promise<readonly Finding[]> {
  const folder = path.join(environment.paths.state, 'credentials');
  const file = await checkPrivate(folder);
  if (environment.credentials === 'file') {
    return [ok('keychain', `not used, as HOOPX_CREDENTIALS says: files in ${folder}`), ...file];
  }
  try {
    // Reading what is not there succeeds even where there is no keychain.
    const keychain = keychainCredentials();
    await keychain.write(probeKey, 'probe');
    await keychain.remove(probeKey);
    return [ok('keychain', 'logins are kept in it'), ...file];
  } catch {
    const message = `none can be used here: logins are kept in ${folder}, readable by you alone`;
    const hint = 'On Linux it takes D-Bus and an unlocked Secret Service, such as gnome-keyring.';
    return [note('keychain', message, hint), ...file];
  }
}

async function checkPrivate(folder: string): Promise<readonly Finding[]> {
  const found = await stat(folder).catch(() => null);
  if (found === null || process.platform === 'win32' || (found.mode & 0o077) === 0) return [];
  const message = `${folder} is open to other users of this machine`;
  return [problem('files', message, `chmod -R go-rwx ${folder}`)];
}

/** The ordinary clients that `connect` is for. */
export function checkClients(): Promise<readonly Finding[]> {
  return Promise.all([
    checkClient(
      'psql',
      '--version',
      'Debian: apt install postgresql-client; macOS: brew install libpq. exec works without.',
    ),
    checkClient('ssh', '-V', 'For SSH connections. Debian: apt install openssh-client.'),
  ]);
}

/** Some programs tell their version on stdout, and OpenSSH on stderr. */
function checkClient(program: string, versionFlag: string, hint: string): Promise<Finding> {
  return new Promise((resolve) => {
    execFile(program, [versionFlag], { timeout: 5_000 }, (error, stdout, stderr) => {
      resolve(
        error === null
          ? ok(program, `${stdout}${stderr}`.trim())
          : note(program, 'not installed, or it cannot be run', hint),
      );
    });
  });
}
