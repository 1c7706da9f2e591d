import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { PostgresPeer } from '../../../peers/postgres.ts';

/**
 * What a text was seen to do on a real server:
 * data: rows or sequences · catalog: definitions · rights: roles and privileges · setting: of the
 * session, harmless ones left out · identity: who the session is · file: on the server · object:
 * large objects · notice: to other sessions · lock: held afterwards · identifier: a transaction
 * id was assigned · barrier: a read-only transaction refuses it.
 */
export type Effect =
  | 'data'
  | 'catalog'
  | 'rights'
  | 'setting'
  | 'identity'
  | 'file'
  | 'object'
  | 'notice'
  | 'lock'
  | 'identifier'
  | 'barrier';

export interface Observation {
  readonly effects: ReadonlySet<Effect>;
  /** SQLSTATE; null when it ran. */
  readonly error: string | null;
}

const sample = `
  ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM PUBLIC;
  REVOKE pg_monitor FROM pg_read_all_data;
  UPDATE pg_authid SET rolsuper = false WHERE rolname LIKE 'pg\\_%' AND rolsuper;
  DROP SCHEMA IF EXISTS public CASCADE;
  DROP SCHEMA IF EXISTS s CASCADE;
  CREATE SCHEMA public;
  CREATE TABLE accounts (id serial PRIMARY KEY, owner text, balance numeric DEFAULT 0, address point);
  INSERT INTO accounts (owner, balance) VALUES ('ann', 10), ('bob', 20), ('eve', 30);
  CREATE TABLE orders (id int PRIMARY KEY, account int, total numeric);
  INSERT INTO orders VALUES (1, 1, 5), (2, 2, 7);
  CREATE TABLE partitioned (id int) PARTITION BY RANGE (id);
  CREATE TYPE status AS ENUM ('on', 'off');
  CREATE FUNCTION wipe(int) RETURNS int LANGUAGE plpgsql AS
    $$ BEGIN DELETE FROM accounts; RETURN 1; END $$;
  CREATE FUNCTION wipe() RETURNS int LANGUAGE sql AS 'SELECT wipe(1)';
  CREATE FUNCTION wiped(text) RETURNS boolean LANGUAGE sql AS 'SELECT wipe(1) = 1';
  CREATE FUNCTION wiping(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT wipe(1) = 1';
  CREATE OPERATOR === (leftarg = int, rightarg = int, function = wiping);
  CREATE SCHEMA s;
  CREATE OPERATOR s.= (leftarg = int, rightarg = int, function = wiping);
  CREATE DOMAIN wiper AS text CHECK (wiped(VALUE));
  CREATE PROCEDURE wiper() LANGUAGE sql AS 'DELETE FROM accounts';
  CREATE FUNCTION lower(varchar) RETURNS text LANGUAGE sql AS 'SELECT wipe(1)::text';
  CREATE VIEW wiping_view AS SELECT wipe(1);
  CREATE FUNCTION on_insert() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN DELETE FROM accounts; RETURN new; END $$;
`;

const sharedEffects = ['data', 'catalog', 'rights', 'object', 'file'] as const;

const catalogs = `pg_attribute pg_attrdef pg_proc pg_type pg_constraint pg_index pg_trigger
  pg_rewrite pg_namespace pg_extension pg_operator pg_cast pg_collation pg_description pg_sequence
  pg_inherits pg_publication pg_statistic_ext pg_language pg_ts_config pg_event_trigger
  pg_foreign_server pg_enum pg_tablespace`.split(/\s+/);
const rightsCatalogs = `pg_authid pg_auth_members pg_db_role_setting pg_default_acl pg_policy
  pg_init_privs pg_user_mapping pg_shseclabel pg_seclabel pg_parameter_acl`.split(/\s+/);

