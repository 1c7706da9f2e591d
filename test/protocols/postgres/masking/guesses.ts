/** Rows that differ in their masked values alone. */
export const people = `
create table people (id int primary key, email text, pin int, doc jsonb, tags text[], city text,
  half text generated always as (nullif(substr(email, 1, 1), 'z')) stored);
insert into people (id, city) values (1, 'Oslo'), (2, 'Rome');
create view halves as select id, nullif(substr(email, 1, 1), 'z') as half from people;
`;

export const peopleColumns: readonly string[] = [
  ...['*.people.email', '*.people.pin', '*.people.doc', '*.people.tags'],
];

/** What stands in them, once and then again: nobody may see which. */
export const values: readonly string[] = [
  `update people set email = 'zq7ann@secret-one.test', pin = 73, doc = '{"z": 1}', tags = '{z,q}'`,
  `update people set email = 'b8@elsewhere.example', pin = 41, doc = '{"b": null}', tags = '{b}'`,
];

/** NULL or not, by what a masked value is. */
export const nulls: readonly string[] = `
select nullif(substr(email, 1, 1), 'z'), nullif(substr(email, 1, 1), 'b') from people
select case when email like 'z%' then 'y' end from people
select case when pin > 50 then 'y'::varchar end from people
select case when pin > 50 then 'y'::name end, case when pin > 50 then '1'::xml end from people
select case when pin > 50 then '1'::json end, case when pin > 50 then '1'::jsonb end from people
select case when email like 'z%' then city end from people
select (select city from people p where p.id = q.id and p.pin > 50) from people q
select substring(email from '^z') from people
select max(case when email like 'z%' then 'y' end) from people
select string_agg(city, '') filter (where pin > 50) from people
select lag(email, case when pin > 50 then 0 else 1 end) over (order by id) from people where id = 1
select doc ->> 'z', doc -> 'z', jsonb_path_query_first(doc, '$.z') from people
select tags[2] from people
select to_json(tags[2]) from people
with x as (select nullif(substr(email, 1, 1), 'z') as n from people) select n, upper(n) from x
select s.n from (select nullif(substr(email, 1, 1), 'z') as n from people) s
select nullif(substr(email, 1, 1), 'z') from people union all select city from people
select half from people
select half from halves
select array[nullif(substr(email, 1, 1), 'z')], row(nullif(substr(email, 1, 1), 'z')) from people
copy (select nullif(substr(email, 1, 1), 'z') from people) to stdout
copy (select id, nullif(substr(email, 1, 1), 'z'), city from people) to stdout csv header
copy (select nullif(substr(email, 1, 1), 'z'), id from people) to stdout (format csv, null '[masked]')
copy (select nullif(substr(email, 1, 1), 'z'), id from people) to stdout (null 'none')
copy (select id, nullif(substr(email, 1, 1), 'z') from people) to stdout (format binary)
copy (select case when pin > 50 then '1'::jsonb end from people) to stdout (format binary)
copy (select half from people) to stdout
copy (select half from halves) to stdout
`
  .trim()
  .split('\n');
