import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from './require-peer.ts';
import { type RunningSystem, startSystem } from './running-system.ts';
import { sshTarget } from './ssh-system.ts';
import { type SshdPeer, startSshd } from './sshd.ts';

const playbook = `
- hosts: Ssh-Bastion
  gather_facts: false
  tasks:
    - ping:
    - copy: { content: "from a playbook", dest: "{{ place }}/copied" }
    - command: "touch {{ place }}/{{ item }}"
      loop: [one, two, three]
    - command: "ls {{ place }}"
      register: files
    - debug: { msg: "there are {{ files.stdout_lines | sort | join(' ') }}" }
`;

/** Ansible over a file that `hoopx ssh-config` wrote: one connection that it shares among its tasks. */
describeWith(['postgres', 'sshd', 'ssh', 'sftp', 'ansible'], 'Ansible', () => {
  let sshd: SshdPeer;
  let system: RunningSystem;
  let environment: Readonly<Record<string, string>>;

  beforeAll(async () => {
    sshd = await startSshd();
    const target = sshTarget(sshd);
    const files = 'sftp_read, sftp_write, sftp_list, sftp_stat, sftp_setstat';
    system = await startSystem({
      connections: [`Ssh-Bastion: { ${target}, access: { groups: [engineering] }, sftp: true }`],
      rules: [
        '{ name: commands pass, ssh: { kind: [exec], class: [plain, opaque] }, then: allow }',
        '{ name: never halt, pattern: "halt", then: deny, message: "Ask the platform team." }',
        `{ name: files pass, ssh: { kind: [${files}] }, then: allow }`,
      ],
    });
    expect(await system.run('engineer', 'ssh-config')).toMatchObject({ code: 0 });
    const config = path.join(system.folder, 'config', 'hoopx', 'ssh_config');
    environment = {
      ...(await system.environment('engineer')),
      ANSIBLE_HOME: path.join(system.folder, 'ansible'),
      ANSIBLE_SSH_ARGS: `-F ${config} -o ControlMaster=auto -o ControlPersist=20s`,
      ANSIBLE_SSH_CONTROL_PATH_DIR: system.folder,
      ANSIBLE_PYTHON_INTERPRETER: 'auto_silent',
      ANSIBLE_NOCOLOR: '1',
    };
  });
  afterAll(async () => {
    await system[Symbol.asyncDispose]();
    await sshd.stop();
  });

  const ansible = (pipelining: boolean, program: string, ...args: readonly string[]) =>
    system.spawn(program, ['-i', 'Ssh-Bastion,', ...args], {
      env: { ...environment, ANSIBLE_PIPELINING: pipelining ? '1' : '0' },
    }).ended;

  test('is told why a command is denied', async () => {
    const ran = await ansible(true, 'ansible', 'Ssh-Bastion', '-m', 'raw', '-a', 'halt');
    expect(ran.code).not.toBe(0);
    expect(ran.stdout + ran.stderr).toContain('Ask the platform team.');
  });

  test.each([true, false])('runs a playbook, pipelining: %s', async (pipelining) => {
    const place = path.join(sshd.folder, `place-${pipelining}`);
    const file = path.join(system.folder, 'playbook.yaml');
    await writeFile(file, playbook);
    await ansible(pipelining, 'ansible', 'Ssh-Bastion', '-m', 'raw', '-a', `mkdir ${place}`);
    const { code, stdout } = await ansible(
      ...([pipelining, 'ansible-playbook', '-e', `place=${place}`, file] as const),
    );
    expect(stdout).toContain('there are copied one three two');
    expect(code).toBe(0);
    expect(await readFile(path.join(place, 'copied'), 'utf8')).toBe('from a playbook');
  });
});
