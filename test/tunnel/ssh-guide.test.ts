import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SshConnectionView } from '../../src/control/contract.ts';
import { sshGuide } from '../../src/tunnel/guides/ssh.ts';
import { includeLine, sshConfigText } from '../../src/tunnel/guides/ssh-config-text.ts';
import {
  connectionOfAlias,
  knownHostsText,
  type SshTools,
} from '../../src/tunnel/guides/ssh-settings.ts';

const run = promisify(execFile);

const bastion: SshConnectionView = {
  name: 'ssh-bastion',
  type: 'ssh',
  labels: {},
  user: 'deploy',
  users: [],
  hostKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHDHkfdQCr34VQ',
};

function toolsIn(folder: string): SshTools {
  return {
    proxy: [`${folder}/node`, `${folder}/run.js`, 'ssh-proxy', '--gateway', 'https://[::1]:7443'],
    knownHosts: (name) => `${folder}/hosts/${name}`,
    environment: {},
  };
}

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hoopx-guide-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** What OpenSSH itself understands, keyword by keyword. */
async function understood(args: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await run('ssh', ['-G', ...args]);
  const lines = stdout.trimEnd().split('\n');
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
  );
}

async function configured(text: string, host: string) {
  const file = path.join(folder, 'config');
  await writeFile(file, text);
  return understood(['-F', file, host]);
}

const trusting = {
  hostkeyalias: 'hoopx-ssh-bastion',
  stricthostkeychecking: 'true',
  globalknownhostsfile: '/dev/null',
  checkhostip: 'no',
  verifyhostkeydns: 'false',
  updatehostkeys: 'false',
  pubkeyauthentication: 'false',
  passwordauthentication: 'no',
  kbdinteractiveauthentication: 'no',
  preferredauthentications: 'none',
  user: 'deploy',
};

describe('what cannot be written for ssh without being misread', () => {
  it.each([
    ['the user', { ...bastion, user: 'root -oProxyCommand=x' }, toolsIn('/a')],
    ['the user', { ...bastion, user: '-oProxyCommand=x' }, toolsIn('/a')],
    ['the user', { ...bastion, user: 'a\n  ProxyCommand x' }, toolsIn('/a')],
    ['a path', bastion, toolsIn(`/it's`)],
    ['a path', bastion, toolsIn('/a"b')],
    ['a path', bastion, toolsIn('/$HOME')],
    ['a path', bastion, toolsIn('/a\\b')],
    ['a path', bastion, toolsIn('/a\nHost *')],
  ])('is refused: %s, %j', (_what, connection, tools) => {
    const refused = expect.objectContaining({ code: 'UNSAFE_FOR_SSH', exitCode: 78 });
    expect(() => sshConfigText([connection], tools, 'https://g')).toThrow(refused);
  });

  it.each(['', '-oProxyCommand=x', '../x', 'a b', 'a;b', '$(x)', '.hoopx', 'x'.repeat(64)])(
    'is no name of a connection: %j',
    (name) => {
      const refused = expect.objectContaining({ code: 'BAD_CONNECTION_NAME', exitCode: 64 });
      expect(() => connectionOfAlias(name)).toThrow(refused);
      const connection = { ...bastion, name };
      expect(() => sshConfigText([connection], toolsIn('/a'), 'https://g')).toThrow(refused);
    },
  );

  it('is refused in the line for ~/.ssh/config, where names are patterns', () => {
    for (const file of ['/a*b', '/a?b', '/a[b]', '/a"b', '/$HOME', '/a\nb']) {
      expect(() => includeLine(file)).toThrow(expect.objectContaining({ code: 'UNSAFE_FOR_SSH' }));
    }
    expect(includeLine('/a b/ssh_config')).toBe('Include "/a b/ssh_config"');
  });
});

