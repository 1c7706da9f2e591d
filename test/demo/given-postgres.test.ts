import { describe, expect, test } from 'vitest';
import { parsePostgresUrl } from '../../src/demo/given-postgres.ts';

describe('--postgres', () => {
  test.each([
    ['mysql://u@h/d', 'it is none'],
    ['nonsense', 'it is none'],
    ['postgres:///d', 'it names no host'],
    ['postgres://u@%2Fvar%2Frun/d', 'it names no host'],
    ['postgres://h/d', 'it names no user'],
    ['postgres://u@h', 'it names no database'],
    ['postgres://u@h/d?sslmode=allow', 'sslmode is one of'],
  ])('refuses %s', (url, why) => {
    expect(() => parsePostgresUrl(url)).toThrow(why);
  });

  test('never repeats the password in what it says', () => {
    expect(() => parsePostgresUrl('postgres://u:hunter2@h')).not.toThrow(/hunter2/);
  });

  test('reads what is encoded, and leaves TLS to the gateway where it says nothing', () => {
    const url = 'postgresql://a%40b:p%2Fw@[::1]:5433/my%20db';
    expect(parsePostgresUrl(url)).toEqual({
      host: '::1',
      port: 5433,
      user: 'a@b',
      password: 'p/w',
      database: 'my db',
      tls: null,
      ca: null,
      url,
    });
    const strict = 'postgres://u@db.example/d?sslmode=verify-full&sslrootcert=/ca.pem';
    expect(parsePostgresUrl(strict)).toMatchObject({
      port: 5432,
      tls: 'verify-full',
      ca: '/ca.pem',
    });
  });
});
