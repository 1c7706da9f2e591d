import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ask, newDevUser, until } from './dev-child.ts';
import { freePort } from './free-port.ts';
import { startPostgres } from './postgres.ts';
import { describeWith } from './require-peer.ts';

const removeCancelled = "delete from orders where status = 'cancelled'";
const countCancelled = "select count(*)::int from orders where status = 'cancelled'";

describe('hoopx dev, before it starts anything', () => {
  test.each(['0.0.0.0', '::', '192.0.2.1', 'example.com', '127.0.0.2'])(
    'refuses to listen at %s',
    async (host) => {
      const user = newDevUser();
      const { code, stderr } = await user.hoopx('dev', '--listen', host).ended;
      expect(code).toBe(64);
      expect(stderr).toContain('--listen takes 127.0.0.1, ::1, localhost');
      expect(await user.leftovers()).toEqual([]);
    },
  );

  test('says that its port is taken', async () => {
    const user = newDevUser();
    const port = await freePort();
    const server = createServer().listen(port, '127.0.0.1');
    onTestFinished(() => void server.close());
    const { code, stderr } = await user.hoopx('dev', '--port', `${port}`).ended;
    expect(code).toBe(64);
    expect(stderr).toContain(`127.0.0.1:${port} is taken by another program`);
    expect(await user.leftovers()).toEqual([]);
  });

  test('does not overwrite a configuration that is not its own', async () => {
    const user = newDevUser();
    const dir = path.join(user.temporary, 'mine');
    await mkdir(dir);
    await writeFile(path.join(dir, 'hoopx.gateway.yaml'), 'mine');
    const { code, stderr } = await user.hoopx('dev', '--port', '0', '--dir', dir).ended;
    expect(code).toBe(64);
    expect(stderr).toContain("is not a demo's");
    expect(await readFile(path.join(dir, 'hoopx.gateway.yaml'), 'utf8')).toBe('mine');
  });
});

