import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Certificates } from './certificates.ts';
import { freePort } from './free-port.ts';
import { peer } from './require-peer.ts';

/** A throwaway rsyslog that receives over TLS, and knows clients by certificates of its authority. */
export interface RsyslogPeer {
  readonly port: number;
  /** Each message as it came, without its framing. */
  messages(): Promise<readonly string[]>;
  start(): Promise<void>;
  kill9(): Promise<void>;
  stop(): Promise<void>;
}

/** Throws when there is no rsyslogd: ask `describeWith` first. */
export async function startRsyslog({ ca, cert, key }: Certificates): Promise<RsyslogPeer> {
  const program = peer('rsyslogd');
  if (program === null) throw new Error('no rsyslogd here');
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-rsyslog-'));
  const at = (name: string) => path.join(folder, name);
  const port = await freePort();
  await writeFile(at('ca.pem'), ca);
  await writeFile(at('cert.pem'), cert);
  await writeFile(at('key.pem'), key, { mode: 0o600 });
  await writeFile(at('rsyslog.conf'), configOf(at, port));
  await writeFile(at('messages'), '');
  let server: ChildProcess | null = null;

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = server;
    server = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
    await rm(at('pid'), { force: true });
  }

  async function start(): Promise<void> {
    const args = ['-n', '-f', at('rsyslog.conf'), '-i', at('pid')];
    const child = spawn(program ?? '', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    server = child;
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    for (let tries = 0; tries < 400; tries += 1) {
      if (child.exitCode !== null) break;
      if (await answers(port)) return;
      await delay(25);
    }
    throw new Error(`rsyslogd did not start: ${said}`);
  }

  await start();
  return {
    port,
    async messages() {
      return (await readFile(at('messages'), 'utf8')).split('\n').slice(0, -1);
    },
    start,
    kill9: () => end('SIGKILL'),
    async stop() {
      await end('SIGTERM');
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function configOf(at: (name: string) => string, port: number): string {
  return `global(
  workDirectory="${path.dirname(at('x'))}" maxMessageSize="64k"
  defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="${at('ca.pem')}"
  defaultNetstreamDriverCertFile="${at('cert.pem')}" defaultNetstreamDriverKeyFile="${at('key.pem')}"
)
module(
  load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="x509/certvalid"
)
input(type="imtcp" address="127.0.0.1" port="${port}")
template(name="whole" type="string" string="%rawmsg%\\n")
action(type="omfile" file="${at('messages')}" template="whole")
`;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
