import { existsSync, statSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RefusedError } from '../../../../src/core/refusal.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { type Account, addAccount, canAddAccounts } from '../../../peers/account.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { type SshdPeer, startSshd } from '../../../peers/sshd.ts';
import { type Gated, pause, startGated } from './gated.ts';

const everything = {
  name: 'all',
  ssh: { kind: ['exec', 'shell'], class: ['plain', 'opaque', 'unknown'] },
} as const;

describeWith(['sshd', 'ssh', 'ssh-keygen'], 'an account without privileges at the server', () => {
  let account: Account;
  let peer: SshdPeer;
  let dialogues: SshdPeer;
  let place: string;

  beforeAll(async () => {
    if (!canAddAccounts) return;
    account = await addAccount();
    peer = await startSshd({ config: ['PasswordAuthentication yes'] });
    dialogues = await startSshd({
      config: ['PasswordAuthentication no', 'KbdInteractiveAuthentication yes', 'UsePAM yes'],
    });
    place = path.join(peer.folder, 'open');
    for (const { folder } of [peer, dialogues]) await chmod(folder, 0o755);
    await mkdir(place);
    await chmod(place, 0o777);
  });
  afterAll(async () => {
    if (!canAddAccounts) return;
    await peer.stop();
    await dialogues.stop();
    await account.remove();
  });

  const login = (password = account.password) => ({
    ...{ user: account.name, key: null, password: new Secret(password) },
  });

  test.runIf(canAddAccounts)(
    'is not opened by a wrong password, which nobody is shown',
    async () => {
      for (const server of [peer, dialogues]) {
        await using gated = await startGated(server, { target: login('wr0ngWr0ng') });
        const { stderr, code } = await gated.ssh('target', 'true').ended;
        expect(stderr).toContain('UPSTREAM_REFUSED_LOGIN');
        expect(stderr).not.toContain('wr0ngWr0ng');
        expect(code).toBe(255);
        expect(gated.failures).toEqual([]);
      }
    },
  );

  test.runIf(canAddAccounts)('is opened by its password', async () => {
    await using gated = await startGated(peer, { target: login() });
    const { stdout } = await gated.ssh('target', 'echo in').ended;
    expect(stdout.toString()).toBe('in\n');
    expect(peer.log()).toContain(`Accepted password for ${account.name}`);
  });

  test.runIf(canAddAccounts)('is opened by its password in a dialogue', async () => {
    await using gated = await startGated(dialogues, { target: login() });
    const { stdout } = await gated.ssh('target', 'echo in').ended;
    expect(stdout.toString()).toBe('in\n');
    expect(dialogues.log()).toContain(`Accepted keyboard-interactive/pam for ${account.name}`);
  });

  async function runs(gated: Gated, command: string, file: string) {
    const client = gated.ssh('target', command);
    await gated.approve();
    while (!existsSync(file)) await pause();
    return client;
  }

  async function standsStill(file: string): Promise<boolean> {
    const before = statSync(file).size;
    await pause(1_000);
    return statSync(file).size - before <= 1;
  }

  test.runIf(canAddAccounts).each([
    ['heeds', ''],
    ['ignores', "trap '' TERM; "],
  ])('runs no command further that %s TERM, once its session is killed', async (how, trap) => {
    await using gated = await startGated(peer, {
      target: login(),
      rules: [{ ...everything, then: 'review', chain: 'ops' }],
    });
    const file = path.join(place, how);
    const command = `${trap}while :; do echo >>${file}; sleep 0.1; done`;
    const client = await runs(gated, command, file);
    gated.ending.abort(new RefusedError({ code: 'SESSION_KILLED', message: 'ended by ann' }));
    const { code, stderr } = await client.ended;
    expect({ code, stderr }).toEqual({ code: 84, stderr: expect.stringContaining('by ann') });
    while (gated.sessions() > 0) await pause();
    expect(await standsStill(file)).toBe(true);
    expect(gated.failures).toEqual([]);
  });

  test.runIf(canAddAccounts)(
    'runs on what its client leaves behind, as with ssh itself',
    async () => {
      await using gated = await startGated(peer, {
        target: login(),
        rules: [{ ...everything, then: 'review', chain: 'ops' }],
      });
      const [begun, file] = [path.join(place, 'begun'), path.join(place, 'goes-on')];
      const client = await runs(gated, `echo >${begun}; sleep 1; echo >${file}`, begun);
      client.child.kill('SIGKILL');
      while (!existsSync(file)) await pause();
      while (gated.sessions() > 0) await pause();
    },
  );
});
