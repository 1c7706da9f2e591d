import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificates } from '../peers/certificates.ts';

type Answer = 'take' | 413 | 422 | 500 | 302 | 'hang up' | 'answer nothing';

/** A real receiver over HTTPS. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly ca: string;
  /** Bodies of all that came, whatever was answered. */
  readonly came: string[];
  readonly taken: string[];
  readonly ids: string[];
  readonly unsigned: string[];
}

export const signingKey = 'sink key';

/** Answers as told, and then as it judges each body: it takes everything, unless told otherwise. */
export async function receiver(
  answers: readonly Answer[],
  judge: (body: string) => Answer = () => 'take',
): Promise<Receiver> {
  const { ca, cert, key } = await makeCertificates();
  const heard = { came: [], taken: [], ids: [], unsigned: [] } as Pick<
    Receiver,
    'came' | 'taken' | 'ids' | 'unsigned'
  >;
  const left = [...answers];
  const server: Server = createServer({ cert, key }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const header = (name: string) => `${request.headers[name]}`;
    const said = `${header('webhook-id')}.${header('webhook-timestamp')}.${body}`;
    const mac = createHmac('sha256', signingKey).update(said).digest('base64');
    if (header('webhook-signature') !== `v1,${mac}`) heard.unsigned.push(body);
    heard.came.push(body);
    heard.ids.push(header('webhook-id'));
    const answer = left.shift() ?? judge(body);
    if (answer === 'take') heard.taken.push(body);
    if (answer === 'take') return response.writeHead(204).end();
    if (answer === 'hang up') return request.socket.destroy();
    if (answer === 'answer nothing') return;
    return response.writeHead(answer, { location: '/elsewhere' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `https://127.0.0.1:${port}/audit`, ca, ...heard },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What came, in lines. */
export const linesOf = (bodies: readonly string[]) =>
  bodies.flatMap((body) => body.split('\n').slice(0, -1));
