import { beforeAll, describe, expect, it } from 'vitest';
import { loadPolicyFile } from '../../src/config/policy-file.ts';
import { explainStatement } from '../../src/gateway/explain.ts';
import { explanationText } from '../../src/gateway/explanation-text.ts';
import {
  loadStatementReaders,
  type StatementReaders,
} from '../../src/gateway/statement-readers.ts';
import { fileOf, sample } from '../config/gateway-files.ts';

let readers: StatementReaders;

beforeAll(async () => {
  readers = await loadStatementReaders();
});

async function explain(sql: string, connection = 'pg-prod') {
  const file = await loadPolicyFile(await fileOf(sample));
  const principal = { user: 'alice', groups: ['engineering'], kind: 'human' } as const;
  return explainStatement(file, readers, { connection, principal, sql });
}

describe('an explanation of a statement', () => {
  it('refuses a connection that the file does not have', async () => {
    await expect(explain('select 1', 'pg-prd')).rejects.toThrow('pg-prd');
    await expect(explain('select 1', 'toString')).rejects.toThrow('toString');
  });

  it.each([
    ['drop database app', 'deny'],
    ['select 1; drop /* */ database app', 'deny'],
    ['selec 1', 'deny'],
    ['create role x', 'deny'],
    ['delete from accounts', 'review'],
    ['with d as (delete from accounts returning *) select * from d', 'review'],
    ['select * from accounts', 'allow'],
    ['begin', 'allow'],
  ])('reads it as the gateway would: %s', async (sql, kind) => {
    expect((await explain(sql)).verdict?.kind).toBe(kind);
  });

  it('says what rules would mask of the answer, and for whom', async () => {
    const masking = `masking:
  - { name: mail, connections: [pg-prod], columns: ["*.accounts.email"], strategy: partial,
      unmask: { chain: dba, for: 90m } }
  - { detectors: [card], strategy: redact, except: { groups: [fraud] } }
  - { connections: [other], columns: ["*.accounts.*"], strategy: "null" }
`;
    const file = await loadPolicyFile(await fileOf(sample + masking));
    const masksOf = (sql: string, groups: string[]) => {
      const principal = { user: 'alice', groups, kind: 'human' } as const;
      return explainStatement(file, readers, { connection: 'pg-prod', principal, sql });
    };
    const told = masksOf('select a.email from accounts a', ['engineering']);
    expect(told.masks).toMatchObject([
      { rule: 'mail', strategy: 'partial', columns: ['*.accounts.email'] },
      { rule: null, strategy: 'redact', columns: [], detectors: ['card'] },
    ]);
    expect(explanationText(told)).toContain(
      '  *.accounts.email: partial ("mail"); chain dba may lift it for 90m',
    );
    expect(masksOf('select 1 from orders', ['fraud']).masks).toEqual([]);
    expect(explanationText(masksOf('select 1 from orders', ['fraud']))).toContain(
      'masked columns: only the catalog tells',
    );
    expect(explanationText(masksOf('select 1', ['fraud']))).not.toContain('masked of');
  });

  it('reads GraphQL and health checks as the connection says', async () => {
    const connection = (more: string) =>
      `  api: { type: http, url: "https://api.test", access: { groups: [ops] }${more} }\n`;
    const rules = `rules:
  - { name: queries, http: { graphql: { types: [query] } }, then: allow }
  - { name: health, http: { class: [health] }, then: allow }
`;
    const verdictOf = async (sql: string, more: string) => {
      const text = sample
        .replace('connections:\n', `connections:\n${connection(more)}`)
        .replace('rules:\n', rules);
      const file = await loadPolicyFile(await fileOf(text));
      const principal = { user: 'alice', groups: ['ops'], kind: 'human' } as const;
      return explainStatement(file, readers, { connection: 'api', principal, sql }).verdict?.kind;
    };
    for (const sql of ['POST /graphql\n{"query":"{ users { id } }"}', 'GET /healthz']) {
      expect(await verdictOf(sql, '')).toBe('deny');
      expect(await verdictOf(sql, ', graphql: true, health: /healthz')).toBe('allow');
    }
    expect(await verdictOf('POST /graphql\n{"query":"mutation { x }"}', ', graphql: true')).toBe(
      'deny',
    );
  });

  it('names the rules that match, and why the others do not', async () => {
    const shown = explanationText(await explain('delete from accounts'));
    expect(shown).toContain('review by "writes need a DBA"');
    expect(shown).toContain('chain dba: 1 of group dba');
    expect(shown).toContain('sql.class: does not cover write');
  });

  it('pitfall 38: shows no control character that a statement brings', async () => {
    const shown = explanationText(
      await explain('select "\u001b[2Ja\u202e", \'\u0007\' from "\u001b]0;x"'),
    );
    expect(shown).toContain('\\u{1b}');
    for (const hidden of ['\u001b', '\u0007', '\u202e']) expect(shown).not.toContain(hidden);
  });
});
