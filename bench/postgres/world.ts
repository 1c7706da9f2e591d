import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Certificates, makeCertificates } from '../../src/demo/certificates.ts';
import { startPostgres } from '../../test/peers/postgres.ts';
import { startProvider } from '../../test/peers/provider.ts';
import type { Companion } from '../processes.ts';
import type { RouteParts } from './route.ts';

export interface World extends RouteParts, AsyncDisposable {
  readonly certificates: Certificates;
}

const tokenSeconds = 4 * 3600;

/** A server, an identity provider, certificates: everything on loopback, and gone at the end. */
export async function createWorld(): Promise<World> {
  const companions: Companion[] = [];
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-bench-'));
  await chmod(folder, 0o755);
  const certificates = await makeCertificates();
  const { ca, cert, key } = certificates;
  const files = { 'ca.pem': ca, 'cert.pem': cert, 'key.pem': key, 'pair.pem': `${cert}\n${key}` };
  for (const [name, text] of Object.entries(files)) {
    // For pgbouncer, which runs as another account; the authority lives as long as the folder.
    await writeFile(path.join(folder, name), text, { mode: 0o644 });
  }
  const provider = await startProvider({ tokenSeconds });
  const postgres = await startPostgres();
  return {
    folder,
    certificates,
    postgres,
    hoopx: { provider, token: await provider.tokenFor('engineer') },
    started(companion) {
      companions.push(companion);
      return companion;
    },
    async [Symbol.asyncDispose]() {
      for (const companion of companions) await companion.stop();
      await postgres.stop();
      await provider.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
