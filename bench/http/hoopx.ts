import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../src/demo/free-port.ts';
import { gatewayHead } from '../gateway-head.ts';
import { startProgram } from '../processes.ts';
import { profiled } from '../profiled.ts';
import type { HttpRoute } from './route.ts';
import type { HttpWorld } from './world.ts';

export const product = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

/** Client → `connect` → TLS → gateway → service, by the build whose bin/run.js that is. */
export async function hoopxRoute(
  world: HttpWorld,
  name: string,
  program: string,
): Promise<HttpRoute> {
  const { folder, provider, started } = world;
  const home = path.join(folder, name);
  await mkdir(home);
  const port = await freePort();
  const file = path.join(home, 'hoopx.gateway.yaml');
  await writeFile(file, gatewayConfiguration(port, world));
  const start = (part: string, args: readonly string[], env: Readonly<Record<string, string>>) =>
    started(
      startProgram(process.execPath, [...profiled(`${name}-${part}`), program, ...args], {
        env: { HOME: home, ...env },
      }),
    );
  const gateway = start('gateway', ['gateway', 'start', '--config', file], {
    SERVICE_TOKEN: world.service.token,
  });
  await gateway.line(/the gateway listens/);
  const near = start('connect', ['connect', 'http-bench', '--json'], {
    HOOPX_GATEWAY: `https://127.0.0.1:${port}`,
    HOOPX_CA: path.join(folder, 'ca.pem'),
    HOOPX_TOKEN: await provider.tokenFor('engineer'),
    HOOPX_CREDENTIALS: 'file',
  });
  const ready = JSON.parse(await near.line(/^\{.*"port"/));
  return { name, port: ready.port, between: [near, gateway] };
}

/** All that is asked for is allowed, by rules that look at method, path, headers and body. */
function gatewayConfiguration(port: number, { provider, service }: HttpWorld): string {
  const reads = { method: ['GET'], path: ['/large', '/v1/orders/:id'] };
  const writes = { method: ['POST'], path: ['/v1/orders'], body: { state: ['ready', 'paused'] } };
  return JSON.stringify({
    ...gatewayHead(port, provider, '..'),
    connections: {
      'http-bench': {
        type: 'http',
        url: `http://127.0.0.1:${service.port}`,
        credential: { bearer: 'env:SERVICE_TOKEN' },
        access: { groups: ['engineering'] },
      },
    },
    rules: [
      { name: 'reads', http: reads, then: 'allow' },
      { name: 'orders', http: writes, then: 'allow' },
      { name: 'nothing of admins', http: { path: ['/admin/*'] }, then: 'deny' },
      { name: 'deletes', http: { method: ['DELETE'] }, then: 'review', chain: 'dba' },
      { name: 'no debugging', http: { headers: ['x-debug: *'] }, then: 'deny' },
    ],
    chains: { dba: { stages: [{ groups: ['dba'], count: 1 }], fallback: 'deny' } },
    defaults: { unmatched: 'deny' },
  });
}
