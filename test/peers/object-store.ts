import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import { execa } from 'execa';
import type { BucketPlace, ObjectStore } from '../../src/core/object-store.ts';
import { Secret } from '../../src/core/secret.ts';
import { openBucket } from '../../src/s3/bucket.ts';
import { makeCertificates } from './certificates.ts';
import { freePort } from './free-port.ts';
import { endWhenGone } from './sshd.ts';

/** Ceph's Object Gateway over a cluster of one monitor and one OSD in memory, all on loopback. */
export interface ObjectStorePeer {
  readonly endpoint: string;
  /** The same over TLS, and a PEM file of the authority that its certificate is from. */
  readonly tls: { readonly endpoint: string; readonly authority: string };
  /** Makes a bucket, and says how to get at it. */
  bucket(name: string, options?: { readonly lock: boolean }): Promise<BucketPlace>;
  /** A request of its own, signed as the bucket's owner. */
  ask(method: string, pathAndQuery: string): Promise<Response>;
  /** What it was asked, as its log has it: `"PUT /bucket/key?… HTTP/1.1" 200`. */
  asked(): Promise<readonly string[]>;
  /** Takes the gateway away, or brings it back on the same port. */
  shutDown(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const keys = { accessKeyId: 'HOOPXTESTKEY', secretAccessKey: 'a-planted-secret-key' };

export async function startObjectStore(): Promise<ObjectStorePeer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-s3-'));
  const [monitor, port, tlsPort] = [await freePort(), await freePort(), await freePort()];
  const certificates = await makeCertificates();
  for (const name of ['ca', 'cert', 'key'] as const) {
    await writeFile(path.join(folder, `${name}.pem`), certificates[name], { mode: 0o600 });
  }
  const conf = path.join(folder, 'ceph.conf');
  const cluster = randomUUID();
  for (const name of ['mon', 'osd', 'run']) await mkdir(path.join(folder, name));
  await writeFile(conf, configuration(folder, { cluster, monitor, port, tlsPort }));
  const run = (program: string, ...args: string[]) => execa(program, args, { timeout: 60_000 });
  const children: ChildProcess[] = [];
  const start = (program: string, ...args: string[]) => {
    const child = spawn(program, ['-c', conf, ...args, '-f'], { stdio: 'ignore' });
    endWhenGone(child);
    children.push(child);
    return child;
  };
  const endpoint = `http://127.0.0.1:${port}`;
  const startGateway = async () => {
    const child = start('radosgw', '-n', 'client.rgw');
    const up = async () => (await fetch(endpoint).catch(() => null))?.status ?? 0;
    for (let tries = 0; (await up()) !== 200; tries += 1) {
      if (tries > 1_500 || child.exitCode !== null) throw new Error('radosgw does not answer');
      await pause(50);
    }
    return child;
  };

  const keyring = path.join(folder, 'keyring');
  await writeFile(keyring, keyringText(secretKey()), { mode: 0o600 });
  const map = path.join(folder, 'monmap');
  const address = `[v2:127.0.0.1:${monitor}]`;
  await run('monmaptool', '--create', '--fsid', cluster, '--addv', 'a', address, map);
  await run('ceph-mon', '-c', conf, '--mkfs', '-i', 'a', '--monmap', map, '--keyring', keyring);
  start('ceph-mon', '-i', 'a');
  const osd = randomUUID();
  await run('ceph', '-c', conf, 'osd', 'new', osd);
  await run('ceph-osd', '-c', conf, '-i', '0', '--mkfs', '--osd-uuid', osd);
  start('ceph-osd', '-i', '0');
  let gateway = await startGateway();
  const user = ['--uid=test', '--display-name=test', `--access-key=${keys.accessKeyId}`];
  const secret = `--secret-key=${keys.secretAccessKey}`;
  await run('radosgw-admin', '-c', conf, '-n', 'client.rgw', 'user', 'create', ...user, secret);

  const client = new AwsClient({ ...keys, region: 'us-east-1', service: 's3', retries: 0 });
  return {
    endpoint,
    tls: { endpoint: `https://127.0.0.1:${tlsPort}`, authority: path.join(folder, 'ca.pem') },
    async bucket(name, { lock } = { lock: false }) {
      const headers: Record<string, string> = lock
        ? { 'x-amz-bucket-object-lock-enabled': 'true' }
        : {};
      const made = await client.fetch(`${endpoint}/${name}`, { method: 'PUT', headers });
      if (!made.ok) throw new Error(await made.text());
      return {
        ...{ endpoint, region: 'us-east-1', bucket: name, prefix: 'gw' },
        accessKey: new Secret(keys.accessKeyId),
        secretKey: new Secret(keys.secretAccessKey),
      };
    },
    ask: (method, pathAndQuery) => client.fetch(`${endpoint}${pathAndQuery}`, { method }),
    async asked() {
      const log = await readFile(path.join(folder, 'client.rgw.log'), 'utf8');
      return [...log.matchAll(/beast: .*?("[A-Z]+ [^"]*" \d+)/g)].map(([, each]) => each ?? '');
    },
    // What others would wait for from one that was killed, it says by itself.
    shutDown: () => end(gateway, 'SIGTERM'),
    async restart() {
      gateway = await startGateway();
    },
    async stop() {
      for (const child of children.toReversed()) await end(child);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** An object store over that bucket, with other words for some of it. */
export function bucketAt(place: BucketPlace, changed: Partial<BucketPlace> = {}): ObjectStore {
  return openBucket({ ...place, ...changed });
}

async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

/** As Ceph's CryptoKey is written: its type (AES), when it was made, its length, and 16 bytes. */
function secretKey(): string {
  const head = Buffer.alloc(12);
  head.writeUInt16LE(1, 0);
  head.writeUInt32LE(Math.floor(Date.now() / 1_000), 2);
  head.writeUInt16LE(16, 10);
  return Buffer.concat([head, randomBytes(16)]).toString('base64');
}

function keyringText(key: string): string {
  const all = '\tcaps mon = "allow *"\n\tcaps osd = "allow *"\n';
  const osd = '\tcaps mon = "allow profile osd"\n\tcaps osd = "allow *"\n';
  return [
    `[mon.]\n\tkey = ${key}\n\tcaps mon = "allow *"\n`,
    `[client.admin]\n\tkey = ${key}\n${all}`,
    `[client.rgw]\n\tkey = ${key}\n${all}`,
    `[osd.0]\n\tkey = ${key}\n${osd}`,
  ].join('');
}

function configuration(
  folder: string,
  parts: { cluster: string; monitor: number; port: number; tlsPort: number },
): string {
  const { cluster, monitor, port, tlsPort } = parts;
  const tls = `ssl_endpoint=127.0.0.1:${tlsPort} ssl_certificate=${folder}/cert.pem ssl_private_key=${folder}/key.pem`;
  return `[global]
fsid = ${cluster}
mon host = [v2:127.0.0.1:${monitor}]
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
run dir = ${folder}/run
admin socket = ${folder}/run/$name.asok
pid file = ${folder}/run/$name.pid
log file = ${folder}/$name.log
log to stderr = false
keyring = ${folder}/keyring
mon data = ${folder}/mon
osd data = ${folder}/osd
auth allow insecure global id reclaim = false
mon allow pool size one = true
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 1073741824
paxos propose interval = 0.1
paxos min wait = 0.05
rgw frontends = beast endpoint=127.0.0.1:${port} ${tls}
rgw enable apis = s3
rgw thread pool size = 16
rgw run sync thread = false
rgw enable lc threads = false
rgw enable gc threads = false
rgw enable quota threads = false
rgw override bucket index max shards = 1
`;
}
