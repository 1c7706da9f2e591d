import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';

/** Only root can make accounts, and only its sshd lets in others than whoever started it. */
export const canAddAccounts = process.getuid?.() === 0;

export interface Account {
  readonly name: string;
  readonly password: string;
  remove(): Promise<void>;
}

/** A throwaway account without rights of its own. */
export async function addAccount(): Promise<Account> {
  const name = `hoopx-${randomBytes(4).toString('hex')}`;
  const password = randomBytes(12).toString('base64url');
  await run('useradd', ['--no-create-home', '--home-dir', '/', '--shell', '/bin/sh', name]);
  await run('chpasswd', [], `${name}:${password}\n`);
  return { name, password, remove: () => run('userdel', [name]) };
}

async function run(program: string, args: readonly string[], input = ''): Promise<void> {
  const child = spawn(program, [...args], { stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} failed`);
}
