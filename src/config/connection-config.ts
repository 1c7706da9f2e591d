import { digestOf } from '../core/digest.ts';
import type { ConfigPath } from './config-problem.ts';
import type { ConnectionConfig } from './gateway-config.ts';
import type { ConnectionDocument } from './gateway-schema.ts';
import { httpConnection, httpSubstance } from './http-connection.ts';
import { kubernetesConnection, kubernetesSubstance } from './kubernetes-connection.ts';
import { postgresConnection, postgresSubstance } from './postgres-connection.ts';
import type { Environment, Reference } from './reference.ts';
import { sshConnection, sshSubstance } from './ssh-connection.ts';

/** Reads what a reference refers to; reports what it cannot, and then gives ''. */
export type Resolve = (path: ConfigPath, reference: Reference | string) => Promise<string>;

/** The same below one connection, for a key that may be left out. */
export type ResolveAt = (
  key: ConfigPath,
  reference: Reference | string | undefined,
) => Promise<string | null>;

export interface ConnectionParts {
  readonly resolve: Resolve;
  readonly report: (path: ConfigPath, message: string) => void;
  /** Of the configuration's file. */
  readonly folder: string;
  readonly env: Environment;
}

export function connectionConfig(
  { recording: _, ...document }: ConnectionDocument,
  path: ConfigPath,
  { resolve, report, folder, env }: ConnectionParts,
): Promise<ConnectionConfig> {
  const optional: ResolveAt = async (key, reference) =>
    reference === undefined ? null : resolve([...path, ...key], reference);
  const revision = connectionRevision(document);
  switch (document.type) {
    case 'postgres':
      return postgresConnection(document, revision, optional);
    case 'ssh':
      return sshConnection(document, revision, optional);
    case 'http':
      return httpConnection(document, revision, optional);
    case 'kubernetes':
      return kubernetesConnection(document, {
        ...{ revision, optional, folder, env },
        report: (key, message) => report([...path, ...key], message),
      });
    default:
      return document satisfies never;
  }
}

/** Of what the file says, with secrets and where they come from left out. */
export function connectionRevision({ recording: _, ...document }: ConnectionDocument): string {
  return digestOf('hoopx.connection/v1', substanceOf(document));
}

function substanceOf(document: ConnectionDocument): object {
  switch (document.type) {
    case 'postgres':
      return postgresSubstance(document);
    case 'ssh':
      return sshSubstance(document);
    case 'http':
      return httpSubstance(document);
    case 'kubernetes':
      return kubernetesSubstance(document);
    default:
      return document satisfies never;
  }
}
