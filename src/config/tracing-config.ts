import { Secret } from '../core/secret.ts';
import type { Resolve } from './connection-config.ts';
import type { ReportProblem } from './consistency.ts';
import type { TracingConfig } from './gateway-config.ts';
import type { GatewayDocument } from './gateway-schema.ts';

interface Parts {
  readonly resolve: Resolve;
  readonly report: ReportProblem;
}

/** RFC 9110, section 5.5: no line breaks and no control characters. */
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;

export async function tracingConfig(
  { tracing }: GatewayDocument,
  { resolve, report }: Parts,
): Promise<TracingConfig | null> {
  if (tracing === undefined) return null;
  const { endpoint, headers, ca, sample } = tracing;
  const resolved = Object.entries(headers).map(async ([name, reference]) => {
    const at = ['tracing', 'headers', name];
    const value = await resolve(at, reference);
    if (!headerValue.test(value)) report(at, 'its value cannot be sent in a header');
    return [name, new Secret(value)] as const;
  });
  return {
    endpoint,
    headers: Object.fromEntries(await Promise.all(resolved)),
    ca: ca === undefined ? null : await resolve(['tracing', 'ca'], ca),
    sample,
  };
}
