import { once } from 'node:events';
import { createServer } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { createEphemeralCertificate } from '../../../../src/net/ephemeral-certificate.ts';
import { readExactly } from '../../../../src/net/read-chunks.ts';
import { acceptTls } from '../../../../src/net/tls-upgrade.ts';
import { openUpstream } from '../../../../src/protocols/postgres/upstream-stream.ts';

/** Somebody between, with a certificate of their own and TLS on both sides. */
export async function interceptor(server: { readonly host: string; readonly port: number }) {
  const certificate = createEphemeralCertificate();
  const listener = createServer(async (socket) => {
    const signal = AbortSignal.timeout(30_000);
    await readExactly(socket, 8, signal);
    socket.write('S');
    const options = { certificate: await certificate(), alpn: ['postgresql'] };
    const client = await acceptTls(socket, options, signal);
    const tls = { mode: 'require', ca: null, cert: null, key: null } as const;
    const { stream } = await openUpstream({ ...server, tls }, signal);
    await pipeline(client, stream, client).catch(() => {});
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, close: () => listener.close() };
}
