import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, it } from 'vitest';
import { fieldKind, plainKinds } from '../../../../src/protocols/postgres/sql/field-kinds.ts';
import { statementRules } from '../../../../src/protocols/postgres/sql/statement-kinds.ts';

/** Made by the server after parsing; the parser's output never has them. */
const analysed: ReadonlySet<string> = new Set([
  'CallStmt.funcexpr',
  'ColumnDef.identitySequence',
  'IntoClause.viewQuery',
  'PLAssignStmt.val',
]);

/** The grammar's node kinds with their fields, as the package describes them. */
function grammar(): Map<string, [field: string, type: string][]> {
  const require = createRequire(import.meta.url);
  const folder = path.dirname(require.resolve('@pgsql/types/package.json'));
  const text = readFileSync(path.join(folder, 'types.d.ts'), 'utf8');
  const kinds = new Map<string, [string, string][]>();
  for (const [, kind = '', body = ''] of text.matchAll(/^export interface (\w+) \{([^}]*)\}/gm)) {
    const fields = [...body.matchAll(/(\w+)\?: ([^;]+);/g)];
    kinds.set(
      kind,
      fields.map(([, field = '', type = '']) => [field, type]),
    );
  }
  return kinds;
}

const kinds = grammar();

it('knows the kind of every field that the parser writes without a wrapper', () => {
  const parents = [...plainKinds, ...Object.keys(statementRules)];
  let checked = 0;
  for (const parent of parents) {
    for (const [field, type] of kinds.get(parent) ?? []) {
      if (!kinds.has(type) || analysed.has(`${parent}.${field}`)) continue;
      expect(fieldKind(parent, field), `${parent}.${field}`).toBe(type);
      checked += 1;
    }
  }
  expect(checked).toBeGreaterThan(100);
});

it('has no statement among the kinds that mean nothing by themselves', () => {
  expect([...plainKinds].filter((kind) => kind in statementRules)).toEqual([]);
  expect([...plainKinds].filter((kind) => !kinds.has(kind))).toEqual([]);
});
