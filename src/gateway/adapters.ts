import { createEphemeralCertificate } from '../net/ephemeral-certificate.ts';
import { createHttpAdapter } from '../protocols/http/adapter.ts';
import { createHttpDialect, httpWords } from '../protocols/http/http-dialect.ts';
import { createKubernetesAdapter } from '../protocols/kubernetes/adapter.ts';
import { createPostgresAdapter } from '../protocols/postgres/adapter.ts';
import { loadSqlParser } from '../protocols/postgres/sql/parser.ts';
import { createSshAdapter } from '../protocols/ssh/adapter.ts';
import { createHostKey } from '../protocols/ssh/host-key.ts';
import type { ProtocolAdapters } from './protocols.ts';

/** The adapters of this build. Loading PostgreSQL's parser takes a moment. */
export async function loadAdapters(): Promise<ProtocolAdapters> {
  const parser = await loadSqlParser();
  const certificate = createEphemeralCertificate();
  const hostKey = createHostKey();
  return {
    postgres: createPostgresAdapter({ parser, certificate }),
    ssh: createSshAdapter({ hostKey }),
    http: createHttpAdapter({ dialect: createHttpDialect, words: httpWords }),
    kubernetes: createKubernetesAdapter(),
    hostKey: hostKey.public,
  };
}
