/** Code that nobody sees keeps a value in a setting; the others read it. */
export const settings: readonly string[] = `
do $$ begin perform set_config('my.thing', (select email from customers limit 1), false); end $$
select current_setting('my.thing', true)
select pg_catalog.current_setting('my.' || 'thing')
select s from current_setting('my.thing') s
select upper(x) from (select current_setting('my.thing') as x) s
select setting_kept from settings
show my.thing
do $$ begin perform set_config('application_name', (select email from customers limit 1), false); end $$
select current_setting('application_name')
select current_setting('Application_Name')
show application_name
reset application_name
`
  .trim()
  .split('\n');

/** Ways to get at a masked column. Every one runs in psql and in node-postgres, both formats. */
export const attempts: readonly string[] = settings.concat(
  `
select * from customers
select email from customers
select email as city from customers
select c.email from customers c
select public.customers.email from public.customers
select lower(email) from customers
select email || '' from customers
select email::varchar(200) from customers
select email::bytea from customers
select convert_to(email, 'UTF8') from customers
select cast(email as name) from customers
select email collate "C" from customers
select reverse(email) from customers
select encode(email::bytea, 'hex') from customers
select encode(email::bytea, 'base64') from customers
select substr(email, 1, 20) from customers
select left(email, 8), right(email, 12) from customers
select split_part(email, '@', 1) from customers
select string_to_table(email, '@') from customers
select regexp_split_to_table(email, '') from customers
select case when true then email end from customers
select coalesce(email, 'x') from customers
select nullif(email, '') from customers
select greatest(email, 'a') from customers
select min(email), max(email) from customers
select string_agg(email, ',') from customers
select array_agg(email) from customers
select array[email] from customers
select (array_agg(email))[1] from customers
select json_agg(c) from customers c
select jsonb_agg(email) from customers
select row_to_json(c) from customers c
select to_jsonb(customers) from customers
select json_build_object('e', email) from customers
select jsonb_object_agg(id, email) from customers
select c from customers c
select customers from customers
select (c).email from customers c
select (c).* from customers c
select c::text from customers c
select row(c.*) from customers c
select row(email, 1) from customers
select email(c) from customers c
select c.row_to_json from customers c
select c.loudly from customers c
select loudly(c) from customers c
select (select email from customers limit 1)
select (select c from customers c limit 1)
select array(select email from customers)
select exists (select email from customers) from customers
select x.* from (select email as city from customers) x
select x.city || '' from (select email as city from customers) x
select upper(a) from (select city, email from customers) x (b, a)
select upper(a) from customers as x (i, n, a)
select lower(x) from (select lower(email) from customers) s (x)
select upper(lower) from (select lower(email) from customers) s
select upper("?column?") from (select email || '' from customers) s
with x as (select email from customers) select * from x
with x as (select email as e from customers) select upper(e) from x
with x (a, b) as (select id, email from customers) select b || '' from x
with x as materialized (select * from customers) select lower(email) from x
with recursive r (a, n) as (select email, 1 from customers union all select a, n + 1 from r where n < 2) select a from r
with recursive r (a, n) as (select ''::text, 1 union all select email, n + 1 from customers, r where n < 2) select upper(a) from r
select city from customers union select email from customers
select city from customers union all select email from customers
select x from (select city as x from customers union all select email from customers) s
select 'a' as a except select email from customers
select email from customers intersect select email from customers
select upper(city) from (select * from (select city from customers union select email from customers) s) t
values ((select email from customers limit 1))
select upper(column1) from (values ((select email from customers limit 1))) v
select * from (values (1, (select email from customers limit 1))) v (a, b)
table customers
select distinct email from customers
select distinct on (email) email, lower(email) from customers
select email, count(*) from customers group by email
select lower(email) from customers group by 1
select email from customers order by email desc
select first_value(email) over (order by id) from customers
select lag(email) over (order by id), lead(email) over (order by id) from customers
select string_agg(email, '') over () from customers
select a.email from customers a join customers b using (email)
select email from customers a full join customers b using (email)
select email from customers natural join (select 1 as id) z
select j from (customers a join customers b using (id)) j
select j.email from (customers a join customers b using (id)) j (i, n, email)
select k, v from customers c, json_each_text(row_to_json(c)) j (k, v)
select * from customers c, jsonb_each_text(to_jsonb(c))
select * from customers c, lateral (select c.email as inner_email) l
select upper(l.z) from customers c, lateral (select c.email || '' as z) l
select unnest(array[email]) from customers
select * from unnest(array(select email from customers)) u
select u from unnest(array(select email from customers)) u
select * from generate_series(1, 2) g, customers
select x.* from customers c, xmltable('/a' passing xmlelement(name a, c.email) columns v text path '.') x
select xmlelement(name e, email) from customers
select xmlforest(email) from customers
select format('%s', email) from customers
select concat(email, 1), concat_ws('-', email, 'x') from customers
select quote_literal(email), quote_ident(email) from customers
select md5(email) = 'x', length(email), ascii(email) from customers
select email = 'x' or true, email like 'zq7%' from customers
select count(email::text) from customers
select count(distinct email), count(*) from customers
create function public.count(text) returns text language sql as 'select $1'
select public.count(email) from customers
select count(email) from customers
select n from (select count(email) as n from customers) s
drop function public.count(text)
select tags from customers
select tags[1] from customers
select unnest(tags) from customers
select doc from customers
select doc ->> 'mail' from customers
select doc -> 'mail' from customers
select jsonb_pretty(doc) from customers
select jsonb_path_query(doc, '$.mail') from customers
select contact, contact || '' from customers
select reach, reach::text from customers
select shout from customers
select lower(shout) from customers
select * from contacts
select e from contacts
select upper(e) from contacts
select * from loud
select loud, glued from loud
select lower(loud) from loud
select * from unions
select * from renamed
select b || '' from renamed
select * from whole
select (c).email from whole
select (c).city, upper((c).email) from whole
select * from starred
select * from lateral_view
select * from kept
select upper(kept_email), low from kept
select * from archive
select email from only customers
select * from parts
select * from parts_one
select upper(email) from parts_one
select * from boxes
select (boxed).email from boxes
select upper((boxed).email) from boxes
select boxed::text from boxes
select * from other.customers
select upper(email), note from other.customers
select * from "Quoted Customers"
select upper("E Mail") from "Quoted Customers"
select upper(U&"E\\0020Mail") from "Quoted Customers"
select customer_email, upper(customer_email) from orders
select * from orders
select * from all_customers()
select email from all_customers()
select (all_customers()).*
select all_customers()
select one_email(1)
select one_email(id) from customers
select * from by_function
select x || '' from by_function
select at_once()
explain select * from orders where customer_email = at_once()
explain (analyze, verbose) select at_once(), * from customers where email = at_once()
explain (analyze, costs off, timing off, format json) select upper(email) from customers order by email
select raising(1)
select raising(id) from customers
select telling(1)
do $$ begin raise notice '%', (select email from customers limit 1); end $$
do $$ begin raise exception '%', (select email from customers limit 1) using errcode = '23505'; end $$
do $$ begin execute 'select ' || quote_literal((select email from customers limit 1)) || ' from nowhere'; end $$
select email::int from customers
select email::date from customers
select email::json from customers
select email::regoper from customers
select repeat('<', ascii(email))::regtype from customers
select email::uuid from customers
select email::int[] from customers
select (email || '"')::int from customers
select 1 / (length(email) - length(email)) from customers
select to_date(email, 'YYYY') from customers
select to_number(email, '9') from customers
select email::regclass from customers
select to_regclass(email)::text from customers
select repeat(email, 100)::int from customers
insert into customers (id, email) values (1, 'new@x.test')
insert into customers (id, email) select 99, email from customers where id = 1
insert into customers (id, email) values (50, repeat('x@', 40))
update customers set id = id where id = 1
update customers set id = id where id = 1 returning *
update customers set id = id where id = 1 returning lower(email)
update customers set email = (select email from customers where id = 2) where id = 1
update customers set city = email
update customers c set (city, name) = (select d.email, d.email from customers d where d.id = c.id)
update orders set customer_email = 'nobody@x.test' where id = 10
update customers set born = born where id = 1 returning (select c from customers c limit 1)
delete from customers where id = 1
delete from orders where id = 11 returning customer_email || ''
insert into ruled values (77, 'Bern') returning *
insert into ruled values (78, 'Bern') returning id, city
insert into plain_table values (1, 1)
insert into plain_table values (1, 1), (2, 1)
insert into logged select id, email from customers
insert into logged select id, lower(email) from customers returning *
insert into logged (id, what) values (1, (select email from customers limit 1)) returning what
with moved as (insert into logged select id, email from customers returning what) select * from moved
merge into logged l using customers c on l.id = c.id when not matched then insert values (c.id, c.email)
create table stolen as select email from customers
create table stolen as table customers
create temp table stolen as select email as x from customers
select email into stolen from customers
select * into temp stolen from customers
create table stolen as select lower(e) as x from contacts
select * from stolen
copy customers to stdout
copy customers (email) to stdout
copy customers (id, email) to stdout csv header
copy (select * from customers) to stdout
copy (select lower(email) from customers) to stdout csv
copy customers to stdout (format binary)
copy (select array(select email from customers)) to stdout
copy contacts to stdout
copy customers to stdout (format csv, header, force_quote *)
copy customers to stdout (delimiter 'A', format csv, quote 'B', escape 'C')
copy customers to stdout (format csv, quote E'\\n')
copy customers to stdout (encoding 'latin1')
copy customers to stdout (format binary, encoding 'utf16')
copy binary customers to stdout
copy customers to stdout; select 1
begin; copy customers to stdout; commit
copy (select 1) to stdout; copy customers to stdout
copy (select c from customers c) to stdout
copy (select to_jsonb(c) from customers c) to stdout
copy (with x as (select email as e from customers) select e || '' from x) to stdout
copy (select city from customers union select email from customers) to stdout
copy (update customers set id = id returning *) to stdout
copy (select * from loud) to stdout
copy (select set_config('my.thing', email, false) from customers) to stdout
copy kept to stdout
copy parts_one to stdout
copy archive to stdout
copy other.customers to stdout
copy "Quoted Customers" ("E Mail") to stdout
copy pg_statistic to stdout
copy (table customers) to stdout (format csv, header match)
copy customers to '/tmp/hoopx-stolen'
copy customers to program 'cat'
alter table customers rename column email to seen
select seen from customers
alter table customers rename to seen
select email from seen
alter table customers set schema other
select email from other.customers
alter schema public rename to moved
select email from moved.customers
alter table customers alter column city type text using email
alter table parts detach partition parts_one
select email from parts_one
alter table archive no inherit customers
select email from archive
create view fresh as select email as city from customers
select city from fresh
select upper(city) from fresh
create or replace view mixed as select email as place, 1::bigint as n from customers
select place from mixed
select upper(place) from mixed
create materialized view fresh_kept as select lower(email) as z from customers
select z from fresh_kept
begin
create view young as select email as harmless, lower(email) as low from customers
select * from young
select upper(harmless) from young
create temp view orders as select email as total from customers
select total from orders
select upper(total) from orders
rollback
begin
declare cur cursor for select email, lower(email) from customers
fetch 1 from cur
fetch all from cur
declare bin binary cursor for select email, lower(email) from customers
fetch all from bin
commit
prepare p as select email, upper(email) from customers
execute p
explain analyze execute p
create table stolen as execute p
prepare q (int) as select email || '' from customers where id = $1
execute q (1)
deallocate all
set search_path = other, public
select * from customers
select upper(email) from customers
set search_path = public
select most_common_vals from pg_stats where tablename = 'customers'
select most_common_vals::text, histogram_bounds::text from pg_stats
select stavalues1::text from pg_statistic
select * from pg_statistic
select query from pg_stat_activity
select upper(query) from pg_stat_activity
select * from pg_prepared_statements
select set_config('application_name', email, false) from customers
select set_config('my.thing', email, false) from customers
select current_setting('my.thing', true)
show application_name
show my.thing
select pg_notify('news', email) from customers
select lo_from_bytea(0, email::bytea) from customers
select query_to_xml('select * from customers', true, true, '')
select table_to_xml('customers', true, true, '')
select database_to_xml(true, true, '')
select cursor_to_xml('cur', 1, true, true, '')
select ts_stat('select to_tsvector(email) from customers')
select to_tsvector(email) from customers
select to_tsvector('simple', email)::text from customers
select ts_headline(email, 'secret'::tsquery) from customers
select pg_get_viewdef('contacts'::regclass)
select pg_read_file('/etc/hostname')
select email from customers tablesample system (100)
select email from customers for update
select email from customers limit 1 offset 1
select count(*) filter (where email like 'zq%') from customers
select percentile_disc(0.5) within group (order by email) from customers
select mode() within group (order by email) from customers
select rank() over (order by email), ntile(2) over (order by email) from customers
select bool_or(email like 'zq7%') from customers
select grouping(email), email from customers group by rollup (email)
select email from customers group by grouping sets ((email), ())
select string_agg(e, '') from (select email as e from customers order by email offset 0) s
select * from rows from (all_customers(), generate_series(1, 2)) r
select (json_populate_record(null::customers, to_json(c))).email from customers c
select j.email from customers c, json_populate_record(null::customers, row_to_json(c)) j
select r.x from json_to_recordset((select json_agg(c) from customers c)) as r (email text, x text)
select r.email from json_to_recordset((select json_agg(c) from customers c)) as r (email text, x text)
select email from customers where email = (select email from customers limit 1)
select pg_typeof(email), pg_column_size(email) from customers
select overlay(email placing '' from 1 for 0) from customers
select translate(email, '@', '#') from customers
select initcap(email), btrim(email), trim(both from email) from customers
select position('@' in email), substring(email from 1 for 30) from customers
select substring(email from '.*') from customers
select regexp_replace(email, 'zq', 'ZQ'), regexp_match(email, '.*') from customers
select chr(ascii(substr(email, 1, 1))) from customers
select hashtext(email) from customers
select sha256(email::bytea) from customers
select string_agg(ch, '') from customers, lateral regexp_split_to_table(email, '') ch
select ch from customers, lateral regexp_split_to_table(email, '') with ordinality s (ch, n)
`
    .trim()
    .split('\n'),
);
