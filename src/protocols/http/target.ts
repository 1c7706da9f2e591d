import type { Secret } from '../../core/secret.ts';

/** What the gateway shows to the target; clients never see it. */
export type HttpCredential =
  | { readonly kind: 'none' }
  | { readonly kind: 'header'; readonly name: string; readonly value: Secret }
  | { readonly kind: 'bearer'; readonly token: Secret }
  | { readonly kind: 'basic'; readonly user: string; readonly password: Secret }
  | { readonly kind: 'cookie'; readonly name: string; readonly value: Secret };

export interface HttpTls {
  /** PEM; null for the authorities that Node trusts. */
  readonly ca: string | null;
  /** A client certificate, PEM. */
  readonly cert: string | null;
  readonly key: Secret | null;
  /** The name that the certificate must have; null for the target's host. */
  readonly serverName: string | null;
}

/** Where and how the gateway reaches one HTTP service. It has no path of its own. */
export interface HttpTarget {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  readonly tls: HttpTls;
  readonly credential: HttpCredential;
  /** In upper case. Others are refused before any rule is asked. */
  readonly methods: readonly string[];
  /** GET and HEAD of it are of class `health`. */
  readonly healthPath: string | null;
  /** Requests that carry a GraphQL document are read as such. */
  readonly graphql: boolean;
  /** Names beside loopback ones that a client's Host may have. */
  readonly hosts: readonly string[];
  readonly rewriteRedirects: boolean;
}

const defaultPorts = { http: 80, https: 443 } as const;

/** As Host has it: without the port that the scheme implies. */
export function authorityOf({ scheme, host, port }: HttpTarget): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === defaultPorts[scheme] ? name : `${name}:${port}`;
}

/** As browsers write it in Origin. */
export function originOf(target: HttpTarget): string {
  return `${target.scheme}://${authorityOf(target)}`.toLowerCase();
}

/** As whom the target sees the gateway, for a reviewer. */
export function upstreamUserOf({ credential, tls }: HttpTarget): string {
  switch (credential.kind) {
    case 'none':
      return tls.cert === null ? '' : 'client certificate';
    case 'basic':
      return credential.user;
    case 'bearer':
      return 'bearer token';
    case 'header':
      return `header ${credential.name}`;
    case 'cookie':
      return `cookie ${credential.name}`;
    default:
      return credential satisfies never;
  }
}
