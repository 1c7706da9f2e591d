import { createHash, createHmac } from 'node:crypto';
import type { Secret } from '../core/secret.ts';

/** As Standard Webhooks 1.0 has it; the id is that of the content, so that repeats can be told. */
export function webhookHeaders(
  { content, body }: { readonly content: string; readonly body: string },
  secret: Secret | null,
): Record<string, string> {
  const id = `msg_${createHash('sha256').update(content).digest('hex').slice(0, 32)}`;
  const timestamp = `${Math.floor(Date.now() / 1_000)}`;
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (secret === null) return headers;
  const mac = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`);
  return { ...headers, 'webhook-signature': `v1,${mac.digest('base64')}` };
}

function keyOf(secret: Secret): Buffer {
  const text = secret.reveal().trim();
  const encoded = /^whsec_(.+)$/.exec(text)?.[1];
  return encoded === undefined ? Buffer.from(text) : Buffer.from(encoded, 'base64');
}
