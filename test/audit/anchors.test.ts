import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openAnchors } from '../../src/audit/anchors.ts';
import { openSpool } from '../../src/audit/spool.ts';
import { Secret } from '../../src/core/secret.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hoopx-anchor-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const log = { info: () => {}, warn: () => {}, error: () => {} };

interface Came {
  readonly note: string;
  readonly id: string;
  readonly signed: boolean;
}

/** A real receiver that refuses so many times first. */
async function receiver(refusals: number) {
  const came: Came[] = [];
  let left = refusals;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const header = (name: string) => `${request.headers[name]}`;
    const said = `${header('webhook-id')}.${header('webhook-timestamp')}.${body}`;
    const mac = createHmac('sha256', 'key').update(said).digest('base64');
    const signed = header('webhook-signature') === `v1,${mac}`;
    left -= 1;
    if (left >= 0) return response.writeHead(503).end();
    came.push({ note: JSON.parse(body).data.note, id: header('webhook-id'), signed });
    return response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { came, url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

it('keeps what a webhook does not take, over a restart, and sends it in order', async () => {
  const down = await receiver(1_000);
  const secret = new Secret(`whsec_${Buffer.from('key').toString('base64')}`);
  const anchor = { kind: 'webhook', url: down.url, secret } as const;
  const first = await openAnchors([anchor], path.join(folder, 'audit'), log, () => {});
  for (const note of ['one', 'two', 'three']) first.add(note);
  await first.close();
  expect(down.came).toEqual([]);
  down.close();

  const up = await receiver(1);
  const spool = await owedIn(folder);
  const again = await openSpool({
    file: spool,
    name: 'test',
    log,
    retryAfterMs: 10,
    deliver: async (note) => {
      const anchors = await openAnchors(
        [{ ...anchor, url: up.url }],
        path.join(folder, note),
        log,
        () => {},
      );
      anchors.add(note);
      await anchors.close();
    },
  });
  await expect.poll(() => up.came.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
  expect(up.came.every(({ signed, id }) => signed && id.startsWith('msg_'))).toBe(true);
  await again.close();
}, 30_000);

async function owedIn(where: string): Promise<string> {
  const { readdir } = await import('node:fs/promises');
  const name = (await readdir(where)).find((each) => each.includes('spool')) ?? '';
  expect((await readFile(path.join(where, name), 'utf8')).split('\n').slice(0, 3)).toEqual([
    '"one"',
    '"two"',
    '"three"',
  ]);
  return path.join(where, name);
}

it('hands on in order, again after a failure, and keeps only the newest of too many', async () => {
  const file = path.join(folder, 'spool.jsonl');
  const got: string[] = [];
  let down = true;
  const deliver = async (text: string) => {
    if (down) throw new Error('down');
    got.push(text);
  };
  const spool = await openSpool({ file, name: 'x', deliver, log, most: 3, retryAfterMs: 20 });
  for (const text of ['1', '2', '3', '4', '5']) spool.put(text);
  await expect.poll(async () => await readFile(file, 'utf8').catch(() => '')).toContain('"3"');
  down = false;
  await expect.poll(() => got, { timeout: 5_000 }).toEqual(['3', '4', '5']);
  await spool.close();
});

it('appends to a file, and goes on behind a line that was half written', async () => {
  const file = path.join(folder, 'elsewhere.jsonl');
  const { writeFile } = await import('node:fs/promises');
  await writeFile(file, '{"note":"ha');
  const anchors = await openAnchors(
    [{ kind: 'file', path: file }],
    path.join(folder, 'a'),
    log,
    () => {},
  );
  anchors.add('whole');
  await anchors.close();
  expect((await readFile(file, 'utf8')).split('\n')).toEqual([
    '{"note":"ha',
    '{"note":"whole"}',
    '',
  ]);
});
