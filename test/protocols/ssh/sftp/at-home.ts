import { encodeInit, encodeVersion } from '../../../../src/protocols/ssh/wire/greeting.ts';
import { requestType } from '../../../../src/protocols/ssh/wire/packet-types.ts';
import { encodeOneName } from '../../../../src/protocols/ssh/wire/reply/name.ts';
import { requestIdOf } from '../../../../src/protocols/ssh/wire/request-id.ts';
import { decisions } from './decisions.ts';
import { noAttributes } from './raw-sftp.ts';
import { withHostileServer } from './relayed.ts';

export const version = encodeVersion({ version: 3, extensions: [] });

export function name(id: number, path: string): Buffer {
  return encodeOneName({
    id,
    path: Buffer.from(path),
    longName: Buffer.alloc(0),
    attributes: noAttributes,
  });
}

/** Greeted, and told that home is `/home`. */
export async function atHome(made = decisions()) {
  const relay = await withHostileServer(made);
  const { client, server } = relay;
  client.send(encodeInit({ version: 3, extensions: [] }));
  await server.next();
  server.send(version);
  await client.next();
  server.send(name(requestIdOf(await server.next()), '/home'));
  /** The next request that is not about where a path leads; those are answered with itself. */
  const asked = async (): Promise<Buffer> => {
    for (;;) {
      const raw = await server.next();
      if (raw.readUInt8(4) !== requestType.realpath) return raw;
      const path = raw.subarray(13).toString();
      server.send(name(requestIdOf(raw), path));
    }
  };
  return { ...relay, asked };
}
