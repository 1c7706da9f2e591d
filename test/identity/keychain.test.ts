import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { bundled } from '../bundled.ts';
import { describeWith } from '../peers/require-peer.ts';
import { stateFolder } from './logged-in.ts';

const run = promisify(execFile);
let program: string;
beforeAll(async () => {
  program = await bundled(path.join(import.meta.dirname, 'keychain-program.ts'));
});

function withoutBus(): NodeJS.ProcessEnv {
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...rest } = process.env;
  return {
    ...rest,
    DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus',
    XDG_RUNTIME_DIR: '/nonexistent',
  };
}

test.runIf(process.platform === 'linux')(
  'without a keychain a login is kept in a file, with one warning',
  async () => {
    const state = await stateFolder();
    const env = withoutBus();
    const { stdout, stderr } = await run(process.execPath, [program, state], { env });
    const seen = JSON.parse(stdout);
    expect(seen).toMatchObject({ place: 'file', files: 1, left: 0, renewed: true });
    expect(seen.warnings).toEqual([expect.stringContaining('No keychain')]);
    expect(seen.ended).toMatchObject({ kind: 'logged_out', problems: [] });
    expect(stderr).toBe('');
  },
);

describeWith(['dbus-run-session', 'gnome-keyring-daemon'], 'with a keychain', () => {
  test('a login is kept, renewed and deleted there, without a file or a warning', async () => {
    const state = await stateFolder();
    const script = `printf secret | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec "$@"`;
    const { stdout } = await run(
      'dbus-run-session',
      ['--', 'sh', '-c', script, 'sh', process.execPath, program, path.join(state, 'hoopx')],
      { env: { ...process.env, HOME: state, XDG_DATA_HOME: path.join(state, 'data') } },
    );
    const seen = JSON.parse(stdout);
    expect(seen).toMatchObject({ place: 'keychain', warnings: [], files: 0, renewed: true });
    expect(seen.ended).toMatchObject({ kind: 'logged_out', problems: [] });
  });
});