describeWith(['postgres', 'psql'], 'hoopx dev', () => {
  test('holds a write in a live psql until it is approved, and leaves nothing behind', async () => {
    const user = newDevUser();
    const { hoopx } = user;
    const dev = await user.dev();
    const { gateway, issuer, postgres, dir } = dev.summary;
    expect(Object.keys(dev.summary)).toEqual(['gateway', 'issuer', 'postgres', 'dir']);
    expect(gateway).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(issuer).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(existsSync(path.join(dir, 'hoopx.gateway.yaml'))).toBe(true);

    expect((await hoopx('doctor').ended).code).toBe(1);
    expect((await hoopx('login', '--as', 'engineer').ended).code).toBe(0);
    expect((await hoopx('login', '--as', 'reviewer', '--profile', 'reviewer').ended).code).toBe(0);
    const doctor = await hoopx('doctor', '--json').ended;
    expect(JSON.parse(doctor.stdout)).toMatchObject({ ok: true });
    expect(doctor.code).toBe(0);

    const psql = (sql: string) => hoopx('connect', 'pg-demo', '--', 'psql', '-XAtc', sql);
    const read = await psql('select count(*) from customers').ended;
    expect([read.code, read.stdout]).toEqual([0, '6\n']);
    expect((await psql('\\d orders').ended).stdout).toContain('customer_id');
    const twice = ['psql', '-XAt', '-c', 'select 1', '-c', 'select 2'];
    expect((await hoopx('connect', 'pg-demo', '--', ...twice).ended).stdout).toBe('1\n2\n');
    for (const drop of ['drop table accounts', 'drop database demo']) {
      const refused = await psql(drop).ended;
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('Tables and databases are not dropped here');
    }

    const held = psql(removeCancelled);
    const [id] = await held.said(/\breq_\w+/);
    const own = await hoopx('approve', id, '--yes').ended;
    expect(own.code).not.toBe(0);
    expect(await ask(postgres, countCancelled)).toEqual([3]);
    await dev.said(new RegExp(`${id} held`));
    const approved = await hoopx('approve', id, '--yes', '--profile', 'reviewer').ended;
    expect(approved.code).toBe(0);
    expect(await held.ended).toMatchObject({ code: 0, stdout: 'DELETE 3\n' });
    expect(await ask(postgres, countCancelled)).toEqual([0]);
    await dev.said(new RegExp(`${id} ran, 3 rows`));

    const open = psql('insert into orders select 99, 1, status, 1, ordered_on from orders limit 1');
    await open.said(/\breq_\w+/);
    dev.process.kill('SIGINT');
    expect((await dev.ended).code).toBe(0);
    expect((await open.ended).code).not.toBe(0);
    expect(await user.leftovers()).toEqual([]);
  });

  test('every account may read and ask; ci and agent are the engineer', async () => {
    const user = newDevUser();
    await user.dev();
    for (const name of ['engineer', 'reviewer', 'reviewer2', 'ci', 'agent']) {
      const profile = ['--profile', name];
      expect((await user.hoopx('login', '--as', name, ...profile).ended).code).toBe(0);
      const exec = ['exec', 'pg-demo', ...profile];
      expect((await user.hoopx(...exec, 'select 1').ended).code).toBe(0);
      const asked = await user.hoopx(...exec, '--no-wait', '--json', removeCancelled).ended;
      expect(asked.code).toBe(75);
      const { requestId } = JSON.parse(asked.stdout);
      const other = name.startsWith('reviewer') ? name : 'engineer';
      const self = await user.hoopx('approve', requestId, '--yes', '--profile', other).ended;
      expect(self.code).not.toBe(0);
    }
  }, 120_000);

  test('what is saved in its configuration takes effect at once', async () => {
    const user = newDevUser();
    const dev = await user.dev();
    const file = path.join(dev.summary.dir, 'hoopx.gateway.yaml');
    await user.hoopx('login', '--as', 'engineer').ended;
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('then: review\n    chain: reviewers', 'then: allow'));
    await dev.said(/the rules were read again/);
    expect((await user.hoopx('exec', 'pg-demo', removeCancelled).ended).code).toBe(0);
    await writeFile(file, 'not: a gateway');
    await dev.said(/the configuration was refused/);
    expect((await user.hoopx('exec', 'pg-demo', 'select 1').ended).code).toBe(0);
  });

  test('kill -9 leaves no server and no folder', async () => {
    const user = newDevUser();
    const dev = await user.dev();
    dev.process.kill('SIGKILL');
    await dev.ended;
    await until(() => !existsSync(dev.summary.dir));
    expect(existsSync(dev.summary.dir)).toBe(false);
    await expect(ask(dev.summary.postgres, 'select 1')).rejects.toThrow();
  });

  test('a folder of its own keeps data and rules for the next time', async () => {
    const user = newDevUser();
    const dir = path.join(user.temporary, 'kept');
    const first = await user.dev('--dir', dir);
    await ask(first.summary.postgres, removeCancelled);
    const second = await user.hoopx('dev', '--port', '0', '--dir', dir).ended;
    expect(second.code).toBe(64);
    expect(second.stderr).toContain('a demo runs in');
    first.process.kill('SIGTERM');
    expect((await first.ended).code).toBe(0);
    const file = path.join(dir, 'hoopx.gateway.yaml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('reads pass', 'reads pass by'));

    const again = await user.dev('--dir', dir);
    expect(await ask(again.summary.postgres, countCancelled)).toEqual([0]);
    await user.hoopx('login', '--as', 'engineer').ended;
    const read = await user.hoopx('exec', 'pg-demo', '--json', 'select 1').ended;
    expect(JSON.parse(read.stdout).policy.rules).toEqual(['reads pass by']);
    again.process.kill('SIGINT');
    expect((await again.ended).code).toBe(0);
    expect(await user.leftovers()).toEqual(['kept']);
  });

  test.runIf(process.getuid?.() === 0)(
    'as root, data goes elsewhere when PostgreSQL cannot enter the folder',
    async () => {
      const user = newDevUser();
      const dir = path.join(user.temporary, 'closed', 'inner');
      await mkdir(path.dirname(dir), { mode: 0o700 });
      const dev = await user.dev('--dir', dir);
      expect(dev.summary.dir).toBe(dir);
      expect(await ask(dev.summary.postgres, 'select count(*)::int from orders')).toEqual([10]);
      expect(existsSync(path.join(dir, 'postgres'))).toBe(false);
      dev.process.kill('SIGINT');
      expect((await dev.ended).code).toBe(0);
      expect(await user.leftovers()).toEqual(['closed']);
    },
  );

  test('uses a given database, and takes its tables with it', async () => {
    const user = newDevUser();
    const peer = await startPostgres();
    onTestFinished(peer.stop);
    await peer.query("create role scratch login password 'p@ss word'");
    await peer.query('create database scratch owner scratch');
    const url = `postgres://scratch:p%40ss%20word@127.0.0.1:${peer.port}/scratch`;
    const dev = await user.dev('--postgres', url);
    expect(dev.summary.postgres).toBe(url);
    await user.hoopx('login', '--as', 'agent').ended;
    const read = await user.hoopx('exec', 'pg-demo', '--csv', 'select count(*) from orders').ended;
    expect(read.stdout.trim().split(/\r?\n/)).toEqual(['count', '10']);
    dev.process.kill('SIGINT');
    expect((await dev.ended).code).toBe(0);
    expect(await ask(url, "select to_regclass('orders') is null")).toEqual([true]);

    await ask(url, 'create table orders (id int)');
    const refused = await user.hoopx('dev', '--port', '0', '--postgres', url).ended;
    expect(refused.code).toBe(64);
    expect(refused.stderr).toContain('tables of its own named orders');
    expect(await ask(url, "select to_regclass('customers') is null")).toEqual([true]);
    expect(await user.leftovers()).toEqual([]);
  });
});

