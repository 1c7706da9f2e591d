import type { Duplex } from 'node:stream';
import { readExactly } from '../../../../src/net/read-chunks.ts';
import { encodeInit } from '../../../../src/protocols/ssh/wire/greeting.ts';
import { decodeHandle } from '../../../../src/protocols/ssh/wire/reply/handle.ts';
import { decodeStatus } from '../../../../src/protocols/ssh/wire/reply/status.ts';
import { encodeOpen } from '../../../../src/protocols/ssh/wire/request/open.ts';

/** One end of SFTP that says exactly what it is told to. */
export class RawSftp {
  readonly stream: Duplex;

  constructor(stream: Duplex) {
    this.stream = stream;
  }

  send(...packets: readonly Buffer[]): void {
    for (const packet of packets) this.stream.write(packet);
  }

  /** The next packet; throws when there is none any more. */
  async next(): Promise<Buffer> {
    const length = await readExactly(this.stream, 4);
    if (length === null) throw new Error('the stream ended');
    const rest = await readExactly(this.stream, length.readUInt32BE(0));
    if (rest === null) throw new Error('the stream ended');
    return Buffer.concat([length, rest]);
  }

  async ask(packet: Buffer): Promise<Buffer> {
    this.send(packet);
    return this.next();
  }

  async greet(): Promise<Buffer> {
    return this.ask(encodeInit({ version: 3, extensions: [] }));
  }

  /** A status, as its code and text. */
  async refused(packet: Buffer): Promise<string> {
    const { code, message } = decodeStatus(await this.ask(packet));
    return `${code} ${message}`;
  }

  async open(path: string, flags: number, id = 1): Promise<Buffer> {
    return decodeHandle(await this.ask(open(path, flags, id))).handle;
  }
}

export const noAttributes = {
  size: null,
  owner: null,
  permissions: null,
  times: null,
  extended: [],
};

export function open(path: string, flags: number, id = 1): Buffer {
  return encodeOpen({ id, path: Buffer.from(path), flags, attributes: noAttributes });
}
