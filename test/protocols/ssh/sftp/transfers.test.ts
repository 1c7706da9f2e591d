import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { encodeHandle } from '../../../../src/protocols/ssh/wire/reply/handle.ts';
import { encodeStatus } from '../../../../src/protocols/ssh/wire/reply/status.ts';
import { encodeHandleOnly } from '../../../../src/protocols/ssh/wire/request/handle-only.ts';
import { encodeRead, encodeWrite } from '../../../../src/protocols/ssh/wire/request/read-write.ts';
import { requestIdOf } from '../../../../src/protocols/ssh/wire/request-id.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { atHome } from './at-home.ts';
import { decisions } from './decisions.ts';
import { open } from './raw-sftp.ts';
import { withServer } from './relayed.ts';

const id = 1;
const reading = 0x01;
const writing = 0x1a;
const write = (handle: Buffer, contents: string) =>
  encodeWrite({ id, handle, offset: 0n }, Buffer.from(contents));
const read = (handle: Buffer, offset = 0n) => encodeRead({ id, handle, offset, length: 100 });
const close = (handle: Buffer) => encodeHandleOnly({ kind: 'close', id, handle });
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const none = { bytes: 0, sha256: null };

describeWith(['sftp-server'], 'what is told of a file through SFTP', () => {
  test('nothing, where a decision refuses it', async () => {
    const { client, files } = await withServer(decisions(() => 'no'));
    await client.ask(open('new', writing));
    expect(files).toEqual([]);
  });

  test('that the server refused to open it, in its words', async () => {
    const { client, files } = await withServer();
    await client.ask(open('missing/new', writing));
    await client.ask(open('missing', reading));
    await client.ask(open('/proc/sys/kernel/ngroups_max', writing));
    const refused = { ...none, problem: 'refused' };
    expect(files).toEqual([
      { path: 'missing/new', direction: 'upload', ...refused, message: 'No such file' },
      { path: 'missing', direction: 'download', ...refused, message: 'No such file' },
      {
        ...{ path: '/proc/sys/kernel/ngroups_max', direction: 'upload' },
        ...{ ...refused, message: 'Permission denied' },
      },
    ]);
  });

  test('that the server refused what was written, or could not read it', async () => {
    const { client, files } = await withServer();
    const full = await client.open('/dev/full', 2);
    await client.ask(write(full, 'some'));
    await client.ask(close(full));
    const broken = await client.open('/proc/self/mem', reading);
    await client.ask(read(broken));
    await client.ask(close(broken));
    const refused = { problem: 'refused', message: 'Failure' };
    expect(files).toEqual([
      { path: '/dev/full', direction: 'upload', bytes: 4, sha256: sha256('some'), ...refused },
      { path: '/proc/self/mem', direction: 'download', ...none, ...refused },
    ]);
  });

  test('that the session ended in the middle of it', async () => {
    const { client, folder, files, ended } = await withServer();
    writeFileSync(path.join(folder, 'file'), 'contents');
    const written = await client.open('new', writing);
    await client.ask(write(written, 'half'));
    const seen = await client.open('file', reading);
    await client.ask(read(seen));
    await client.open('file', reading);
    client.stream.destroy();
    await ended;
    expect(files).toEqual([
      { path: 'new', direction: 'upload', bytes: 4, sha256: sha256('half'), problem: 'incomplete' },
      {
        ...{ path: 'file', direction: 'download', bytes: 8, sha256: sha256('contents') },
        problem: 'incomplete',
      },
      { path: 'file', direction: 'download', ...none, problem: 'incomplete' },
    ]);
  });

  test('no problem, where it was closed, or read to its end', async () => {
    const { client, folder, files, ended } = await withServer();
    writeFileSync(path.join(folder, 'file'), 'contents');
    const written = await client.open('new', writing);
    await client.ask(write(written, 'whole'));
    await client.ask(close(written));
    const part = await client.open('file', reading);
    await client.ask(read(part));
    await client.ask(close(part));
    const whole = await client.open('file', reading);
    await client.ask(read(whole));
    await client.ask(read(whole, 8n));
    client.stream.destroy();
    await ended;
    const down = { path: 'file', direction: 'download', bytes: 8, sha256: sha256('contents') };
    expect(files).toEqual([
      { path: 'new', direction: 'upload', bytes: 5, sha256: sha256('whole') },
      ...[down, down],
    ]);
  });

  test('that all was sent, and the server did not say what became of it', async () => {
    const { client, server, asked, files, ended, handle } = await opened();
    client.send(write(handle, 'whole'), close(handle));
    await asked();
    await asked();
    server.stream.destroy();
    await ended;
    expect(files).toEqual([
      {
        ...{ path: '/new', direction: 'upload', bytes: 5, sha256: sha256('whole') },
        problem: 'unanswered',
      },
    ]);
  });

  test('that the server closed it before it had answered what was written', async () => {
    const { client, server, asked, files, handle } = await opened();
    client.send(write(handle, 'whole'), close(handle));
    await asked();
    server.send(encodeStatus({ id: requestIdOf(await asked()), code: 0, message: '' }));
    await client.next();
    expect(files).toMatchObject([{ path: '/new', bytes: 5, problem: 'unanswered' }]);
  });

  test('that nobody said whether it could be opened', async () => {
    const { client, server, asked, files, ended } = await atHome();
    client.send(open('/new', writing));
    await asked();
    server.stream.destroy();
    await ended;
    expect(files).toEqual([{ path: '/new', direction: 'upload', ...none, problem: 'incomplete' }]);
  });
});

/** A file to be written, at a server that the test plays. */
async function opened() {
  const relay = await atHome();
  const handle = Buffer.from('h');
  relay.client.send(open('/new', writing));
  relay.server.send(encodeHandle({ id: requestIdOf(await relay.asked()), handle }));
  await relay.client.next();
  return { ...relay, handle };
}
