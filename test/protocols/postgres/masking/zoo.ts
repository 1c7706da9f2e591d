/** What is planted, and must never leave. */
export const planted = ['zq7ann@secret-one.test', 'zq7bob@secret-two.test'] as const;

/** A database in which the addresses of customers can be reached in many ways. */
export const zoo = `
create extension if not exists citext;
create domain address as text check (value like '%@%');
create table customers (id int primary key, name text, email text unique, city text,
  contact citext, reach address, tags text[], doc jsonb, born date default '1990-01-01',
  shout text generated always as (upper(email)) stored,
  constraint short check (length(email) < 60));
insert into customers (id, name, email, city, contact, reach, tags, doc) values
 (1, 'Ann', '${planted[0]}', 'Oslo', '${planted[0]}', '${planted[0]}', array['${planted[0]}'],
  '{"mail": "${planted[0]}"}'),
 (2, 'Bob', '${planted[1]}', 'Rome', '${planted[1]}', '${planted[1]}', array['${planted[1]}'],
  '{"mail": "${planted[1]}"}');
create table orders (id int primary key, customer int references customers, total numeric,
  customer_email text references customers (email) on update cascade);
insert into orders values (10, 1, 5, '${planted[0]}'), (11, 2, 7, '${planted[1]}');
create view contacts as select id, email as e, city from customers;
create view loud as select id, upper(e) as loud, e || '' as glued, city from contacts;
create view mixed as select city as place, count(*) as n from customers group by city;
create view unions as select city as x from customers union all select email from customers;
create view renamed (a, b) as select id, email from customers;
create view whole as select c from customers c;
create view starred as select * from loud;
create view lateral_view as select j.value as v from customers c, jsonb_each_text(to_jsonb(c)) j;
create materialized view kept as select id, email as kept_email, lower(email) as low from customers;
create table archive () inherits (customers);
create table parts (id int, email text) partition by list (id);
create table parts_one partition of parts for values in (1);
insert into parts values (1, '${planted[0]}');
create table boxes (id int, boxed customers);
insert into boxes select id, c from customers c;
create schema other;
create table other.customers (id int, email text, note text);
insert into other.customers values (1, '${planted[0]}', 'plain');
create table "Quoted Customers" (id int, "E Mail" text);
insert into "Quoted Customers" values (1, '${planted[0]}');
create function all_customers() returns setof customers language sql stable as 'select * from customers';
create function one_email(i int) returns text language sql stable as 'select email from customers where id = i';
create function loudly(c customers) returns text language sql stable as 'select upper(c.email)';
create function raising(i int) returns int language plpgsql as $$
begin raise exception 'the address is %', (select email from customers where id = i)
  using detail = 'it is ' || one_email(i), hint = one_email(i), column = one_email(i); end $$;
create function telling(i int) returns int language plpgsql as $$
begin raise notice 'the address is %', one_email(i); return i; end $$;
create function at_once() returns text language sql immutable as 'select email from customers where id = 1';
create view by_function as select one_email(1) as x, 1 as one;
create view settings as select current_setting('my.thing', true) as setting_kept,
  current_setting('TimeZone') as zone;
create view ruled as select id, city from customers;
create rule ruled_insert as on insert to ruled do instead
  insert into customers (id, city) values (new.id, new.city) returning id, email;
create table logged (id int, what text);
create function log_change() returns trigger language plpgsql as $$
begin raise notice 'changed %', new.email; return new; end $$;
create trigger on_change before update on customers for each row execute function log_change();
create function quote_others() returns trigger language plpgsql as $$
begin raise notice 'of %', one_email(1); return new; end $$;
create table plain_table (id int, late int unique deferrable initially deferred);
create trigger quoting before insert on plain_table for each row execute function quote_others();
analyze;
`;

/** Rules of the session: what is planted is in these columns and in what is made of them. */
export const maskedColumns = [
  ...['public.customers.email', 'public.customers.contact', 'public.customers.reach'],
  ...['public.customers.tags', 'public.customers.doc', 'public.parts.email'],
  ...['other.customers.email', '*.Quoted Customers.E Mail'],
];
