import type { Agent, IncomingMessage, OutgoingHttpHeaders } from 'node:http';

export interface Posting {
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | Uint8Array;
  /** False: a connection of its own, with `ca`. No agent of these knows a proxy. */
  readonly agent: Agent | false;
  /** PEM; null for the authorities that Node trusts, or that the agent has. */
  readonly ca: string | null;
  readonly signal: AbortSignal;
}

/** One POST. Resolves to the head of its answer, whatever its status: no redirect is followed. */
export async function post(url: string, posting: Posting): Promise<IncomingMessage> {
  const { request } = url.startsWith('https:')
    ? await import('node:https')
    : await import('node:http');
  const { headers, body, agent, ca, signal } = posting;
  const authority = ca === null ? {} : { ca };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, signal, agent, ...authority });
    sent.on('response', resolve);
    sent.on('error', reject);
    sent.end(body);
  });
}
