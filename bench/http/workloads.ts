import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { cpuSeconds } from '../processes.ts';
import type { HttpRoute } from './route.ts';

const run = promisify(execFile);

/** Something that wrk can ask for. */
export interface HttpLoad {
  readonly name: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Posted; null for a GET. */
  readonly body: string | null;
}

export const largeBytes = 64 * 1024;

export const smallAnswer = JSON.stringify({
  ...{ id: 4711, name: 'orders', state: 'ready', replicas: 3 },
  labels: { env: 'prod', tier: 'web' },
});

/** What a browser says of itself, and what a proxy on the way may add. */
const browser = {
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  Accept: 'application/json, text/plain, */*',
  'Accept-Language': 'en-GB,en;q=0.7,de;q=0.3',
  'Accept-Encoding': 'gzip, deflate, br, zstd',
  'Cache-Control': 'no-cache',
  Cookie: 'theme=dark; session=0b7f4c3e9a5d41f2; _ga=GA1.1.1234567890.1700000000',
  'Sec-Fetch-Dest': 'empty',
  'Sec-Fetch-Mode': 'cors',
  'Sec-Fetch-Site': 'same-origin',
  'X-Request-Id': '6f0c3a54-8df5-4b5e-9d43-5f0a7a8a1a10',
  'X-Forwarded-For': '203.0.113.7, 198.51.100.2',
  Authorization: 'Bearer of-the-client-and-not-for-the-service',
};

export const httpLoads: readonly HttpLoad[] = [
  { name: 'GET, full headers', path: '/v1/orders/4711', headers: browser, body: null },
  { name: 'GET, bare', path: '/v1/orders/4711', headers: {}, body: null },
  { name: 'GET of 64 KiB', path: '/large', headers: browser, body: null },
  {
    name: 'POST of JSON',
    path: '/v1/orders?dry=1',
    headers: { ...browser, 'Content-Type': 'application/json' },
    body: smallAnswer,
  },
];

export interface HttpMeasured {
  readonly perSecond: number;
  /** Of everything between client and service, in seconds. */
  readonly cpuPerRequest: number;
  /** Of the hop next to the service: the gateway. */
  readonly lastHopCpu: number;
}

export interface Pressure {
  readonly connections: number;
  readonly seconds: number;
  /** Where wrk's script is put. */
  readonly folder: string;
}

export async function measureHttp(
  route: HttpRoute,
  load: HttpLoad,
  pressure: Pressure,
): Promise<HttpMeasured> {
  const pids = route.between.map(({ pid }) => pid);
  const last = pids.slice(-1);
  const script = path.join(pressure.folder, 'load.lua');
  await writeFile(script, scriptOf(load));
  const { connections, seconds } = pressure;
  const [before, lastBefore] = [cpuSeconds(pids), cpuSeconds(last)];
  const size = ['-t', '1', '-c', `${connections}`, '-d', `${seconds}`, '--timeout', '60'];
  const url = `http://127.0.0.1:${route.port}${load.path}`;
  const { stdout: said } = await run('wrk', [...size, '-s', script, url]);
  const [used, lastUsed] = [cpuSeconds(pids) - before, cpuSeconds(last) - lastBefore];
  const perSecond = Number(/^Requests\/sec:\s+([\d.]+)/m.exec(said)?.[1]);
  const done = Number(/(\d+) requests in/.exec(said)?.[1]);
  const failed = /Non-2xx or 3xx|Socket errors/.test(said);
  if (!(perSecond > 0) || failed) throw new Error(`${route.name}, ${load.name}:\n${said}`);
  return { perSecond, cpuPerRequest: used / done, lastHopCpu: lastUsed / done };
}

/** In Lua, whose strings are written as JSON's are where they are ASCII without slashes escaped. */
function scriptOf({ body, headers }: HttpLoad): string {
  const lines = Object.entries(headers).map(
    ([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  );
  const post = body === null ? [] : ['wrk.method = "POST"', `wrk.body = ${JSON.stringify(body)}`];
  return [...post, ...lines, ''].join('\n');
}
