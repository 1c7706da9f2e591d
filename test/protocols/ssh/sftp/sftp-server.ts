import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import { peer } from '../../../peers/require-peer.ts';

/** A folder of this test's own, as the system names it. */
export function testFolder(): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'hoopx-sftp-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface SftpServer {
  readonly stream: Duplex;
  readonly process: ChildProcess;
}

/** OpenSSH's server, whose home is `folder`. */
export function startSftpServer(folder: string): SftpServer {
  const program = peer('sftp-server');
  if (program === null) throw new Error('no sftp-server');
  const child = spawn(program, [], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => {});
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
  stream.on('error', () => {});
  return { stream, process: child };
}
