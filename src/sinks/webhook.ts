import { webhookHeaders } from '../audit/webhook-headers.ts';
import type { SealedRecord } from '../core/audit-record.ts';
import type { AuditSink } from '../core/audit-sink.ts';
import { post } from '../net/post.ts';
import type { Deliver } from './feed.ts';
import { RefusedDelivery } from './refused-delivery.ts';

type WebhookSink = Extract<AuditSink, { kind: 'webhook' }>;

const patienceMs = 30_000;

/** Bad Request, Content Too Large, Unprocessable Content: about what was sent, not about the time. */
const forGood: ReadonlySet<number> = new Set([400, 413, 422]);

/** JSON Lines (or lines of CEF) in one POST. Taken is what is answered with 2xx, no redirect. */
export function webhookDelivery(
  { url, secret, ca, format }: WebhookSink,
  lineOf: (record: SealedRecord) => string,
): Deliver {
  const type = format === 'cef' ? 'text/plain; charset=utf-8' : 'application/x-ndjson';
  return async (records, signal) => {
    const body = records.map((record) => `${lineOf(record)}\n`).join('');
    const answer = await post(url, {
      headers: { 'content-type': type, ...webhookHeaders({ content: body, body }, secret) },
      ...{ body, ca, agent: false },
      signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
    });
    answer.destroy();
    const { statusCode: status = 0 } = answer;
    if (forGood.has(status)) throw new RefusedDelivery(status);
    if (status < 200 || status > 299) throw new Error(`it answered with status ${status}`);
  };
}
