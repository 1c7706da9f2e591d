import { type Link, TraceFlags } from '@opentelemetry/api';
import type { Facts } from '../core/facts.ts';

/** W3C Trace Context, section 3.2: a version that is not ff, and ids that are not all zeros. */
const form = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/**
 * The trace that an HTTP client says its request belongs to. That is its word alone: the
 * operation is linked to it, and neither becomes part of it nor is kept because of it.
 */
export function linksOf(facts: Facts): Link[] {
  if (facts.protocol !== 'http') return [];
  const said = facts.headers.filter(({ name }) => name === 'traceparent');
  const [, traceId, spanId, flags = ''] = form.exec(said[0]?.value ?? '') ?? [];
  if (said.length !== 1 || traceId === undefined || spanId === undefined) return [];
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  return [{ context: { traceId, spanId, traceFlags, isRemote: true } }];
}
