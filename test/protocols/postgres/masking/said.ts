import pg from 'pg';
import { expect } from 'vitest';

/** Every byte that a client was sent for a statement. */
export interface Said {
  readonly sql: string;
  readonly bytes: Buffer;
}

export async function overSimpleQuery(url: string, statements: readonly string[]): Promise<Said[]> {
  return session(url, statements, (client, sql) => client.query(sql));
}

export function overExtended(url: string, statements: readonly string[], binary: boolean) {
  return session(url, statements, (client, text) => {
    const config = { text, values: [], binary, queryMode: 'extended' };
    return client.query(config);
  });
}

async function session(
  url: string,
  statements: readonly string[],
  ask: (client: pg.Client, sql: string) => Promise<unknown>,
): Promise<Said[]> {
  const said: Said[] = [];
  let client = await connected(url);
  for (const sql of statements) {
    const pieces: Buffer[] = [];
    const note = (chunk: Buffer) => pieces.push(chunk);
    const stream = streamOf(client);
    stream.on('data', note);
    await ask(client, sql).catch(() => {});
    // An error is told before the answer is over.
    await expect.poll(() => stream.destroyed || isOver(Buffer.concat(pieces))).toBe(true);
    stream.off('data', note);
    said.push({ sql, bytes: Buffer.concat(pieces) });
    if (stream.destroyed) client = await connected(url);
  }
  await client.end();
  return said;
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  return client;
}

function streamOf(client: pg.Client): NodeJS.ReadableStream & { readonly destroyed: boolean } {
  return Reflect.get(Reflect.get(client, 'connection'), 'stream');
}

/** It ends with ReadyForQuery. */
function isOver(bytes: Buffer): boolean {
  return bytes.subarray(-6, -1).equals(Buffer.from([0x5a, 0, 0, 0, 5]));
}
