import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import pg from 'pg';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeQuery } from '../../../../src/protocols/postgres/wire/frontend/query.ts';
import { encodeStartupMessage } from '../../../../src/protocols/postgres/wire/startup/startup-message.ts';
import { plainDuplex } from '../../../net/loopback.ts';
import { type PostgresPeer, startPostgres } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { targetOf } from '../upstream/targets.ts';
import { type Front, startFront } from './front.ts';

function psql(port: number, env: Record<string, string>, sql = 'SELECT current_user, 7 * 6') {
  const args = ['-X', '-A', '-t', '-h', '127.0.0.1', '-p', `${port}`, '-c', sql];
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    const options = {
      env: { PATH: process.env.PATH, PGCONNECT_TIMEOUT: '10', PGUSER: 'me', ...env },
    };
    execFile('psql', args, options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

describeWith(['postgres', 'psql'], 'real clients at the startup negotiation', () => {
  let server: PostgresPeer;
  let fronts: Record<'socket' | 'duplex', Front>;

  beforeAll(async () => {
    server = await startPostgres();
    const target = targetOf(server, 'disable', server);
    const [socket, duplex] = await Promise.all([
      startFront({ target }),
      startFront({ target, shape: plainDuplex }),
    ]);
    fronts = { socket, duplex };
  });
  afterAll(async () => {
    fronts.socket.close();
    fronts.duplex.close();
    await server.stop();
  });

  test('psql is told why its database or option is refused', async () => {
    const { port } = fronts.socket;
    expect(await psql(port, { PGDATABASE: 'secrets' })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/FATAL: {2}hoopx: database "secrets" is not part of this/),
    });
    expect(await psql(port, { PGCLIENTENCODING: 'LATIN1' })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/FATAL: {2}hoopx: client_encoding LATIN1 is not supported/),
    });
  });

  const modes = [
    ['socket', 'disable', 'prefer'],
    ['socket', 'prefer', 'prefer'],
    ['socket', 'require', 'disable'],
    ['socket', 'allow', 'disable'],
    ['duplex', 'disable', 'disable'],
    ['duplex', 'require', 'prefer'],
  ] as const;
  test.each(modes)('psql over a %s with PGSSLMODE=%s PGGSSENCMODE=%s', async (kind, ssl, gss) => {
    const front = fronts[kind];
    const before = front.outcomes.length;
    const result = await psql(front.port, { PGSSLMODE: ssl, PGGSSENCMODE: gss });
    expect(result).toMatchObject({ code: 0, stdout: 'postgres|42\n' });
    const encrypted = ssl === 'prefer' || ssl === 'require';
    expect(front.outcomes.slice(before)).toMatchObject([{ kind: 'startup', encrypted }]);
  });

  test('psql without a locale of its own gets UTF8', async () => {
    const env = { LC_ALL: 'C', PGCLIENTENCODING: 'SQL_ASCII' };
    const { stdout } = await psql(
      fronts.socket.port,
      env,
      "SELECT 'é', current_setting('client_encoding')",
    );
    expect(stdout).toBe('é|UTF8\n');
  });

  test.each([false, { rejectUnauthorized: false }])('node-postgres with ssl %j', async (ssl) => {
    for (const { port } of Object.values(fronts)) {
      const client = new pg.Client({
        ...{ host: '127.0.0.1', port, user: 'me', database: 'me', ssl },
        ...{ application_name: 'nodejs', statement_timeout: 5000, client_encoding: 'utf-8' },
      });
      await client.connect();
      const { rows } = await client.query('SELECT $1::int * 6 AS n, current_database() AS db', [7]);
      expect(rows).toEqual([{ n: 42, db: 'app' }]);
      await client.end();
    }
  });

  test.each(['require', false] as const)('the postgres driver with ssl %j', async (ssl) => {
    const sql = postgres({ host: '127.0.0.1', port: fronts.socket.port, user: 'me', ssl, max: 1 });
    expect([...(await sql`SELECT ${'x'} AS x`)]).toEqual([{ x: 'x' }]);
    await sql.end();
  });

  test('pitfall 2: direct TLS with ALPN is a session like any other', async () => {
    for (const { port } of Object.values(fronts)) {
      const client = connectTls({
        host: '127.0.0.1',
        port,
        ALPNProtocols: ['postgresql'],
        rejectUnauthorized: false,
      });
      await once(client, 'secureConnect');
      client.write(
        Buffer.concat([
          encodeStartupMessage(new Map([['user', 'me']])),
          encodeQuery('SELECT 6 * 7'),
        ]),
      );
      let got = '';
      for await (const chunk of client) {
        got += chunk.toString('latin1');
        if (got.includes('SELECT 1\0')) break;
      }
      expect(got).toContain('42');
      client.destroy();
    }
  });
});