describe('the configuration', () => {
  it('leads plain ssh through hoopx ssh-proxy, and asks nothing', async () => {
    const text = sshConfigText([bastion], toolsIn('/opt/x'), 'https://[::1]:7443');
    for (const host of ['ssh-bastion', 'ssh-bastion.hoopx']) {
      expect(await configured(text, host)).toMatchObject({
        ...trusting,
        hostname: 'ssh-bastion.hoopx',
        proxycommand:
          "/opt/x/node /opt/x/run.js ssh-proxy --gateway 'https://[::1]:7443' ssh-bastion",
        userknownhostsfile: '/opt/x/hosts/ssh-bastion',
      });
    }
  });

  it('changes nothing for other hosts', async () => {
    const { proxycommand, user } = await configured(
      sshConfigText([bastion], toolsIn('/opt/x'), 'https://g'),
      'ssh-bastion2',
    );
    expect(proxycommand).toBeUndefined();
    expect(user).not.toBe('deploy');
  });

  it('stands against what the rest of a user configuration says for every host', async () => {
    const rest = [
      ...['Host *', 'ProxyJump elsewhere', 'HostName %h.example.com', 'User root'],
      ...['StrictHostKeyChecking no', 'UserKnownHostsFile /dev/null', 'ProxyUseFdpass yes'],
    ];
    const text = sshConfigText([bastion], toolsIn('/opt/x'), 'https://g');
    expect(await configured(`${text}${rest.join('\n')}\n`, 'ssh-bastion')).toMatchObject({
      ...trusting,
      hostname: 'ssh-bastion.hoopx',
      userknownhostsfile: '/opt/x/hosts/ssh-bastion',
      proxyusefdpass: 'no',
    });
  });

  it.each([
    ['spaces', '/home/ann lee/100% (new); touch x'],
    ['a percent sign', '/a%h/b'],
    ['a hash', '/a #b'],
  ])('keeps paths with %s as they are', async (_what, odd) => {
    const text = sshConfigText([bastion], toolsIn(odd), 'https://g');
    const { proxycommand = '', userknownhostsfile } = await configured(text, 'ssh-bastion');
    // What ssh would have the shell run, with its own tokens expanded.
    const command = proxycommand.replaceAll('%%', '%').replace(/^/, 'printf "<%s>" ');
    const { stdout } = await run('sh', ['-c', command]);
    const words = [`${odd}/node`, `${odd}/run.js`, 'ssh-proxy', '--gateway', 'https://[::1]:7443'];
    expect(stdout).toBe([...words, 'ssh-bastion'].map((word) => `<${word}>`).join(''));
    expect(userknownhostsfile?.replaceAll('%%', '%')).toBe(`${odd}/hosts/ssh-bastion`);
  });

  it('has a host key that ssh finds under the alias, whatever the case of the name', async () => {
    for (const name of ['ssh-bastion', 'Web_01.EU']) {
      const connection = { ...bastion, name };
      const file = path.join(folder, 'known_hosts');
      await writeFile(file, knownHostsText(connection));
      const text = sshConfigText([connection], toolsIn('/a'), 'https://g');
      const { hostkeyalias = '' } = await configured(text, name);
      const { stdout } = await run('ssh-keygen', ['-F', hostkeyalias, '-f', file]);
      expect(stdout).toContain(bastion.hostKey);
    }
  });
});

describe('the command line', () => {
  const guide = sshGuide(bastion, toolsIn('/opt/x'));

  it('says the same as the configuration', async () => {
    const { args = [] } = guide.direct?.program({ words: [], terminal: false }) ?? {};
    expect(args.slice(-2)).toEqual(['--', 'ssh-bastion.hoopx']);
    expect(await understood(args)).toMatchObject({
      ...trusting,
      proxycommand:
        "/opt/x/node /opt/x/run.js ssh-proxy --gateway 'https://[::1]:7443' ssh-bastion",
    });
  });

  it('goes by a port when one is open', async () => {
    const { args = [] } =
      guide.program(
        { kind: 'port', port: 4711, hosts: [] },
        { words: ['id'], terminal: false },
        '',
      ) ?? {};
    const { proxycommand, ...settings } = await understood(args);
    expect(settings).toMatchObject({ ...trusting, hostname: '127.0.0.1', port: '4711' });
    expect(proxycommand).toBeUndefined();
  });

  it.each([
    [['uptime', '-p']],
    [['sh', '-c', 'echo "$HOME"; exit 3']],
    [['-v', '--', 'x']],
    [["it's", '', '*', '$(id)', '`id`', 'a\nb', '\\', '%h']],
  ])('hands %j to the shell on the other side as exactly these words', async (words) => {
    const { args = [] } = guide.direct?.program({ words, terminal: false }) ?? {};
    const command = args.at(-1) ?? '';
    expect(args.slice(-3)).toEqual(['--', 'ssh-bastion.hoopx', command]);
    const { stdout } = await run('sh', ['-c', `printf '%s\\0' ${command}`]);
    expect(stdout).toBe(words.map((word) => `${word}\0`).join(''));
  });

  it('can be pasted into a shell', async () => {
    const asked = { words: ['echo', "it's"], terminal: true };
    const tools = { ...toolsIn('/a b'), environment: { HOOPX_REASON: "it's $5" } };
    const line = sshGuide(bastion, tools).direct?.commandLine(asked) ?? '';
    const show = 'ssh() { printf "%s\\0" "$HOOPX_REASON" "$@"; }';
    const { stdout } = await run('bash', ['-c', `${show}\n${line}`]);
    const [reason, ...args] = stdout.split('\0').slice(0, -1);
    expect(reason).toBe("it's $5");
    expect(args).toEqual(sshGuide(bastion, tools).direct?.program(asked).args);
    expect(args).toContain('-t');
  });
});
