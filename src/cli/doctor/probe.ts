import http from 'node:http';
import https from 'node:https';
import { TLSSocket } from 'node:tls';

/** What one answer of the gateway shows beside its body. */
export interface Probe {
  /** How far this machine's clock is ahead, in milliseconds; null when the gateway does not say. */
  readonly aheadMs: number | null;
  /** When its certificate ends, in milliseconds since the epoch; null without TLS. */
  readonly certificateUntil: number | null;
}

const patienceMs = 10_000;
/** The Date header counts whole seconds. */
const halfSecondMs = 500;

/** Asks for /v1/info. `ca` is PEM; null trusts the system's authorities. */
export function probeGateway(
  gateway: string,
  ca: string | null,
  clock: () => number,
): Promise<Probe> {
  const url = new URL(`${gateway}/v1/info`);
  const settings = { agent: false as const, timeout: patienceMs, ...(ca === null ? {} : { ca }) };
  return new Promise((resolve, reject) => {
    const asked = clock();
    const request = url.protocol === 'https:' ? https.get(url, settings) : http.get(url, settings);
    request.on('error', reject);
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('response', (answer) => {
      const here = (asked + clock()) / 2;
      const there = Date.parse(answer.headers.date ?? '');
      const socket = answer.socket;
      const until = socket instanceof TLSSocket ? socket.getPeerCertificate().valid_to : '';
      answer.resume();
      answer.on('end', () =>
        resolve({
          aheadMs: Number.isNaN(there) ? null : here - there - halfSecondMs,
          certificateUntil: until === '' ? null : Date.parse(until),
        }),
      );
      answer.on('error', reject);
    });
  });
}
