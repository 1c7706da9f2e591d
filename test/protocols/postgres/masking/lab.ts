import pg from 'pg';
import type { RuleSpec } from '../../../../src/core/rules.ts';
import { maskingOf, ruleWith } from '../../../masking/questions.ts';
import type { PostgresPeer } from '../../../peers/postgres.ts';
import { type Gated, startGated } from '../session/gated.ts';
import { planted } from './zoo.ts';

/** Masked tables, copies that are masked for what ties them to these, and some that are not. */
export const lab = `
create schema lab;
create table lab.people (id int primary key, name text, email text unique, pin int,
  shout text generated always as (upper(email)) stored);
insert into lab.people values (1, 'Ann', '${planted[0]}', 73519), (2, 'Bob', '${planted[1]}', 73518);
create table lab.refs (id int, who text constraint refs_who references lab.people (email));
insert into lab.refs values (1, '${planted[0]}');
create table lab.boxes (id int, b lab.people);
insert into lab.boxes select id, p from lab.people p;
create table lab.old (extra int) inherits (lab.people);
insert into lab.old (id, email) values (3, '${planted[0]}');
create table lab.part (id int, email text) partition by list (id);
create table lab.part1 partition of lab.part for values in (1);
insert into lab.part values (1, '${planted[0]}');
create view lab.vw as select id, email as mm from lab.people;
create materialized view lab.kept as select id, email as mm from lab.people;
create table lab.open (id int primary key, note text, n int);
insert into lab.open values (1, 'a', 1), (2, 'b', 2);
create table public.orders (id int, status text);
insert into public.orders values (1, 'sent'), (2, 'sent');
create view public.shipped as select id from public.orders where status = 'sent';
`;

export const labColumns = [
  '*.customers.email',
  'lab.people.email',
  'lab.people.pin',
  'lab.part.email',
  'lab.persons.email',
  'lab.below.email',
];

export const everyClass: readonly RuleSpec[] = [
  {
    name: 'all',
    sql: { class: ['read', 'write', 'ddl', 'dcl', 'session', 'transaction', 'opaque'] },
    then: 'allow',
  },
];

export function startLab(peer: PostgresPeer, rules = everyClass): Promise<Gated> {
  const masking = maskingOf([ruleWith({ columns: labColumns })]);
  if (masking === null) throw new Error('nothing is masked');
  return startGated(peer, { masking, rules });
}

export type Asking = (sql: string) => Promise<Told>;

/** What one text was answered: its rows, as JSON, or the refusal. */
export interface Told {
  readonly rows: string;
  /** Null: it ran. */
  readonly error: string | null;
  readonly unmaskable: boolean;
}

/** Asks one text after the other in one session; `extended` by Parse, Bind and Execute. */
export async function inSession<Result>(
  gated: Pick<Gated, 'url'>,
  use: (ask: Asking) => Promise<Result>,
  extended = false,
): Promise<Result> {
  const client = new pg.Client(gated.url);
  client.on('error', () => {});
  await client.connect();
  try {
    return await use((sql) => told(client, sql, extended));
  } finally {
    await client.end();
  }
}

async function told(client: pg.Client, text: string, extended: boolean): Promise<Told> {
  const config = { text, values: [], queryMode: 'extended' };
  try {
    const answer = await (extended ? client.query(config) : client.query(text));
    const rows = [answer].flat().flatMap((each) => each.rows);
    return { rows: JSON.stringify(rows), error: null, unmaskable: false };
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    const unmaskable = error.detail === 'Reason UNMASKABLE.';
    return { rows: '', error: error.message, unmaskable };
  }
}
