import path from 'node:path';
import type { AuditSink } from '../core/audit-sink.ts';
import { Secret } from '../core/secret.ts';
import { type AnchorParts, anchorConfig } from './anchor-config.ts';
import type { ConfigPath } from './config-problem.ts';
import type { Resolve } from './connection-config.ts';
import type { AuditConfig } from './gateway-config.ts';
import type { GatewayDocument } from './gateway-schema.ts';

/** Beside the store unless said otherwise; the key never in the folder, which is handed to others. */
export function auditPlaces(
  { audit, store }: Pick<GatewayDocument, 'audit' | 'store'>,
  folder: string,
): Pick<AuditConfig, 'folder' | 'keyFile'> {
  const beside = path.resolve(folder, store);
  return {
    folder: path.resolve(folder, audit.folder ?? `${beside}-audit`),
    keyFile: path.resolve(folder, audit.key ?? `${beside}-audit.key`),
  };
}

export async function auditConfig(
  document: GatewayDocument,
  parts: AnchorParts,
): Promise<AuditConfig> {
  const anchors = document.audit.anchors.map((each, index) => anchorConfig(each, index, parts));
  const sinks = document.audit.sinks.map((each, index) =>
    sinkConfig(each, ['audit', 'sinks', index], parts.resolve),
  );
  return {
    ...auditPlaces(document, parts.folder),
    anchors: await Promise.all(anchors),
    sinks: await Promise.all(sinks),
  };
}

async function sinkConfig(
  {
    syslog,
    webhook = '',
    format,
    secret,
    ca,
    cert,
    key,
  }: GatewayDocument['audit']['sinks'][number],
  at: ConfigPath,
  resolve: Resolve,
): Promise<AuditSink> {
  const text = async (name: string, given: Parameters<Resolve>[1] | undefined) =>
    given === undefined ? null : await resolve([...at, name], given);
  const hidden = async (name: string, given: Parameters<Resolve>[1] | undefined) => {
    const value = await text(name, given);
    return value === null ? null : new Secret(value);
  };
  const authority = await text('ca', ca);
  if (syslog === undefined) {
    const signing = await hidden('secret', secret);
    return { kind: 'webhook', format, url: webhook, secret: signing, ca: authority };
  }
  const { host, port, tls } = syslog;
  const shown = { cert: await text('cert', cert), key: await hidden('key', key) };
  return { kind: 'syslog', format, host, port, tls: tls ? { ca: authority, ...shown } : null };
}
