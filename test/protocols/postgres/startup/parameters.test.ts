import { describe, expect, test } from 'vitest';
import { vetStartup } from '../../../../src/protocols/postgres/startup-parameters.ts';

const target = { database: 'app', databases: ['reports'] };
const vet = (sent: Record<string, string>) => vetStartup(new Map(Object.entries(sent)), target);

describe('refused', () => {
  test.each([
    ['search_path', 'evil'],
    ['session_replication_role', 'replica'],
    ['role', 'postgres'],
    ['row_security', 'off'],
    ['standard_conforming_strings', 'off'],
    ['client_encoding', 'SJIS'],
    ['DEFAULT_TRANSACTION_READ_ONLY', 'off'],
    ['extra_float_digits', '0'],
    ['extra_float_digits', '-15'],
    ['Extra_Float_Digits', ' 0x0'],
    ['made.up', 'x'],
  ])('%s=%s', (name, value) => {
    expect(vet({ user: 'me', [name]: value })).toMatchObject({
      kind: 'refused',
      refusal: { code: 'PROTOCOL_VIOLATION' },
    });
  });

  test('a database that the connection does not list, and it says which it has', () => {
    expect(vet({ user: 'me', database: 'postgres' })).toMatchObject({
      kind: 'refused',
      refusal: { code: 'ACCESS_DENIED', hint: 'It has "app", "reports".' },
    });
  });
});

describe('the database', () => {
  test.each([
    [{ user: 'me' }, 'app'],
    [{ user: 'me', database: '' }, 'app'],
    [{ user: 'me', database: 'me' }, 'app'],
    [{ user: 'me', database: 'app' }, 'app'],
    [{ user: 'me', database: 'reports' }, 'reports'],
    [{ user: 'reports', database: 'reports' }, 'reports'],
  ])('for %j is %s', (sent, database) => {
    expect(vet(sent)).toMatchObject({ kind: 'vetted', database });
  });
});

test('what a rule must allow is set apart, in the words of the client', () => {
  expect(vet({ options: '-c work_mem=1GB', replication: 'database' })).toMatchObject({
    asks: { options: '-c work_mem=1GB', replication: 'database' },
    parameters: new Map(),
  });
  expect(vet({ options: ' ', replication: 'off' })).toMatchObject({ asks: {} });
});

test('harmless parameters go on, pinned ones and the client’s user do not', () => {
  expect(
    vet({
      user: 'me',
      DateStyle: 'ISO',
      TimeZone: 'UTC',
      extra_float_digits: '2',
      application_name: 'psql',
      client_encoding: "'utf-8'",
      standard_conforming_strings: 'ON',
    }),
  ).toEqual({
    kind: 'vetted',
    database: 'app',
    parameters: new Map([
      ['datestyle', 'ISO'],
      ['timezone', 'UTC'],
      ['extra_float_digits', '2'],
      ['application_name', 'psql'],
    ]),
    applicationName: 'psql',
    asks: {},
  });
});
