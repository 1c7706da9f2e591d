import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { makeCertificates } from './certificates.ts';
import { freePort } from './free-port.ts';
import { peer } from './require-peer.ts';
import { endWhenGone } from './sshd.ts';

/** git's own http-backend behind nginx, over TLS, for whoever knows the token. */
export interface GitHost {
  /** Repositories in its folder are below this. */
  readonly url: string;
  /** PEM file of the authority that its certificate is from. */
  readonly authority: string;
  stop(): Promise<void>;
}

export interface GitLogin {
  readonly user: string;
  readonly token: string;
}

export async function startGitHost(repositories: string, login: GitLogin): Promise<GitHost> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-git-host-'));
  const [port, certificates] = [await freePort(), await makeCertificates()];
  const at = (name: string) => path.join(folder, name);
  for (const name of ['ca', 'cert', 'key'] as const) {
    await writeFile(at(`${name}.pem`), certificates[name], { mode: 0o600 });
  }
  await writeFile(at('users'), `${login.user}:{PLAIN}${login.token}\n`);
  await writeFile(at('nginx.conf'), configuration({ folder, port, repositories }));
  const backend = started('fcgiwrap', ['-s', `unix:${at('backend')}`]);
  const server = started(peer('nginx') ?? 'nginx', ['-c', at('nginx.conf'), '-p', folder]);
  for (const [child, mark] of [
    [backend, 'backend'],
    [server, 'pid'],
  ] as const) {
    for (let tries = 0; !existsSync(at(mark)); tries += 1) {
      if (tries > 400 || child.exitCode !== null) throw new Error(`no ${mark} of the git host`);
      await pause(25);
    }
  }
  return {
    url: `https://localhost:${port}`,
    authority: at('ca.pem'),
    async stop() {
      for (const child of [server, backend]) {
        const ended = once(child, 'exit');
        if (child.kill()) await ended;
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function started(program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: 'ignore' });
  endWhenGone(child);
  return child;
}

function configuration({
  folder,
  port,
  repositories,
}: {
  folder: string;
  port: number;
  repositories: string;
}): string {
  const parts = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const parameters = Object.entries({
    SCRIPT_FILENAME: '/usr/lib/git-core/git-http-backend',
    GIT_PROJECT_ROOT: repositories,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: '$uri',
    QUERY_STRING: '$query_string',
    REQUEST_METHOD: '$request_method',
    CONTENT_TYPE: '$content_type',
    CONTENT_LENGTH: '$content_length',
    REMOTE_USER: '$remote_user',
  });
  return `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 64; }
http {
access_log off; ${parts.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
server {
listen 127.0.0.1:${port} ssl; ssl_certificate ${folder}/cert.pem;
ssl_certificate_key ${folder}/key.pem;
auth_basic git; auth_basic_user_file ${folder}/users;
location / {
fastcgi_pass unix:${folder}/backend;
${parameters.map(([name, value]) => `fastcgi_param ${name} ${value};`).join('\n')}
}
}
}
`;
}
