import type { PolicyConnection } from '../config/policy-file.ts';
import type { Protocol } from '../core/facts.ts';
import type { Decidable } from '../core/operation.ts';
import { requestTextDecidable } from '../protocols/http/request-text.ts';
import { kubernetesTextDecidable } from '../protocols/kubernetes/request-text.ts';
import {
  type OfflineMasking,
  type OfflineMasks,
  offlineMasks,
} from '../protocols/postgres/masking/offline-masks.ts';
import { loadSqlParser } from '../protocols/postgres/sql/parser.ts';
import { commandDecidable } from '../protocols/ssh/operations.ts';

/** Reads a text as the gateway would read it from the wire, for each type of connection. */
export interface StatementReaders
  extends Readonly<Record<Protocol, (text: string, connection: PolicyConnection) => Decidable>> {
  /** What masked columns make of an SQL text, without a database. */
  readonly maskedSql: (text: string, masking: OfflineMasking) => OfflineMasks;
}

export async function loadStatementReaders(): Promise<StatementReaders> {
  const parser = await loadSqlParser();
  return {
    postgres: (text, { trustedFunctions }) => parser.decidable(text, { trustedFunctions }),
    maskedSql: (text, masking) => offlineMasks(text, parser, masking),
    ssh: (text) => commandDecidable(text),
    http: (text, connection) => requestTextDecidable(text, connection),
    kubernetes: (text) => kubernetesTextDecidable(text),
  };
}
