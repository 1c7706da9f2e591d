/** A type that is no text, and values of it as literals, the awkward ones first. */
export interface TypedValues {
  readonly type: string;
  readonly literals: readonly string[];
}

/** Types of which distinct values stay distinct under `hash`. */
export const permuted: readonly TypedValues[] = [
  { type: 'int2', literals: ['-32768', '32767', '0', '-1', '7', '10000'] },
  { type: 'int4', literals: ['-2147483648', '2147483647', '0', '-1', '42', '1999999999'] },
  {
    type: 'int8',
    literals: ['-9223372036854775808', '9223372036854775807', '0', '-1', '4111111111111111'],
  },
  { type: 'oid', literals: ['0', '4294967295', '16384'] },
  {
    type: 'float4',
    literals: ['0', '1.5', '-3.4028235e38', '1e-45', '0.1', 'NaN', 'Infinity', '-Infinity'],
  },
  {
    type: 'float8',
    literals: [
      ...['0', '1.7976931348623157e308', '-5e-324', '0.1', '1e21', '123456.789'],
      ...['NaN', 'Infinity', '-Infinity'],
    ],
  },
  {
    type: 'date',
    literals: [
      ...['4714-11-24 BC', '5874897-12-31', '0001-01-01', '9999-12-31', '0044-03-15 BC'],
      ...['2000-01-01', '1990-05-17', '2024-02-29', 'infinity', '-infinity'],
    ],
  },
  {
    type: 'timestamp',
    literals: [
      ...['4714-11-24 00:00:00 BC', '294276-12-31 23:59:59.999999', '1999-12-31 23:59:59'],
      ...['2024-02-29 12:34:56.78', '0044-03-15 10:00:00 BC', 'infinity', '-infinity'],
    ],
  },
  {
    type: 'timestamptz',
    literals: [
      ...['4714-11-24 00:00:00+00 BC', '294276-12-31 00:00:00+00', '1999-12-31 23:59:59+00'],
      ...['2024-07-01 12:34:56.78+02', '1800-01-01 00:00:00+00', 'infinity', '-infinity'],
    ],
  },
  { type: 'time', literals: ['00:00:00', '23:59:59.999999', '12:30:00.5', '24:00:00'] },
  {
    type: 'uuid',
    literals: ['00000000-0000-0000-0000-000000000000', 'f81d4fae-7dec-41d0-a765-00a0c91e6bf6'],
  },
  {
    type: 'inet',
    literals: ['10.0.0.1', '10.0.0.1/24', '0.0.0.0/0', '::1', '2001:db8::7/64', '::ffff:1.2.3.4'],
  },
  { type: 'macaddr', literals: ['08:00:2b:01:02:03', '00:00:00:00:00:00'] },
  { type: 'macaddr8', literals: ['08:00:2b:01:02:03:04:05', 'ff:ff:ff:ff:ff:ff:ff:ff'] },
  { type: 'bytea', literals: ['', '\\x00ff5c27', '\\x7a7137', `\\x${'ab'.repeat(2000)}`] },
  {
    type: 'numeric',
    literals: [
      ...['0', '-1', '1.0', '12345.6789', '-0.00000001', '1e100', '1e-100', '99999999'],
      ...['10000', '100000000.0001', 'NaN', 'Infinity', '-Infinity'],
    ],
  },
];

/** Two networks may share a mask. */
export const networks: TypedValues = {
  type: 'cidr',
  literals: ['10.0.0.0/8', '192.168.1.0/24', '2001:db8::/32', '0.0.0.0/0'],
};

/** What `nested` is made of. */
export const nestedTypes = `
create extension citext;
create type mood as enum ('good', 'bad');
create domain amount as numeric check (value > -1e9);
create domain money_like as amount;
create type place as (street text, number int, "how is it" mood, since date, cost money_like);
create type trip as (places place[], tags citext[], at timestamptz);
`;

/** Arrays, domains and rows of these and of each other. */
export const nested: readonly TypedValues[] = [
  {
    type: '_int4',
    literals: ['{}', '{1,NULL,-2147483648}', '{{1,2},{3,4}}', '[0:1]={5,6}', '{NULL}', '{100}'],
  },
  {
    type: '_text',
    literals: [
      ...['{zq7a,NULL,"NULL",""}', '{"zq7 b","zq7\\"q\\\\","{zq7},"}', '{{a,b},{c,d}}'],
      ...['{ünï ⛄}'],
    ],
  },
  { type: '_date', literals: ['{2000-01-01,1999-12-31}', '{"0044-03-15 BC",2000-01-01}'] },
  { type: '_bytea', literals: ['{"\\\\x7a71",NULL}', '{"\\\\x"}'] },
  { type: '_jsonb', literals: ['{"{\\"a\\": \\"zq7\\"}","1"}'] },
  { type: 'amount', literals: ['0', '12.50', '-99.99'] },
  { type: '_money_like', literals: ['{12.50,NULL}', '{-99.99}'] },
  {
    type: 'place',
    literals: [
      ...['("zq7 Street ""a"", (b)",12,good,2020-02-02,12.50)', '(,,,,)', '(zq7,1,bad,,)'],
      ...['("\\\\",-1,,"0044-03-15 BC",1)'],
    ],
  },
  { type: '_place', literals: ['{"(zq7,1,good,,)",NULL,"(\\"a b\\",,,,)"}', '{}'] },
  {
    type: 'trip',
    literals: [
      '("{""(zq7,1,good,,)"",""(\\\\""zq7, x\\\\"",,,2020-02-02,1)""}","{zq7,""b c""}",2020-01-01)',
      '(,{},)',
    ],
  },
];

/** Within and without the summer of a time zone that lasts for some days of June. */
export const instants = `
create table typed_instant (id int, v timestamptz);
insert into typed_instant values (1, '2024-06-12 12:00+00'), (2, '2024-07-01 12:00+00');
create table typed_instants as select array_agg(v order by id) v from typed_instant;
create type instant_pair as (since timestamptz, til timestamptz);
create table typed_instant_row (v instant_pair);
insert into typed_instant_row values (('2024-06-12 12:00+00', '2024-07-01 12:00+00'));
`;

/** One table for each type: what is masked, and which literal it is. */
export function tablesOf(types: readonly TypedValues[]): string {
  return types
    .map(({ type, literals }) => {
      const rows = literals.map((literal, index) => `(${index}, $q$${literal}$q$)`);
      return `create table typed_${type} (id int, v ${type});
insert into typed_${type} values ${rows.join(', ')};`;
    })
    .join('\n');
}