describeWith(['postgres', 'psql'], 'the tour', () => {
  test('plays six steps for real, and ends with 0', async () => {
    const user = newDevUser();
    const { code, stdout, stderr } = await user.hoopx('dev', '--tour-only').ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/NOTICE: {2}hoopx: held for approval/);
    expect(stdout).toContain("Would run   DELETE FROM orders WHERE status = 'cancelled'");
    expect(stdout).toContain('PostgreSQL has 0 cancelled orders; before it had 3');
    expect(stdout).toContain('ERROR:  hoopx: Tables and databases are not dropped here.');
    expect(stdout).not.toContain('\u001b');
    expect(await user.leftovers()).toEqual([]);
  });

  test('fails at the very step that the rules do not let happen', async () => {
    const user = newDevUser();
    const dir = path.join(user.temporary, 'kept');
    const dev = await user.dev('--dir', dir);
    dev.process.kill('SIGINT');
    await dev.ended;
    const file = path.join(dir, 'hoopx.gateway.yaml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('then: review\n    chain: reviewers', 'then: allow'));
    const { code, stdout } = await user.hoopx('dev', '--tour-only', '--dir', dir).ended;
    expect(code).toBe(1);
    expect(stdout).toContain('✗ This did not happen: A write is held');
  });

  test('waits on, and shows no step that has not happened, while an approval is missing', async () => {
    const user = newDevUser();
    const dir = path.join(user.temporary, 'kept');
    const dev = await user.dev('--dir', dir);
    dev.process.kill('SIGINT');
    await dev.ended;
    const file = path.join(dir, 'hoopx.gateway.yaml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('count: 1', 'count: 2'));
    const tour = user.hoopx('dev', '--tour-only', '--dir', dir);
    await tour.said(/your approval counts; still needs/);
    tour.process.kill('SIGINT');
    const { code, stdout } = await tour.ended;
    expect(code).toBe(130);
    expect(stdout).not.toContain('PostgreSQL has 0 cancelled orders');
  });

  test('fails when PostgreSQL goes away under it', async () => {
    const user = newDevUser();
    const tour = user.hoopx('dev', '--tour-only', '--dir', path.join(user.temporary, 'kept'));
    await tour.said(/^3\/6/m);
    const pid = await readFile(
      path.join(user.temporary, 'kept/postgres/data/postmaster.pid'),
      'utf8',
    );
    process.kill(Number(pid.split('\n')[0]), 'SIGQUIT');
    const { code, stdout } = await tour.ended;
    expect(code).toBe(1);
    expect(stdout).toContain('✗ This did not happen');
  });

  test('Ctrl-C in the middle ends it, and all that it started', async () => {
    const user = newDevUser();
    const tour = user.hoopx('dev', '--tour-only');
    await tour.said(/NOTICE/);
    tour.process.kill('SIGINT');
    expect((await tour.ended).code).toBe(130);
    expect(await user.leftovers()).toEqual([]);
  });
});
