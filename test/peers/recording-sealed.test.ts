import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EchoUpstream, startEcho } from '../protocols/http/echo-upstream.ts';
import { expectPublishedForm } from '../recording/published-schema.ts';
import { describeWith } from './require-peer.ts';
import { type RunningSystem, startSystem } from './running-system.ts';

describeWith(['postgres', 'psql', 'curl'], 'recordings as they are configured', () => {
  let service: EchoUpstream;
  let system: RunningSystem;
  let identity = '';
  let port = 0;
  beforeAll(async () => {
    service = await startEcho((_request, response, body) => {
      response.writeHead(body === '' ? 200 : 201).end('an answer of the service');
    });
    const key = await generateIdentity();
    system = await startSystem({
      operators: 'dba',
      recording: `{ folder: recordings, recipients: [${await identityToRecipient(key)}], keepSize: 64KiB }`,
      connections: [
        `web: { type: http, url: "http://127.0.0.1:${service.port}", access: { groups: [engineering] } }`,
      ],
      rules: ['{ name: all of it, http: { path: ["/v1/*"], method: [GET, PUT] }, then: allow }'],
    });
    identity = path.join(system.folder, 'key.txt');
    await writeFile(identity, `# made for this test\n${key}\n`, { mode: 0o600 });
    port = (await system.connect('engineer')).port;
  }, 120_000);
  afterAll(async () => {
    await system?.gateway.stop();
    await system?.[Symbol.asyncDispose]();
    await service?.[Symbol.asyncDispose]();
  });

  const recordings = () => path.join(system.folder, 'recordings');
  const target = () => `postgres://x@127.0.0.1:${port}/app`;
  const psql = (sql: string) => system.spawn('psql', ['-X', '-c', sql, target()]).ended;

  async function newest() {
    let id = '';
    await expect
      .poll(async () => {
        const { items } = await system.client('engineer').listRecordings({ limit: 1 });
        id = items[0]?.id ?? '';
        return items[0]?.state;
      })
      .toBe('ended');
    return id;
  }

  test('the gateway cannot read what it has written, nor can whoever has another key', async () => {
    await psql("select 'sealed-word'");
    const id = await newest();
    expect(await readdir(path.join(recordings(), id))).toEqual([
      'meta.json',
      'session.ndjson.sealed',
    ]);
    for (const name of await readdir(path.join(recordings(), id))) {
      expect(await readFile(path.join(recordings(), id, name), 'latin1')).not.toContain(
        'sealed-word',
      );
    }
    const without = await system.run('engineer', 'sessions', 'replay', id);
    expect([without.code, without.stdout]).toEqual([1, '']);
    expect(without.stderr).toContain('--identity');
    const other = path.join(system.folder, 'other.txt');
    await writeFile(other, await generateIdentity());
    const wrong = await system.run('engineer', 'sessions', 'replay', id, '--identity', other);
    expect([wrong.code, wrong.stdout]).toEqual([1, '']);
  });

  test('whoever holds the key reads all of it, and finds it by what was said', async () => {
    const id = await newest();
    const key = ['--identity', identity];
    const shown = await system.run('engineer', 'sessions', 'replay', id, ...key);
    expect(shown.stdout).toContain("allow    select 'sealed-word'");
    const { stdout } = await system.run('engineer', 'sessions', 'export', id, '--json', ...key);
    await expectPublishedForm(stdout);
    const folder = path.join(recordings(), id);
    const offline = await system.run('engineer', 'sessions', 'replay', '--file', folder, ...key);
    expect(offline.stdout).toBe(shown.stdout);
    const search = ['sessions', 'list', '--text', 'Sealed-Word', '--json', ...key];
    const found = JSON.parse((await system.run('engineer', ...search)).stdout);
    expect(found.items.map((each: { id: string }) => each.id)).toEqual([id]);
    const none = ['sessions', 'list', '--text', 'never-said', '--json', ...key];
    expect(JSON.parse((await system.run('engineer', ...none)).stdout).items).toEqual([]);
  });

  test('a watch ends when its reader logs out, and says why; the session goes on', async () => {
    const words = ['-X', '-c', "select 'watched-word'", '-c', 'select pg_sleep(300)', target()];
    const talking = system.spawn('psql', words);
    await talking.said('watched-word');
    const id = (await system.client('reviewer').listSessions()).items.at(-1)?.id ?? '';
    const blind = await system.run('reviewer', 'sessions', 'watch', id);
    expect([blind.code, blind.stdout]).toEqual([1, '']);
    const watch = await system.start('reviewer', ['sessions', 'watch', id, '--identity', identity]);
    await watch.said("allow    select 'watched-word'");
    await system.client('reviewer').logout();
    const { code, stderr } = await watch.ended;
    expect([code, stderr]).toEqual([4, expect.stringContaining('hoopx login')]);
    const { items } = await system.client('engineer').listSessions();
    expect(items.map((each) => each.id)).toContain(id);
    await system.client('engineer').killSession(id);
    await talking.ended;
  });

  test('what curl asked is a timeline: method, path, status and sizes, and no body', async () => {
    const script =
      'curl -sS "$HOOPX_URL/v1/things?tint=blue" --next -sS -X PUT -d planted-body "$HOOPX_URL/v1/things/7" --next -sS "$HOOPX_URL/other"';
    const ran = await system.run('engineer', 'connect', 'web', '--', 'sh', '-c', script);
    expect(ran.stdout).toContain('an answer of the service');
    const id = await newest();
    const shown = await system.run('engineer', 'sessions', 'replay', id, '--identity', identity);
    expect(shown.stdout).toMatch(/answer +GET \/v1\/things\?tint=blue: 200, 24 bytes, \d+ ms/);
    expect(shown.stdout).toMatch(
      /answer +PUT \/v1\/things\/7: 201, 24 bytes, 12 bytes sent, \d+ ms/,
    );
    expect(shown.stdout).toMatch(/refused .*GET \/other|deny +GET \/other/);
    expect(shown.stdout).not.toContain('planted-body');
    expect(shown.stdout).not.toContain('an answer of the service');
  });

  test('of too many the oldest are removed, and the newest kept', async () => {
    const long = (word: string) => psql(`select '${word}', length('${'x'.repeat(40_000)}')`);
    await long('older');
    const older = await newest();
    await long('newer');
    await expect.poll(newest).not.toBe(older);
    const newer = await newest();
    await system.gateway.stop();
    await system.gateway.start();
    const { items } = await system.client('engineer').listRecordings();
    expect(items.map((each) => each.id)).toEqual([newer]);
    expect(await readdir(recordings())).toEqual([newer]);
  });

  test('only where that is optional does a session begin without a recording', async () => {
    const config = path.join(system.folder, 'hoopx.gateway.yaml');
    const text = await readFile(config, 'utf8');
    port = (await system.connect('engineer')).port;
    await rename(recordings(), `${recordings()}-away`);
    expect((await psql('select 1')).code).toBe(2);
    await rename(`${recordings()}-away`, recordings());
    await system.gateway.stop();
    await writeFile(
      config,
      text.replace('type: postgres', 'type: postgres\n    recording: optional'),
    );
    await system.gateway.start();
    port = (await system.connect('engineer')).port;
    await rename(recordings(), `${recordings()}-away`);
    const unrecorded = await psql('select 1');
    expect([unrecorded.code, unrecorded.stderr]).toEqual([0, '']);
    expect(system.gateway.log()).toContain('goes on without, as its connection allows');
    await rename(`${recordings()}-away`, recordings());
  });
});
