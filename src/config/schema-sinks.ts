import { z } from 'zod';
import { isLoopback } from '../core/loopback.ts';
import { certificate, closed, secret } from './schema-parts.ts';
import { protectedUrl } from './schema-url.ts';

const syslogHint = 'must be tls://HOST:PORT; tcp://HOST:PORT is for this machine';

/** RFC 5425, section 4.1. */
const syslogTlsPort = 6514;

/** Where syslog is spoken to. */
const syslogAddress = z.string(syslogHint).transform((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : null;
  const bare = url !== null && url.hostname !== '' && /^\w+:\/\/[^/?#@]+\/?$/.test(value);
  const tls = url?.protocol === 'tls:';
  if (bare && (tls || (url.protocol === 'tcp:' && isLoopback(url.hostname) && url.port !== ''))) {
    const { hostname, port } = url;
    const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
    return { host, port: port === '' ? syslogTlsPort : Number(port), tls };
  }
  context.addIssue(syslogHint);
  return z.NEVER;
});

/** Where records go as they are written: exactly one of the kinds. */
const sink = closed({
  syslog: syslogAddress.optional(),
  webhook: protectedUrl.optional(),
  format: z.enum(['json', 'cef', 'ocsf']).default('json'),
  secret: secret.optional(),
  ca: certificate.optional(),
  cert: certificate.optional(),
  key: secret.optional(),
}).check(({ value, issues }) => {
  const refuse = (message: string, ...path: string[]) =>
    void issues.push({ code: 'custom', message, path, input: value });
  const { syslog, webhook } = value;
  if ((syslog === undefined) === (webhook === undefined)) {
    refuse('must be { syslog: tls://HOST:PORT } or { webhook: URL }');
    return;
  }
  if (value.secret !== undefined && webhook === undefined) {
    refuse('only a webhook is signed', 'secret');
  }
  if (value.cert !== undefined && syslog?.tls !== true) {
    refuse('only syslog over TLS shows a certificate', 'cert');
  }
  if ((value.cert === undefined) !== (value.key === undefined)) {
    refuse('cert and key go together', value.cert === undefined ? 'key' : 'cert');
  }
  if (value.ca !== undefined && syslog?.tls !== true && !webhook?.startsWith('https:')) {
    refuse('there is no TLS here to check', 'ca');
  }
});

export const sinks = z
  .array(sink)
  .max(10, 'must be at most 10')
  .default([])
  .check(({ value, issues }) => {
    const seen = new Set<string>();
    for (const [index, { syslog, webhook }] of value.entries()) {
      const where = webhook ?? `${syslog?.host}:${syslog?.port}`;
      if (seen.has(where)) {
        issues.push({ code: 'custom', message: 'is named twice', path: [index], input: value });
      }
      seen.add(where);
    }
  });
