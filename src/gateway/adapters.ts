import { createEphemeralCertificate } from '../net/ephemeral-certificate.ts';
import { createPostgresAdapter } from '../protocols/postgres/adapter.ts';
import { loadSqlParser } from '../protocols/postgres/sql/parser.ts';
import type { ProtocolAdapters } from './protocols.ts';

/** The adapters of this build. Loading PostgreSQL's parser takes a moment. */
export async function loadAdapters(): Promise<ProtocolAdapters> {
  const parser = await loadSqlParser();
  const certificate = createEphemeralCertificate();
  return { postgres: createPostgresAdapter({ parser, certificate }) };
}
