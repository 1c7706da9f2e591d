import { webhookHeaders } from '../audit/webhook-headers.ts';
import type { SealedRecord } from '../core/audit-record.ts';
import type { AuditSink } from '../core/audit-sink.ts';
import type { Deliver } from './feed.ts';

type WebhookSink = Extract<AuditSink, { kind: 'webhook' }>;

const patienceMs = 30_000;

/** JSON Lines (or lines of CEF) in one POST. Taken is what is answered with 2xx, no redirect. */
export function webhookDelivery(
  { url, secret, ca, format }: WebhookSink,
  lineOf: (record: SealedRecord) => string,
): Deliver {
  const type = format === 'cef' ? 'text/plain; charset=utf-8' : 'application/x-ndjson';
  return async (records, signal) => {
    const body = records.map((record) => `${lineOf(record)}\n`).join('');
    const status = await post(url, {
      headers: { 'content-type': type, ...webhookHeaders({ content: body, body }, secret) },
      ...{ body, ca, signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]) },
    });
    if (status < 200 || status > 299) throw new Error(`it answered with status ${status}`);
  };
}

interface Posting {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly ca: string | null;
  readonly signal: AbortSignal;
}

async function post(url: string, { headers, body, ca, signal }: Posting): Promise<number> {
  const { request } = url.startsWith('https:')
    ? await import('node:https')
    : await import('node:http');
  return new Promise((resolve, reject) => {
    const authority = ca === null ? {} : { ca };
    const sent = request(url, { method: 'POST', headers, signal, agent: false, ...authority });
    sent.on('response', (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
