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
  `update people set (email, pin, doc, tags) = (select * from (values
     ('zq7ann@secret-one.test', 73, '{"z": 1, "q": 2}'::jsonb, '{z,q}'::text[]),
     ('yq7bob@secret-two.test', 41, '{}', '{y}')) v offset id - 1 limit 1)`,
  `update people set (email, pin, doc, tags) = (select * from (values
     ('b8@elsewhere.example', 29, '{"b": null}'::jsonb, '{b}'::text[]),
     ('b8@elsewhere.example', 29, '{}', '{}')) v offset id - 1 limit 1)`,
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

/** A masked value decides how many rows there are, or in which order, and be it of one counted. */
export const predicates: readonly string[] = `
select id from people where email like 'z%'
select id from people order by email, id
select id, email from people order by 2 desc, id
select id, lower(email) as e from people order by e desc, id
select people.* from people order by 2 desc, id
select lower(email), count(*) from people group by 1
select lower(email), count(*) from people group by rollup (1)
select lower(email), id, count(*) from people group by (1, 2)
select distinct pin from people
select distinct p.pin from people p
select distinct * from (select pin from people) p
select distinct on (pin) city from people order by pin
select distinct on (1) email, city from people
select pin from people union select pin from people
select pin from people intersect select pin from people
select pin from people intersect all select pin from people where id = 1
select pin from people except select pin from people where id = 1
select id, pin from people union all select 3, 1 order by 2
select count(*) from people group by cube (pin)
select city from people group by city having max(pin) > 50
select city from people limit (select min(pin) / 30 from people)
select city from people offset (select min(pin) / 30 from people)
select city from people order by id fetch first (select min(pin) / 20 from people) rows only
select id from people tablesample bernoulli ((select least(min(pin) * 100 - 2900, 100) from people))
select count(*) from people tablesample system ((select least(min(pin) * 100 - 2900, 100) from people))
select id, row_number() over (order by pin, id) from people
select id, count(*) over (partition by pin) from people
select id, count(*) over w from people window w as (order by pin)
select id, count(*) over (order by id rows between (select min(pin) / 35 from people) preceding and current row) from people
select count(*) filter (where pin > 50), sum(id) filter (where pin > 50) from people
select string_agg(city, ',' order by pin) from people
select count(case when pin > 50 then 1 end) from people
select count(nullif(substr(email, 1, 1), 'z')) from people
select count(distinct pin) from people
select count(distinct (select pin from people q where q.id = p.id)) from people p
select p.id, count(*) from people p, generate_series(1, ascii(substr(email, 1, 1))) group by 1 order by 1
select count(*) from generate_series(1, (select min(pin) from people))
select 1 from generate_series(1, (select min(pin) from people) / 20)
select count(*) from people, lateral string_to_table(email, 'q') u
select count(*) from people, lateral regexp_split_to_table(email, 'q') with ordinality u
select count(*) from people, unnest(tags)
select count(*) from people, jsonb_each(doc)
select count(*) from people, jsonb_object_keys(doc) k
select count(*) from people, jsonb_path_query(doc, '$.*')
select count(*) from rows from (generate_series(1, (select min(pin) from people)), generate_series(1, 2))
select count(*) from people, xmltable('/a/b' passing xmlparse(content '<a>' || repeat('<b/>', pin) || '</a>') columns v text path '.')
select generate_series(1, pin) * 0 from people
select unnest(tags) from people
select regexp_matches(email, 'q', 'g') from people
select count(*) from (select generate_series(1, pin) from people) s
select city, (select count(*) from generate_series(1, p.pin)) from people p
with recursive r as (select 1 as n union all select n + 1 from r where n < (select min(pin) from people)) select count(*) from r
with recursive r (id, pin) as (select id, pin from people where id = 1 union all select p.id, p.pin from r join people p on p.id = 3 - r.id) cycle pin set seen using path select id from r
with recursive r as (select 1 as n, 0 as m union select n, (select min(pin) / 35 from people) from r) select count(*) from r
explain (analyze, costs off, timing off, summary off) select * from generate_series(1, (select min(pin) from people))
explain (analyze, costs off, timing off, summary off) select distinct pin from people
select count(*) from people a join people b using (pin)
select count(*) from people a natural join (select pin from people where id = 1) b
select b.id from people a left join people b on a.pin >= b.pin
select exists (select 1 from people where pin > 50)
select 1 / count(*) from people where pin > 50
copy (select id from people order by email, id) to stdout
`
  .trim()
  .split('\n');

/** Errors of which the server's own words hold a value, in quotes or not. */
export const errors: readonly string[] = `
select txid_status(('x' || encode(substring(email::bytea from 1 for 7), 'hex'))::bit(56)::bigint) from people where id = 1
copy (select txid_status(('x' || encode(substring(email::bytea from 1 for 7), 'hex'))::bit(56)::bigint) from people where id = 1) to stdout
select make_date(ascii(email), 13, 1) from people
select make_date(-pin, 13, 1) from people
copy (select make_date(ascii(email), 13, 1) from people) to stdout csv
select make_time(pin, 0, 0) from people
select make_timestamp(2000, pin, 1, 0, 0, 0) from people
select chr(pin * 100000) from people
select unistr('\\\\+' || lpad(to_hex(pin * 100000), 6, '0')) from people
select get_bit('x'::bytea, pin), 1 from people
select get_byte('x'::bytea, -pin) from people
select set_bit('x'::bytea, pin, 1) from people
select set_byte('x'::bytea, pin, 1) from people
select percentile_cont(pin) within group (order by id) from people group by pin
select percentile_cont(case pin when 73 then 'nan' else 'inf' end::float8) within group (order by id) from people where id = 1 group by pin
select set_masklen('1.2.3.4'::inet, pin + 10) from people
select regexp_replace('a', 'a', 'b', -pin) from people
select ('x' || pin)::bit(9) from people
select repeat('<', ascii(email))::regoper from people
select email::regclass from people
select email::regproc from people
select email::regtype from people
select email::int from people
select to_date(pin || '-99', 'MM-DD') from people
select encode('x', email) from people
select pin::text::"char"::text::int2::text::date from people
select current_setting(email) from people
select email::tsquery from people
select ('{' || email)::text[] from people
`
  .trim()
  .split('\n');

/** Nothing masked decides: a rule about that leaves them. */
export const innocent: readonly string[] = `
select email from people where id = 1
select id, email from people order by 1
select id, email, count(*) over (partition by city) from people order by id
select distinct id, city from people
select city, count(*) from people group by 1 order by 2
select p.id, count(*) from people p, generate_series(1, p.id) group by 1
select distinct on (id) id, email from people
select id, email from people union all select id, pin::text from people
select id, email from people limit 1 offset 0
select upper(email), length(email), pin + 1 from people
select generate_series(1, 2), email from people
select count(*) filter (where id = 1) from people
`
  .trim()
  .split('\n');
