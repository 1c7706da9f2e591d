import type { Duplex } from 'node:stream';
import type { CertificateSource } from '../../src/net/ephemeral-certificate.ts';
import { writeAll } from '../../src/net/write-all.ts';
import type { Door, ProtocolAdapter } from '../../src/protocols/adapter.ts';
import { negotiateStartup } from '../../src/protocols/postgres/startup.ts';
import { vetStartup } from '../../src/protocols/postgres/startup-parameters.ts';
import type { PostgresTarget } from '../../src/protocols/postgres/target.ts';
import { connectUpstream } from '../../src/protocols/postgres/upstream.ts';
import { encodeAuthenticationOk } from '../../src/protocols/postgres/wire/backend/authentication.ts';
import { encodeBackendKeyData } from '../../src/protocols/postgres/wire/backend/backend-key-data.ts';
import { encodeParameterStatus } from '../../src/protocols/postgres/wire/backend/parameter-status.ts';
import { encodeReadyForQuery } from '../../src/protocols/postgres/wire/backend/ready-for-query.ts';
import { splice } from '../../src/tunnel/splice.ts';

/**
 * The bare pipe that decisions are measured against: the same tunnel and the same login at the
 * server, and then bytes in both directions that nobody reads. Exists here only.
 */
export function passThroughAdapter(
  certificate: CertificateSource,
): ProtocolAdapter<PostgresTarget> {
  return {
    async serve(client: Duplex, door: Door<PostgresTarget>) {
      const signal = new AbortController().signal;
      const started = await negotiateStartup(client, { certificate, timeLimitMs: 5_000, signal });
      if (started.kind !== 'startup') return client.destroy() && undefined;
      const admission = await door.admit({ client: 'bench' });
      if (admission.kind === 'refused') throw new Error(admission.refusal.message);
      const { grant } = admission;
      const vetting = vetStartup(started.parameters, grant.target);
      if (vetting.kind === 'refused') throw new Error(vetting.refusal.message);
      const { database, parameters } = vetting;
      const asked = { database, parameters, signal: grant.signal };
      const upstream = await connectUpstream(grant.target, asked);
      const statuses = [...upstream.parameterStatus];
      const welcome = Buffer.concat([
        encodeAuthenticationOk(),
        ...statuses.map(([name, value]) => encodeParameterStatus(name, value)),
        encodeBackendKeyData({ pid: 1, secret: Buffer.alloc(4) }),
        encodeReadyForQuery('idle'),
      ]);
      await writeAll(started.stream, welcome);
      await splice(started.stream, upstream.stream);
      grant.ended();
    },
  };
}
