import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeCertificates } from '../../src/demo/certificates.ts';
import { freePort } from '../../src/demo/free-port.ts';
import { startProvider } from '../../test/peers/provider.ts';
import { startSshd } from '../../test/peers/sshd.ts';
import { type Companion, startProgram } from '../processes.ts';
import { gatewayConfiguration } from './gateway-configuration.ts';
import { output, product } from './programs.ts';

/** A server, a gateway, and what ssh needs for both ways there. */
export interface SshWorld extends AsyncDisposable {
  readonly folder: string;
  /** Knows the hosts `direct` and `ssh-bench`. */
  readonly sshConfig: string;
  /** For whatever may start `hoopx`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly gateway: Companion;
  readonly started: (companion: Companion) => Companion;
}

const tokenSeconds = 4 * 3600;

/** `ciphers`: for both ways alike; null leaves them to ssh's own order. */
export async function createSshWorld(ciphers: string | null): Promise<SshWorld> {
  const companions: Companion[] = [];
  const started = (companion: Companion) => {
    companions.push(companion);
    return companion;
  };
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-bench-'));
  const at = (name: string) => path.join(folder, name);
  const provider = await startProvider({ tokenSeconds });
  const sshd = await startSshd();
  const [{ ca, cert, key }, port] = [await makeCertificates(), await freePort()];
  await writeFile(at('ca.pem'), ca);
  await writeFile(at('cert.pem'), cert);
  await writeFile(at('key.pem'), key, { mode: 0o600 });
  const config = at('hoopx.gateway.yaml');
  await writeFile(config, gatewayConfiguration(port, sshd, provider));
  const environment = {
    HOME: folder,
    HOOPX_GATEWAY: `https://127.0.0.1:${port}`,
    HOOPX_CA: at('ca.pem'),
    HOOPX_TOKEN: await provider.tokenFor('engineer'),
    HOOPX_CREDENTIALS: 'file',
  };
  const args = [...profiled('gateway'), product, 'gateway', 'start', '--config', config];
  const gateway = started(startProgram(process.execPath, args, { env: { HOME: folder } }));
  await gateway.line(/the gateway listens/);

  const bastion = await output(process.execPath, [product, 'ssh-config', '--print'], environment);
  await writeFile(at('known_hosts'), `[127.0.0.1]:${sshd.port} ${sshd.hostKey}\n`);
  const direct = [
    'Host direct',
    ...['HostName 127.0.0.1', `Port ${sshd.port}`, `User ${sshd.user}`],
    ...[`IdentityFile ${sshd.keyFile}`, 'IdentitiesOnly yes'],
    ...[`UserKnownHostsFile ${at('known_hosts')}`, 'StrictHostKeyChecking yes'],
  ];
  const all = ciphers === null ? [] : ['Host *', `Ciphers ${ciphers}`];
  await writeFile(at('ssh_config'), [withProfile(bastion), ...direct, ...all, ''].join('\n'));
  return {
    ...{ folder, environment, gateway, started },
    sshConfig: at('ssh_config'),
    async [Symbol.asyncDispose]() {
      for (const companion of companions.reverse()) await companion.stop();
      await sshd.stop();
      await provider.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** With HOOPX_BENCH_PROFILE=FOLDER the product's processes leave CPU profiles there. */
function profiled(part: string): readonly string[] {
  const folder = process.env.HOOPX_BENCH_PROFILE;
  if (folder === undefined) return [];
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${part}.cpuprofile`];
}

function withProfile(sshConfig: string): string {
  const options = profiled('ssh-proxy');
  if (options.length === 0) return sshConfig;
  const program = `ProxyCommand ${process.execPath} `;
  return sshConfig.replaceAll(program, `${program}${options.join(' ')} `);
}
