import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeCertificates } from '../../src/demo/certificates.ts';
import { startProvider, type TestProvider } from '../../test/peers/provider.ts';
import type { Companion } from '../processes.ts';
import { startNginx } from './nginx.ts';
import type { HttpParts, Service } from './route.ts';
import { largeBytes, smallAnswer } from './workloads.ts';

export interface HttpWorld extends HttpParts, AsyncDisposable {
  readonly provider: TestProvider;
}

const tokenSeconds = 4 * 3600;

/** A service, an identity provider, certificates: everything on loopback, and gone at the end. */
export async function createHttpWorld(): Promise<HttpWorld> {
  const companions: Companion[] = [];
  const started = (companion: Companion) => {
    companions.push(companion);
    return companion;
  };
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-bench-'));
  const { ca, cert, key } = await makeCertificates();
  const files = { 'ca.pem': ca, 'cert.pem': cert, 'key.pem': key };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(path.join(folder, name), text, { mode: 0o600 });
  }
  const provider = await startProvider({ tokenSeconds });
  return {
    ...{ folder, provider, started },
    service: await startService({ folder, started }),
    async [Symbol.asyncDispose]() {
      for (const companion of companions.reverse()) await companion.stop();
      await provider.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** nginx again, which answers by itself. */
async function startService(parts: Pick<HttpParts, 'folder' | 'started'>): Promise<Service> {
  const root = path.join(parts.folder, 'root');
  await mkdir(root);
  await writeFile(path.join(root, 'large'), Buffer.alloc(largeBytes, 'large'));
  const headers = ['X-Request-Id $request_id', 'Cache-Control no-store', 'X-Frame-Options DENY'];
  const answer = [
    'default_type application/json;',
    ...headers.map((header) => `add_header ${header};`),
    `return 200 '${smallAnswer}';`,
  ].join(' ');
  const { port } = await startNginx(parts, {
    name: 'service',
    tls: false,
    next: null,
    lines: [`root ${root};`, `location /v1/ { ${answer} }`],
  });
  return { port, token: 'a-token-of-the-service-that-clients-never-see' };
}
