import { readFileSync } from 'node:fs';
import { exitCodes } from '../core/exit-codes.ts';
import { safeText } from '../core/safe-text.ts';
import { UserError } from '../core/user-error.ts';
import { type ClientConfig, type ClientEndpoint, readClientConfig } from './client-config.ts';
import { type DemoNote, readDemoNotes } from './client-demo-note.ts';
import type { ClientPaths } from './client-environment.ts';
import { isProtectedUrl } from './protected-url.ts';

/** Which gateway a command talks to, and what its certificate must chain to. */
export interface GatewayAddress {
  /** Origin and path, without a trailing slash. */
  readonly url: string;
  /** PEM text of the only authorities to trust; null for the system's. */
  readonly ca: string | null;
  readonly source: 'flag' | 'profile' | 'config' | 'demo';
  /** The running demo that this gateway belongs to, if it is one. */
  readonly demo: DemoNote | null;
}

/** `gateway` and `ca` are the flags' values, which oclif also takes from HOOPX_GATEWAY and HOOPX_CA. */
export interface GatewayChoice {
  readonly profile: string;
  readonly gateway: string | null;
  readonly ca: string | null;
}

/**
 * The flag or its variable, the profile, the configuration file, then a running demo.
 * @throws UserError NO_GATEWAY (64), BAD_GATEWAY_URL (64), BAD_CA (78), BAD_CLIENT_CONFIG (78)
 */
export async function findGateway(
  choice: GatewayChoice,
  paths: ClientPaths,
): Promise<GatewayAddress> {
  const [config, demos] = await Promise.all([readClientConfig(paths), readDemoNotes(paths)]);
  const own = Object.hasOwn(config.profiles, choice.profile)
    ? config.profiles[choice.profile]
    : undefined;
  const profile = own ?? { gateway: null, ca: null };
  const found = locate(choice.gateway, profile, config, demos);
  const url = normalizeGatewayUrl(found.gateway);
  const demo = demos.find((note) => normalizeGatewayUrl(note.gateway) === url) ?? null;
  const caFile = choice.ca ?? caOf(url, [profile, config]) ?? demo?.ca ?? null;
  const ca = caFile === null ? null : readCa(caFile);
  return { url, ca, source: found.source, demo };
}

function locate(
  flag: string | null,
  profile: ClientEndpoint,
  config: ClientConfig,
  demos: readonly DemoNote[],
): { gateway: string; source: GatewayAddress['source'] } {
  if (flag !== null) return { gateway: flag, source: 'flag' };
  if (profile.gateway !== null) return { gateway: profile.gateway, source: 'profile' };
  if (config.gateway !== null) return { gateway: config.gateway, source: 'config' };
  const [demo] = demos;
  if (demo !== undefined) return { gateway: demo.gateway, source: 'demo' };
  throw new UserError('no gateway is configured', {
    code: 'NO_GATEWAY',
    exitCode: exitCodes.usage,
    hint: 'Give --gateway URL, set HOOPX_GATEWAY, or try it out with `hoopx dev`.',
  });
}

/** An authority that is configured for one gateway says nothing about another. */
function caOf(url: string, endpoints: readonly ClientEndpoint[]): string | null {
  const applies = endpoints.find(
    ({ gateway, ca }) => ca !== null && (gateway === null || normalizeGatewayUrl(gateway) === url),
  );
  return applies?.ca ?? null;
}

/** One spelling for each gateway, since logins are stored under it. */
export function normalizeGatewayUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !isProtectedUrl(url)) {
    throw badUrl(text, 'it must be an https:// URL (http:// only on loopback)');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw badUrl(text, 'it must have no credentials, query or fragment');
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function badUrl(text: string, why: string): UserError {
  return new UserError(`not a gateway's address: ${safeText(text)}: ${why}`, {
    code: 'BAD_GATEWAY_URL',
    exitCode: exitCodes.usage,
  });
}

function readCa(file: string): string {
  const detail = { code: 'BAD_CA', exitCode: exitCodes.badConfiguration };
  try {
    const text = readFileSync(file, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  } catch (cause) {
    throw new UserError(`cannot read the certificate authority ${safeText(file)}`, {
      ...detail,
      cause,
    });
  }
  throw new UserError(`${safeText(file)} holds no PEM certificate`, detail);
}
