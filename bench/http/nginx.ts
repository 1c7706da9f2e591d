import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '../../src/demo/free-port.ts';
import { type Companion, startProgram } from '../processes.ts';
import type { HttpParts, HttpRoute } from './route.ts';

interface NginxServer {
  readonly name: string;
  readonly tls: boolean;
  /** Of the `server` block. */
  readonly lines: readonly string[];
  /** The port that `proxy_pass` leads to. */
  readonly next: number | null;
}

/** One process, as one gateway is; it keeps its connections, and logs no request. */
export async function startNginx(
  { folder, started }: Pick<HttpParts, 'folder' | 'started'>,
  { name, tls, lines, next }: NginxServer,
): Promise<{ readonly port: number; readonly companion: Companion }> {
  const home = path.join(folder, name);
  await mkdir(home);
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${home}/${kind};`,
  );
  const upstream = `upstream next { server 127.0.0.1:${next}; keepalive 64; keepalive_requests 100000000; }`;
  const config = [
    `daemon off; master_process off; pid ${home}/pid; error_log ${home}/error.log;`,
    'events { worker_connections 1024; }',
    ...['http {', ...temporary, 'access_log off; tcp_nodelay on;'],
    ...['keepalive_timeout 1h; keepalive_requests 100000000;', next === null ? '' : upstream],
    ...['server {', `listen 127.0.0.1:${port}${tls ? ' ssl' : ''};`, ...lines, '} }', ''],
  ];
  const file = path.join(home, 'nginx.conf');
  await writeFile(file, config.join('\n'));
  const companion = started(startProgram('nginx', ['-c', file, '-p', home]));
  await companion.listening(port);
  return { port, companion };
}

/** Client → nginx → TLS → nginx → service: the hops that `connect` and a gateway are. */
export async function nginxRoute(parts: HttpParts): Promise<HttpRoute> {
  const { folder, service } = parts;
  const far = await startNginx(parts, {
    name: 'far',
    tls: true,
    next: service.port,
    lines: [
      ...[`ssl_certificate ${folder}/cert.pem;`, `ssl_certificate_key ${folder}/key.pem;`],
      ...gatewayLines(parts),
    ],
  });
  const near = await startNginx(parts, {
    name: 'near',
    tls: false,
    next: far.port,
    lines: [
      ...proxyLines('https'),
      ...['proxy_set_header Host $http_host;', 'proxy_ssl_verify on;'],
      ...['proxy_ssl_name localhost;', `proxy_ssl_trusted_certificate ${folder}/ca.pem;`],
    ],
  });
  return { name: 'nginx', port: near.port, between: [near.companion, far.companion] };
}

/** Client → nginx → service, without TLS anywhere. */
export async function singleNginxRoute(parts: HttpParts): Promise<HttpRoute> {
  const { port, companion } = await startNginx(parts, {
    name: 'single',
    tls: false,
    next: parts.service.port,
    lines: gatewayLines(parts),
  });
  return { name: 'nginx, one hop', port, between: [companion] };
}

function proxyLines(scheme: 'http' | 'https'): readonly string[] {
  return [
    `location / { proxy_pass ${scheme}://next; }`,
    ...['proxy_http_version 1.1;', 'proxy_set_header Connection "";'],
  ];
}

/**
 * What nginx can do of a gateway's work: it adds the credential, says who asks, and does not
 * pass on what the client says of that.
 */
function gatewayLines({ service }: HttpParts): readonly string[] {
  const headers = {
    Host: `127.0.0.1:${service.port}`,
    Authorization: `"Bearer ${service.token}"`,
    'X-Hoopx-User': 'engineer',
    Via: '"1.1 nginx"',
  };
  const dropped = ['X-Forwarded-For', 'X-Forwarded-Host', 'X-Real-IP', 'Forwarded'];
  return [
    ...proxyLines('http'),
    ...Object.entries(headers).map(([name, value]) => `proxy_set_header ${name} ${value};`),
    ...dropped.map((name) => `proxy_set_header ${name} "";`),
  ];
}
