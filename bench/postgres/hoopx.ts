import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../src/demo/free-port.ts';
import type { PostgresPeer } from '../../test/peers/postgres.ts';
import type { TestProvider } from '../../test/peers/provider.ts';
import { gatewayHead } from '../gateway-head.ts';
import { type Companion, startProgram } from '../processes.ts';
import type { Route, RouteParts } from './route.ts';

export interface HoopxGateway {
  readonly url: string;
  readonly home: string;
  readonly process: Companion;
}

const product = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const bare = fileURLToPath(new URL('bare-gateway-program.ts', import.meta.url));
const tsx = fileURLToPath(import.meta.resolve('tsx'));

export async function hoopxRoute(
  parts: RouteParts,
  name: string,
  masking: readonly object[] = [],
): Promise<Route & { readonly gateway: string }> {
  const gateway = await startHoopxGateway(parts, name, masking);
  const near = parts.started(
    startProgram(
      process.execPath,
      [...profiled('connect', name), product, 'connect', 'pg-bench', '--json'],
      { env: clientEnvironment(gateway, parts) },
    ),
  );
  const { port } = JSON.parse(await near.line(/^\{.*"port"/));
  return { name, port, between: [near, gateway.process], gateway: gateway.url };
}

type GatewayParts = Pick<RouteParts, 'folder' | 'postgres' | 'hoopx' | 'started'>;

/** Allows all that pgbench does; what touches `held` must be approved. */
export async function startHoopxGateway(
  { folder, postgres, hoopx, started }: GatewayParts,
  name: string,
  masking: readonly object[] = [],
): Promise<HoopxGateway> {
  const home = path.join(folder, name.replaceAll(/\W+/g, '-'));
  await mkdir(home);
  const port = await freePort();
  const file = path.join(home, 'hoopx.gateway.yaml');
  await writeFile(file, configuration(port, postgres, hoopx.provider, masking));
  const program =
    name === 'bare pipe'
      ? ['--import', tsx, bare, file]
      : [product, 'gateway', 'start', '--config', file];
  const gateway = started(
    startProgram(process.execPath, [...profiled('gateway', name), ...program], {
      env: { HOME: home, PG_PASSWORD: postgres.password },
    }),
  );
  await gateway.line(/the gateway listens/);
  return { url: `https://127.0.0.1:${port}`, home, process: gateway };
}

export function clientEnvironment(
  { url, home }: HoopxGateway,
  { folder, hoopx }: Pick<RouteParts, 'folder' | 'hoopx'>,
): Record<string, string> {
  return {
    HOME: home,
    HOOPX_GATEWAY: url,
    HOOPX_CA: path.join(folder, 'ca.pem'),
    HOOPX_TOKEN: hoopx.token,
    HOOPX_CREDENTIALS: 'file',
  };
}

/** With HOOPX_BENCH_PROFILE=FOLDER the product's processes leave CPU profiles there. */
function profiled(part: string, name: string): readonly string[] {
  const folder = process.env.HOOPX_BENCH_PROFILE;
  if (folder === undefined || name !== 'hoopx') return [];
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${part}.cpuprofile`];
}

function configuration(
  port: number,
  postgres: PostgresPeer,
  provider: TestProvider,
  masking: readonly object[],
): string {
  const classes = ['read', 'write', 'ddl', 'session', 'transaction'];
  const rules = [
    { name: 'all that pgbench does', sql: { class: classes }, then: 'allow' },
    { name: 'some is held', sql: { relations: ['held'] }, then: 'review', chain: 'dba' },
    { name: 'never drop a database', sql: { statements: ['drop_database'] }, then: 'deny' },
  ];
  return JSON.stringify({
    ...gatewayHead(port, provider, '..'),
    connections: {
      'pg-bench': {
        type: 'postgres',
        host: '127.0.0.1',
        port: postgres.port,
        database: postgres.database,
        user: postgres.user,
        password: 'env:PG_PASSWORD',
        tls: 'disable',
        access: { groups: ['engineering'] },
      },
    },
    rules,
    masking,
    chains: { dba: { stages: [{ groups: ['dba'], count: 1 }], fallback: 'deny' } },
    defaults: { unmatched: 'deny' },
  });
}
