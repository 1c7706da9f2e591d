import type { Duplex } from 'node:stream';
import type { Protocol } from '../core/facts.ts';
import type { Refusal } from '../core/refusal.ts';
import { createEphemeralCertificate } from '../net/ephemeral-certificate.ts';
import { writeAll } from '../net/write-all.ts';
import { httpWords } from '../protocols/http/http-dialect.ts';
import { refuseHttp } from '../protocols/http/refuse-http.ts';
import { kubernetesWords } from '../protocols/kubernetes/dialect.ts';
import { errorResponseFor } from '../protocols/postgres/faults.ts';
import { negotiateStartup } from '../protocols/postgres/startup.ts';
import { refuseSsh } from '../protocols/ssh/refuse-ssh.ts';

const timeLimitMs = 5_000;

/**
 * Tells a client, in its own protocol, why it cannot be carried to the gateway. For the local
 * end of a tunnel: what the gateway itself refuses, it answers itself.
 */
export function refuseClient(protocol: Protocol, client: Duplex, refusal: Refusal): Promise<void> {
  switch (protocol) {
    case 'postgres':
      return refusePostgres(client, refusal);
    case 'ssh':
      return refuseSsh(client, refusal);
    case 'http':
      return refuseHttp(client, httpWords.refused(refusal), AbortSignal.timeout(timeLimitMs));
    case 'kubernetes':
      return refuseHttp(client, kubernetesWords.refused(refusal), AbortSignal.timeout(timeLimitMs));
    default:
      return protocol satisfies never;
  }
}

/** The client has to have said its part first: libpq does not read an error before that. */
async function refusePostgres(client: Duplex, refusal: Refusal): Promise<void> {
  const outcome = await negotiateStartup(client, {
    certificate: createEphemeralCertificate(),
    timeLimitMs,
    signal: AbortSignal.timeout(timeLimitMs),
  });
  if (outcome.kind === 'startup' || outcome.kind === 'refused') {
    const said = outcome.kind === 'refused' ? outcome.refusal : refusal;
    await writeAll(outcome.stream, errorResponseFor(said, 'FATAL')).catch(() => {});
  }
  outcome.stream.end();
}
