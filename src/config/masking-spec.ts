import type { MaskingRule, MaskingSpec } from '../core/masking.ts';
import { Secret } from '../core/secret.ts';
import type { ConfigPath } from './config-problem.ts';
import type { ConnectionParts } from './connection-config.ts';
import type { GatewayDocument, MaskingDocument } from './gateway-schema.ts';
import { present } from './present.ts';
import type { Reference } from './reference.ts';

/** NIST SP 800-107: a key for HMAC-SHA-256 has 128 bits at least; 16 characters can hold them. */
const shortestKey = 16;

type Parts = Pick<ConnectionParts, 'resolve' | 'report'>;

export async function maskingSpec(
  { masking, maskingKey }: GatewayDocument,
  parts: Parts,
): Promise<MaskingSpec> {
  return {
    key: await keyAt(['maskingKey'], maskingKey, parts),
    rules: await Promise.all(
      masking.map(async (rule, index) =>
        maskingRule(rule, await keyAt(['masking', index, 'key'], rule.key, parts)),
      ),
    ),
  };
}

async function keyAt(
  at: ConfigPath,
  reference: Reference | undefined,
  { resolve, report }: Parts,
): Promise<Secret | null> {
  if (reference === undefined) return null;
  const key = await resolve(at, reference);
  // An empty one could not be read, which has been reported.
  if (key.length > 0 && key.length < shortestKey) {
    report(at, `must have at least ${shortestKey} characters`);
  }
  return new Secret(key);
}

/** The rule, with what it leaves out filled in. */
export function maskingRule(document: MaskingDocument, key: Secret | null): MaskingRule {
  const {
    name,
    columns,
    paths,
    detectors,
    patterns,
    secrets,
    unmask,
    files: _,
    ...rest
  } = document;
  const { connections, labels, principals, except, strategy } = rest;
  return {
    ...present({ connections, labels }),
    ...(principals !== undefined && { principals: present(principals) }),
    ...(except !== undefined && { except: present(except) }),
    name: name ?? null,
    columns: columns ?? [],
    paths: paths ?? [],
    detectors: detectors ?? [],
    patterns: patterns ?? {},
    secrets: secrets ?? null,
    unmask: unmask === undefined ? null : { chain: unmask.chain, forMs: unmask.for },
    ...{ strategy, key },
  };
}
