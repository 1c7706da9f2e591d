import { get } from 'node:https';
import path from 'node:path';
import { freePort } from '../free-port.ts';
import { peer } from '../require-peer.ts';
import { type Program, startProgram } from './program.ts';

/** A data folder of its own; nothing of it outlives a crash of the machine. */
export async function startEtcd(folder: string): Promise<{ program: Program; url: string }> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const peers = `http://127.0.0.1:${await freePort()}`;
  const args = [
    ['--name', 'test', '--data-dir', path.join(folder, 'etcd')],
    ['--listen-client-urls', url, '--advertise-client-urls', url],
    ['--listen-peer-urls', peers, '--initial-advertise-peer-urls', peers],
    ['--initial-cluster', `test=${peers}`, '--logger', 'zap', '--log-level', 'warn'],
    ['--unsafe-no-fsync'],
  ].flat();
  const program = startProgram(programOf('etcd'), args, path.join(folder, 'etcd.log'));
  await until(program, async () => (await fetch(`${url}/health`)).ok);
  return { program, url };
}

/** On `port` of 127.0.0.1, with the certificates and tokens that are in `folder`. */
export function startApiServer(folder: string, port: number, etcd: string): Program {
  const at = (name: string) => path.join(folder, name);
  const flags = {
    'etcd-servers': etcd,
    'bind-address': '127.0.0.1',
    'secure-port': port,
    // Loopback is refused here; nobody is told of this address, as there is no reconciler.
    'advertise-address': '192.0.2.1',
    'endpoint-reconciler-type': 'none',
    'service-cluster-ip-range': '10.96.0.0/16',
    'tls-cert-file': at('tls.crt'),
    'tls-private-key-file': at('tls.key'),
    'client-ca-file': at('ca.crt'),
    'token-auth-file': at('tokens.csv'),
    'authorization-mode': 'RBAC',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-signing-key-file': at('service-accounts.key'),
    'service-account-key-file': at('service-accounts.key'),
    'kubelet-client-certificate': at('tls.crt'),
    'kubelet-client-key': at('tls.key'),
    'kubelet-certificate-authority': at('ca.crt'),
    'kubelet-preferred-address-types': 'InternalIP',
    // No controller makes the tokens that it waits for.
    'disable-admission-plugins': 'ServiceAccount',
    'feature-gates': 'EphemeralContainers=true',
    'allow-privileged': true,
    v: 1,
  };
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  return startProgram(programOf('kube-apiserver'), args, at('apiserver.log'));
}

/** Whether an API server says 200 there to whoever has the token. */
export function says200(url: string, ca: string, token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const request = get(url, { ca, headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('error', reject).setTimeout(5_000, () => request.destroy());
  });
}

/** Takes every pod that there is; says so to the API server before this returns. */
export async function startKubelet(folder: string, name: string): Promise<Program> {
  const own = path.join(folder, 'node');
  const args = ['--kubeconfig', path.join(folder, 'kubeconfig'), '--node', name, '--folder', own];
  const program = startProgram(programOf('hoopx-kubelet'), args, path.join(folder, 'node.log'));
  await until(program, async () => (await program.log()).startsWith('ready'));
  return program;
}

/** Asks until it is so; an `asked` that throws is a no. */
export async function until(program: Program, asked: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    await program.alive();
    if (await asked().catch(() => false)) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
  throw new Error(`does not get ready: ${(await program.log()).slice(-4000)}`);
}

function programOf(name: 'etcd' | 'kube-apiserver' | 'hoopx-kubelet'): string {
  const file = peer(name);
  if (file === null) throw new Error(`no ${name} here`);
  return file;
}
