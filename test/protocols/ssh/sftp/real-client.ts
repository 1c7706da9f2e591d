import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { relaySftp } from '../../../../src/protocols/ssh/sftp/relay.ts';
import { peer } from '../../../peers/require-peer.ts';
import { type Decisions, decisions } from './decisions.ts';
import { startSftpServer, testFolder } from './sftp-server.ts';

export interface Batch {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** OpenSSH's client and server, each with a folder of its own, and the relay between them. */
export interface RealSftp extends Decisions {
  /** Where the client runs. */
  readonly local: string;
  /** Where the server runs. */
  readonly remote: string;
  /** How each relay ended: null, or what it threw. */
  readonly ends: unknown[];
  /** Runs commands of sftp(1); `-` before one goes on behind its failure. */
  run(commands: readonly string[], options?: readonly string[]): Promise<Batch>;
}

export async function realSftp(made: Decisions = decisions()): Promise<RealSftp> {
  const [local, remote, own] = [testFolder(), testFolder(), testFolder()];
  const ends: unknown[] = [];
  const socket = path.join(own, 'relay');
  await listen(socket, async (client) => {
    const upstream = startSftpServer(remote).stream;
    const { signal } = new AbortController();
    const ended = relaySftp({ client, upstream, decide: made.decide, signal });
    ends.push(await ended.then(() => null).catch((error: unknown) => error));
    client.end();
    upstream.end();
  });
  const program = writeBridge(own, socket);
  return { ...made, local, remote, ends, run: (commands, more = []) => run(commands, more) };

  async function run(commands: readonly string[], more: readonly string[]): Promise<Batch> {
    const args = ['-q', ...more, '-b', '-', '-D', program];
    const child = spawn(peer('sftp') ?? 'sftp', args, { cwd: local });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.stdin.end(`${commands.join('\n')}\n`);
    const [exitCode] = await once(child, 'close');
    return { exitCode, stdout, stderr };
  }
}

async function listen(socket: string, serve: (client: Socket) => Promise<void>): Promise<void> {
  const listener = createServer((client) => {
    client.on('error', () => {});
    void serve(client);
  });
  listener.listen(socket);
  await once(listener, 'listening');
  onTestFinished(() => void listener.close());
}

/** What the client starts in the place of a server: its stdin and stdout are the relay's. */
function writeBridge(folder: string, socket: string): string {
  const script = path.join(folder, 'bridge.mjs');
  writeFileSync(
    script,
    `import { connect } from 'node:net';
    const relay = connect(${JSON.stringify(socket)});
    process.stdin.pipe(relay);
    relay.pipe(process.stdout);
    relay.on('close', () => process.exit());`,
  );
  const program = path.join(folder, 'bridge');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${script}'\n`);
  chmodSync(program, 0o755);
  return program;
}
