import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { growth as growthOf } from './growth.ts';
import { describeWith } from './require-peer.ts';
import { pause, type RunningSystem, startSystem } from './running-system.ts';

/** Much at once, much at a time, and peers that do not keep up. */
describeWith(['postgres', 'psql', 'pgbench'], 'under load', () => {
  let system: RunningSystem;
  let tunnel: Awaited<ReturnType<RunningSystem['connect']>>;
  beforeAll(async () => {
    system = await startSystem({ postgres: { max_connections: '300' } });
    await system.postgres.query('create unlogged table bulk (line text)');
    await system.postgres.query(
      `create function drop_row() returns trigger language plpgsql as 'begin return null; end'`,
    );
    await system.postgres.query(
      'create trigger t before insert on bulk for each row execute function drop_row()',
    );
    tunnel = await system.connect('engineer');
  });
  afterAll(() => system[Symbol.asyncDispose]());

  const where = () => `host=127.0.0.1 port=${tunnel.port} user=x dbname=app sslmode=disable`;
  const gigabyte = `copy (select repeat('x', 1023) from generate_series(1, 1048576)) to stdout`;
  /** More than sockets, pipes and the server's own buffers take. */
  const large = `copy (select repeat('x', 1023) from generate_series(1, 300000)) to stdout`;
  /** In long lines, since each of them costs the server a trigger; psql sends them in pieces. */
  const inLongLines = (mebibytes: number) =>
    `copy (select repeat('x', 16383) from generate_series(1, ${mebibytes * 64})) to stdout`;

  const growth = (work: () => Promise<void>) =>
    growthOf([system.gateway.pid(), tunnel.child.pid ?? 0], work);

  async function warm(): Promise<void> {
    await system.spawn('psql', ['-X', '-d', where(), '-c', large], { stdout: 'ignore' }).ended;
  }

  test('COPY of a gigabyte out: the program grows by less than 64 MiB', async () => {
    await warm();
    const grown = await growth(async () => {
      const out = system.spawn('bash', [
        '-c',
        `psql -X -d '${where()}' -c "$1" | wc -c`,
        '-',
        gigabyte,
      ]);
      expect(await out.ended).toMatchObject({ code: 0, stdout: `${2 ** 30}\n` });
    });
    expect(grown).toBeLessThan(64);
  }, 120_000);

  test('COPY of a gigabyte in: the same', async () => {
    const { socketFolder, port, user } = system.postgres;
    const direct = `host=${socketFolder} port=${port} user=${user} dbname=app`;
    const line = `psql -X -d '${direct}' -c "$1" | psql -X -d '${where()}' -c 'copy bulk from stdin'`;
    const grown = await growth(async () => {
      const ran = await system.spawn('bash', ['-o', 'pipefail', '-c', line, '-', inLongLines(1024)])
        .ended;
      expect(ran).toMatchObject({ code: 0 });
    });
    expect(grown).toBeLessThan(64);
  }, 120_000);

  test('a client that does not read costs nothing, and loses nothing', async () => {
    const socket = await rawSession();
    const grown = await growth(async () => {
      socket.pause();
      socket.write(query(large));
      await pause(3_000);
    });
    expect(grown).toBeLessThan(64);
    let received = 0;
    socket.on('data', (chunk) => {
      received += chunk.length;
    });
    socket.resume();
    await expect.poll(() => received, { timeout: 60_000 }).toBeGreaterThan(300_000 * 1024);
    socket.destroy();
  }, 120_000);

  test('a server that does not read costs nothing, and loses nothing', async () => {
    const blocker = new pg.Client({ ...direct() });
    await blocker.connect();
    await blocker.query('create table if not exists bulk_gate (n int)');
    // Rows are taken once the gate can be read.
    await blocker.query(
      `create or replace function drop_row() returns trigger language plpgsql as
       'begin perform count(*) from bulk_gate; return null; end'`,
    );
    await blocker.query('begin; lock table bulk_gate in access exclusive mode');
    const { socketFolder, port, user } = system.postgres;
    const from = `host=${socketFolder} port=${port} user=${user} dbname=app`;
    const line = `psql -X -d '${from}' -c "$1" | psql -X -d '${where()}' -c 'copy bulk from stdin'`;
    const copying = system.spawn('bash', ['-o', 'pipefail', '-c', line, '-', inLongLines(150)]);
    const grown = await growth(() => pause(3_000));
    expect(copying.child.exitCode).toBeNull();
    expect(grown).toBeLessThan(64);
    await blocker.query('rollback');
    await blocker.end();
    expect(await copying.ended).toMatchObject({ code: 0 });
  }, 120_000);

  test('200 idle sessions and 50 busy ones through one tunnel', async () => {
    const init = ['-i', '-q', '-s', '1', '-h', system.postgres.socketFolder];
    const at = ['-p', `${system.postgres.port}`, '-U', system.postgres.user, 'app'];
    expect((await system.spawn('pgbench', [...init, ...at]).ended).code).toBe(0);
    const idle = Array.from(
      { length: 200 },
      () => new pg.Client({ host: '127.0.0.1', port: tunnel.port, user: 'x' }),
    );
    await Promise.all(idle.map((client) => client.connect()));
    const busy = await bench('-c', '50', '-j', '2', '-S', '-T', '4');
    expect(busy).toMatchObject({ code: 0 });
    expect(busy.stdout).toMatch(/number of failed transactions: 0/);
    const answers = await Promise.all(idle.map((client) => client.query('select 1 as one')));
    expect(answers.every(({ rows }) => rows[0].one === 1)).toBe(true);
    await Promise.all(idle.map((client) => client.end()));
  }, 120_000);

  test.each(['simple', 'extended', 'prepared'])(
    'pgbench -M %s, to the last row',
    async (mode) => {
      const [before] = await system.postgres.query('select count(*)::int n from pgbench_history');
      const ran = await bench('-M', mode, '-c', '4', '-j', '2', '-t', '50');
      expect(ran).toMatchObject({ code: 0 });
      expect(ran.stdout).toContain('200/200');
      const [after] = await system.postgres.query('select count(*)::int n from pgbench_history');
      expect(Number(after?.n) - Number(before?.n)).toBe(200);
    },
    60_000,
  );

  async function bench(...args: string[]) {
    return system.spawn('pgbench', ['-n', ...args, where()]).ended;
  }

  function direct(): pg.ClientConfig {
    const { host, port, user, password } = system.postgres;
    return { host, port, user, password, database: 'app' };
  }

  async function rawSession(): Promise<Socket> {
    const socket = connect(tunnel.port, '127.0.0.1');
    const startup = Buffer.from('\0\0\0\0\0\x03\0\0user\0x\0database\0app\0\0', 'latin1');
    startup.writeInt32BE(startup.length, 0);
    socket.write(startup);
    let seen = Buffer.alloc(0);
    while (seen.at(-6) !== 0x5a) {
      const [chunk]: Buffer[] = await once(socket, 'data');
      seen = Buffer.concat([seen, chunk ?? Buffer.alloc(0)]);
    }
    return socket;
  }

  function query(text: string): Buffer {
    const body = Buffer.from(`${text}\0`);
    const head = Buffer.from('Q\0\0\0\0');
    head.writeInt32BE(body.length + 4, 1);
    return Buffer.concat([head, body]);
  }
});