/** Settings that `docs/invariants/postgres-sql.md` calls harmless. */
const harmless =
  /^(application_name|transaction_.*|timezone|datestyle|intervalstyle|statement_timeout|lock_timeout|idle_.*|extra_float_digits|client_min_messages|bytea_output|enable_.*|work_mem|xmloption|default_transaction_(isolation|deferrable))=/i;

function changesSetting(before: string, after: string): boolean {
  const known = new Set(before.split('\n'));
  const changed = after.split('\n').filter((line) => !known.has(line) && !harmless.test(line));
  // A library that was loaded brings settings of its own; read-only is a guard put up, not taken away.
  return changed.some((line) => !/^(plpgsql\.|default_transaction_read_only=on)/.test(line));
}

/** Runs texts one after another, each on a fresh connection and fresh sample data. */
export class EffectObserver {
  readonly #server: PostgresPeer;
  readonly #watcher: pg.Client;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'hoopx-effects-'));
  #notices = 0;

  private constructor(server: PostgresPeer, watcher: pg.Client) {
    this.#server = server;
    this.#watcher = watcher;
    chmodSync(this.#folder, 0o777);
    watcher.on('notification', () => {
      this.#notices += 1;
    });
  }

  static async over(server: PostgresPeer): Promise<EffectObserver> {
    const watcher = await connect(server);
    await watcher.query('LISTEN ch');
    return new EffectObserver(server, watcher);
  }

  async close(): Promise<void> {
    await this.#watcher.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /**
   * `setUp` runs on the same connection first and counts as no effect. FOLDER stands for a
   * folder that the server may write to.
   */
  async observe(template: string, setUp = ''): Promise<Observation> {
    const sql = template.replaceAll('FOLDER', this.#folder);
    const { effects, error } = await this.#run(sql, setUp);
    if (await this.#refusedReadOnly(sql, setUp)) effects.add('barrier');
    return { effects, error };
  }

  async #run(sql: string, setUp: string) {
    await this.#watcher.query(sample);
    await this.#watcher.query('SELECT lo_unlink(oid) FROM pg_largeobject_metadata');
    for (const name of readdirSync(this.#folder)) rmSync(path.join(this.#folder, name));
    this.#notices = 0;
    const client = await connect(this.#server);
    try {
      if (setUp !== '') await client.query(setUp);
      const before = await this.#snapshot(client);
      const error = await run(client, sql);
      const after = await this.#snapshot(client);
      const effects = new Set<Effect>();
      for (const name of sharedEffects) {
        if (before.shared[name] !== after.shared[name]) effects.add(name);
      }
      if (after.identity !== before.identity) effects.add('identity');
      if (changesSetting(before.settings, after.settings)) effects.add('setting');
      if (after.locks > before.locks) effects.add('lock');
      if (after.assigned && !before.assigned) effects.add('identifier');
      if (this.#notices > 0) effects.add('notice');
      return { effects, error };
    } finally {
      await client.end();
    }
  }

  async #snapshot(client: pg.Client) {
    const shared = await this.#shared(await inTransaction(client));
    const own = await ownState(client);
    return { shared, ...own };
  }

  /** Through the session itself when it has a transaction open: its changes are effects too. */
  async #shared(open: pg.Client | null) {
    const client = open ?? this.#watcher;
    const digest = async (parts: readonly string[]) => {
      const text = `SELECT ${parts.join(', ')}`;
      return JSON.stringify((await client.query({ text, rowMode: 'array' })).rows);
    };
    const table = (name: string, columns = 't') =>
      `(SELECT md5(coalesce(string_agg(${columns}::text, '|' ORDER BY ${columns}::text), '')) FROM pg_catalog.${name} t)`;
    const exists = async (name: string) =>
      (await client.query('SELECT 1 FROM pg_class WHERE relname = $1', [name])).rowCount === 1;
    const present = async (list: readonly string[]) => {
      const found = [];
      for (const name of list) if (await exists(name)) found.push(name);
      return found;
    };
    this.#catalogs ??= { all: await present(catalogs), rights: await present(rightsCatalogs) };
    return {
      data: await this.#data(client),
      catalog: await digest([
        ...this.#catalogs.all.map(rowVersions),
        table('pg_class', classColumns),
        table('pg_database', '(oid, datname, datdba)'),
      ]),
      rights: await digest([
        ...this.#catalogs.rights.map((name) => table(name)),
        `(SELECT md5(coalesce(string_agg(relacl::text, '|' ORDER BY oid), '')) FROM pg_class)`,
      ]),
      object: await digest([table('pg_largeobject_metadata'), table('pg_largeobject')]),
      file: JSON.stringify(readdirSync(this.#folder)),
    };
  }

  #catalogs: { readonly all: readonly string[]; readonly rights: readonly string[] } | undefined;

  async #data(client: pg.Client): Promise<string> {
    const content = async (name: string) => {
      const { rows } = await client.query<{ found: string | null }>(
        'SELECT to_regclass($1) AS found',
        [name],
      );
      if (rows[0]?.found == null) return 'gone';
      const all = await client.query(`SELECT * FROM ${name} ORDER BY 1, 2`);
      return JSON.stringify(all.rows);
    };
    return `${await content('public.accounts')}${await content('public.orders')}${await content('public.accounts_id_seq')}`;
  }

  async #refusedReadOnly(sql: string, setUp: string): Promise<boolean> {
    if (/\b(BEGIN|START|COMMIT|ROLLBACK|ABORT|END|VACUUM|DATABASE)\b/i.test(sql)) return false;
    const client = await connect(this.#server);
    try {
      // What it makes may be there already: it has run before.
      await run(client, setUp);
      await client.query('BEGIN READ ONLY');
      return (await run(client, sql)) === '25006';
    } finally {
      await client.end();
    }
  }
}

async function connect(server: PostgresPeer): Promise<pg.Client> {
  const { socketFolder: host, port, user, database } = server;
  const client = new pg.Client({ host, port, user, database });
  client.on('error', () => {});
  await client.connect();
  await client.query('SET statement_timeout = 5000');
  return client;
}

async function run(client: pg.Client, sql: string): Promise<string | null> {
  try {
    await client.query(sql);
    return null;
  } catch (error) {
    return error instanceof pg.DatabaseError ? (error.code ?? 'unknown') : 'lost';
  }
}

/** A change makes a new version of a row, known by its place and transaction: far cheaper than content. */
function rowVersions(name: string): string {
  return `(SELECT sum(hashtidextended(ctid, xmin::text::bigint)) FROM pg_catalog.${name})`;
}

/** The server counts rows and pages by itself, and gives new files to what TRUNCATE empties. */
const classColumns =
  '(oid, relname, relnamespace, relkind, relowner, relchecks, relhastriggers, reltablespace)';

async function inTransaction(client: pg.Client): Promise<pg.Client | null> {
  try {
    const { rows } = await client.query<{ open: boolean }>(
      'SELECT now() <> statement_timestamp() AS open',
    );
    return rows[0]?.open === true ? client : null;
  } catch {
    await client.query('ROLLBACK');
    return null;
  }
}

async function ownState(client: pg.Client) {
  const { rows } = await client.query<Record<string, string>>(`
    SELECT session_user || '/' || current_user AS identity,
           (SELECT string_agg(name || '=' || setting, E'\\n' ORDER BY name) FROM pg_settings) AS settings,
           (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()
              AND (locktype IN ('advisory', 'tuple') OR mode NOT IN ('AccessShareLock', 'ExclusiveLock')))::text AS locks,
           (pg_current_xact_id_if_assigned() IS NOT NULL)::text AS assigned`);
  const [row] = rows;
  return {
    identity: row?.identity ?? '',
    settings: row?.settings ?? '',
    locks: Number(row?.locks),
    assigned: row?.assigned === 'true',
  };
}
