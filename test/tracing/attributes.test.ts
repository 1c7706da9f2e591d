import { describe, expect, it } from 'vitest';
import type { HttpFacts, SqlFacts } from '../../src/core/facts.ts';
import { ofFacts, ofTargetCode } from '../../src/tracing/attributes.ts';

const http: HttpFacts = {
  ...{ protocol: 'http', classes: ['plain'], method: 'PLANTED', path: '/planted', query: [] },
  ...{ headers: [], upgrade: null, body: { kind: 'none' }, graphql: null },
};
const sql: SqlFacts = {
  ...{ protocol: 'postgres', classes: ['read'], reads: [], writes: [], functions: [], where: [] },
  ...{ statements: [], copy: [], statementCount: 1, rowLocks: false, into: false },
  maskedPredicate: false,
};

describe('what somebody else has chosen is not told', () => {
  it('a method that HTTP does not have, and a command tag that PostgreSQL does not have', () => {
    expect(ofFacts(http)).toEqual({ 'http.request.method': '_OTHER', 'hoopx.classes': ['plain'] });
    for (const statements of [['planted'], ['select', 'delete'], []]) {
      expect(ofFacts({ ...sql, statements })).not.toHaveProperty('db.operation.name');
    }
  });

  it.each([
    ['postgres', 'planted'],
    ['postgres', '22p02'],
    ['postgres', '22P02 planted'],
    ['http', '200 planted'],
    ['kubernetes', '2000'],
    ['ssh', 'exit planted'],
    ['ssh', 'exit 12345678901'],
    ['ssh', 'signal PLANTED'],
    ['ssh', 'signal TERM planted'],
    ['ssh', 'signal __proto__'],
  ] as const)('a code that %s does not have: %s', (protocol, code) => {
    expect(ofTargetCode(protocol, code)).toEqual({});
  });
});

it('codes of a protocol are told as the conventions call them', () => {
  expect(ofFacts({ ...sql, statements: ['drop_table'] })).toMatchObject({
    ...{ 'db.operation.name': 'DROP TABLE', 'db.system.name': 'postgresql' },
  });
  expect(ofTargetCode('postgres', '22P02')).toEqual({ 'db.response.status_code': '22P02' });
  expect(ofTargetCode('kubernetes', '404')).toEqual({ 'http.response.status_code': 404 });
  expect(ofTargetCode('ssh', 'exit 3')).toEqual({ 'process.exit.code': 3 });
  expect(ofTargetCode('ssh', 'signal TERM')).toEqual({ 'hoopx.ssh.signal': 'TERM' });
  expect(ofTargetCode('ssh', null)).toEqual({});
});
