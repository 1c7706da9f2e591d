import { Secret } from '../core/secret.ts';
import type { ResolveAt } from './connection-config.ts';
import type { HttpConnectionConfig } from './gateway-config.ts';
import type { HttpDocument } from './gateway-schema.ts';
import { placeOf } from './schema-url.ts';

export async function httpConnection(
  document: HttpDocument,
  revision: string,
  optional: ResolveAt,
): Promise<HttpConnectionConfig> {
  const { labels, access, methods, graphql, hosts, rewriteRedirects, tls, browser } = document;
  const [ca, cert, key] = await Promise.all([
    optional(['tls', 'ca'], tls.ca),
    optional(['tls', 'cert'], tls.cert),
    optional(['tls', 'key'], tls.key),
  ]);
  return {
    type: 'http',
    ...placeOf(document.url),
    tls: {
      ca,
      cert,
      key: key === null ? null : new Secret(key),
      serverName: tls.serverName ?? null,
    },
    credential: await credentialOf(document, optional),
    healthPath: document.health ?? null,
    ...{ labels, access, methods, graphql, hosts, rewriteRedirects, revision },
    ...(browser && { browser: { host: browser.host, identity: browser.identity ?? null } }),
  };
}

async function credentialOf(
  { credential }: HttpDocument,
  optional: ResolveAt,
): Promise<HttpConnectionConfig['credential']> {
  const secret = async (key: readonly string[], reference: Parameters<ResolveAt>[1]) =>
    new Secret((await optional(['credential', ...key], reference)) ?? '');
  if (credential === undefined) return { kind: 'none' };
  if ('bearer' in credential) {
    return { kind: 'bearer', token: await secret(['bearer'], credential.bearer) };
  }
  if ('basic' in credential) {
    const { user, password } = credential.basic;
    return { kind: 'basic', user, password: await secret(['basic', 'password'], password) };
  }
  const kind = 'header' in credential ? 'header' : 'cookie';
  const { name, value } = 'header' in credential ? credential.header : credential.cookie;
  return { kind, name, value: await secret([kind, 'value'], value) };
}

/**
 * What makes the connection what it is: without secrets, where they come from, and by which way
 * clients reach it.
 */
export function httpSubstance(document: HttpDocument): object {
  const { credential, tls, health, browser: _, ...plain } = document;
  return {
    ...plain,
    health: health ?? null,
    tls: { ca: tls.ca ?? null, cert: tls.cert ?? null, serverName: tls.serverName ?? null },
    credential: credential === undefined ? null : credentialSubstance(credential),
  };
}

function credentialSubstance(credential: NonNullable<HttpDocument['credential']>): object {
  if ('bearer' in credential) return { kind: 'bearer' };
  if ('basic' in credential) return { kind: 'basic', user: credential.basic.user };
  if ('header' in credential) return { kind: 'header', name: credential.header.name };
  return { kind: 'cookie', name: credential.cookie.name };
}
