import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { makeCertificates } from '../../peers/certificates.ts';
import { freePort } from '../../peers/free-port.ts';
import { describeWith, peer } from '../../peers/require-peer.ts';
import { listening, noTls, pause, startGated } from './gated.ts';

const run = promisify(execFile);

test('a service whose certificate nobody vouches for is not talked to', async () => {
  const { ca, cert, key } = await makeCertificates();
  let asked = 0;
  const server = createServer({ cert, key }, (_request, response) => {
    asked += 1;
    response.end('over TLS');
  });
  const port = await listening(server);
  const peerAt = { host: '127.0.0.1', port };
  await using distrusting = await startGated(peerAt, { target: { scheme: 'https' } });
  const refused = await fetch(`${distrusting.url}/open`);
  expect(refused.status).toBe(502);
  expect(await refused.json()).toMatchObject({ code: 'UPSTREAM_UNTRUSTED' });
  expect(asked).toBe(0);

  await using trusting = await startGated(peerAt, {
    target: {
      scheme: 'https',
      tls: { ...noTls, ca },
      credential: { kind: 'bearer', token: new Secret('t') },
    },
  });
  expect(await (await fetch(`${trusting.url}/open`)).text()).toBe('over TLS');
  const renamed = { ...noTls, ca, serverName: 'other.test' };
  await using wrong = await startGated(peerAt, { target: { scheme: 'https', tls: renamed } });
  expect((await fetch(`${wrong.url}/open`)).status).toBe(502);
  server.close();
});

test('a service that wants a certificate of its clients sees the gateway’s, and none of theirs', async () => {
  const { ca, cert, key } = await makeCertificates();
  const seen: unknown[] = [];
  const settings = { cert, key, ca, requestCert: true, rejectUnauthorized: true };
  const server = createServer(settings, ({ socket }, response) => {
    if ('getPeerCertificate' in socket && typeof socket.getPeerCertificate === 'function') {
      seen.push(socket.getPeerCertificate().subject?.CN);
    }
    response.end('for you');
  });
  const port = await listening(server);
  const at = { host: '127.0.0.1', port };
  await using without = await startGated(at, {
    target: { scheme: 'https', tls: { ...noTls, ca } },
  });
  expect((await fetch(`${without.url}/open`)).status).toBe(502);
  expect(seen).toEqual([]);
  const tls = { ...noTls, ca, cert, key: new Secret(key) };
  await using gated = await startGated(at, { target: { scheme: 'https', tls } });
  expect(await (await fetch(`${gated.url}/open`)).text()).toBe('for you');
  expect(seen).toHaveLength(1);
  server.close();
});

describeWith(['nginx', 'curl'], 'nginx behind the gate', () => {
  test('serves curl, whatever version of HTTP it speaks', async () => {
    await using nginx = await startNginx();
    await using gated = await startGated(nginx);
    const curl = async (...args: string[]) => (await run('curl', ['-sS', ...args])).stdout;
    expect(await curl(`${gated.url}/open/file`)).toBe('from nginx');
    expect(await curl('--http1.0', `${gated.url}/open/file`)).toBe('from nginx');
    expect(await curl('--http2-prior-knowledge', `${gated.url}/open/file`)).toBe('from nginx');
    expect(await curl('--http2', `${gated.url}/open/file`)).toBe('from nginx');
    expect(await curl('-r', '5-9', `${gated.url}/open/file`)).toBe('nginx');
    expect(await curl('-I', `${gated.url}/open/file`)).toContain('Content-Length: 10');
    expect(await curl('--path-as-is', `${gated.url}/open/../secret/file`)).toContain('dot segment');
    const upload = ['-T', '-', '-H', 'Expect:', `${gated.url}/stream/new`];
    const sent = run('sh', [
      '-c',
      `head -c 3000000 /dev/zero | curl -sS ${upload.join(' ').replace('Expect:', '"Expect:"')}`,
    ]);
    await sent;
    expect((await readFile(path.join(nginx.root, 'stream/new'))).length).toBe(3_000_000);
  });

  test('serves fetch over kept connections, and says 502 once it is gone', async () => {
    const nginx = await startNginx();
    await using gated = await startGated(nginx);
    for (let count = 0; count < 50; count += 1) {
      expect(await (await fetch(`${gated.url}/open/file`)).text()).toBe('from nginx');
    }
    await nginx[Symbol.asyncDispose]();
    expect((await fetch(`${gated.url}/open/file`)).status).toBe(502);
  });
});

interface Nginx extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly root: string;
}

async function startNginx(): Promise<Nginx> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-nginx-'));
  const port = await freePort();
  const root = path.join(folder, 'root');
  await run('mkdir', ['-p', ...['open', 'secret', 'stream'].map((name) => path.join(root, name))]);
  for (const name of ['open', 'secret'])
    await writeFile(path.join(root, name, 'file'), 'from nginx');
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n');
  await writeFile(
    path.join(folder, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 256; }
http { access_log off; ${paths}
server { listen 127.0.0.1:${port}; root ${root}; client_max_body_size 0; dav_methods PUT; } }
`,
  );
  const child = spawn(
    peer('nginx') ?? 'nginx',
    ['-c', path.join(folder, 'nginx.conf'), '-p', folder],
    {
      stdio: 'ignore',
    },
  );
  const exited = new Promise((resolve) => child.once('exit', resolve));
  for (let tries = 0; tries < 200; tries += 1) {
    const up = await fetch(`http://127.0.0.1:${port}/open/file`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (up) break;
    await pause(25);
  }
  return {
    host: '127.0.0.1',
    port,
    root,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
