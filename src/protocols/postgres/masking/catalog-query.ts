import type { SideConnection } from './side-connection.ts';
import { tellingTables } from './system-columns.ts';
import type { TypeShape } from './typed/type-shapes.ts';

/** OIDs below are PostgreSQL's own (FirstNormalObjectId). */
export const firstUserOid = 16384;

export interface CatalogRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** As in pg_class: `r`, `p`, `v`, `m`, `f`, `t`, `i`, `I`, `c`. */
  readonly kind: string;
  /** The composite type that it is a table of; 0: none. */
  readonly ofType: number;
}

export interface CatalogColumn {
  readonly relation: number;
  readonly number: number;
  readonly name: string;
  readonly generated: boolean;
  /** The relation whose rows it holds, also in arrays and under a domain; 0 for other types. */
  readonly rowsOf: number;
}

/** Columns that hold the values of others. */
export interface CatalogLink {
  readonly from: number;
  readonly to: number;
  /** Pairs of column numbers; empty: of the same names. */
  readonly columns: readonly (readonly [from: number, to: number])[];
}

export interface CatalogForeignKey extends CatalogLink {
  readonly name: string;
  /** It compares by operators that somebody has made. */
  readonly ownOperators: boolean;
}

/** A rule of a relation, as its view's definition is one, uses another relation or a function. */
export interface CatalogUse {
  readonly relation: number;
  readonly isView: boolean;
  /** Null for a function that somebody has made. */
  readonly uses: number | null;
}

export interface ViewDefinition {
  readonly oid: number;
  readonly text: string;
}

export interface CatalogCast {
  readonly type: string;
  /** The server may run it where the statement does not say so. */
  readonly unasked: boolean;
}

/** What the catalog of one database says of where values come from. */
export interface CatalogRows {
  readonly relations: readonly CatalogRelation[];
  readonly columns: readonly CatalogColumn[];
  readonly inherits: readonly CatalogLink[];
  readonly foreignKeys: readonly CatalogForeignKey[];
  readonly uses: readonly CatalogUse[];
  readonly views: readonly ViewDefinition[];
  /** Names of functions and operators that somebody has made, those of extensions aside. */
  readonly functions: readonly string[];
  /** Names of somebody's types to which no function of somebody's converts. */
  readonly plainTypes: readonly string[];
  /** Types to which one does, and what is made of these: domains and arrays. */
  readonly casts: readonly CatalogCast[];
  /** OIDs of base types of somebody's that are text to the server: citext. */
  readonly textTypes: readonly number[];
  /** What somebody's types are made of, but for rows of tables, and arrays of these. */
  readonly shapes: readonly (readonly [oid: number, shape: TypeShape])[];
}

/** Under `pg_catalog` alone, definitions are written with every schema. */
const settings = `SET search_path TO pg_catalog; SET statement_timeout TO '20s';
SET default_transaction_read_only TO on;`;

const relations = `SELECT c.oid, n.nspname, c.relname, c.relkind, coalesce(t.typrelid, 0)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_type t ON t.oid = c.reloftype
WHERE c.relkind IN ('r','p','v','m','f','t') OR c.relkind IN ('i','I','c') AND c.oid >= ${firstUserOid}`;

const columns = `SELECT a.attrelid, a.attnum, a.attname, a.attgenerated <> '',
coalesce(nullif(t.typrelid, 0), nullif(e.typrelid, 0), nullif(b.typrelid, 0), 0)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type e ON e.oid = t.typelem
LEFT JOIN pg_type b ON b.oid = t.typbasetype
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r','p','v','m','f')
AND (c.oid >= ${firstUserOid}
  OR c.relname IN (${tellingTables.map((name) => `'${name}'`).join(', ')}))`;

const inherits = 'SELECT inhrelid, inhparent FROM pg_inherits';

const foreignKeys = `SELECT confrelid, conrelid, array_to_string(confkey, ','),
array_to_string(conkey, ','), conname, EXISTS (SELECT FROM
  unnest(conpfeqop || conppeqop || conffeqop) o (oid) WHERE o.oid >= ${firstUserOid})
FROM pg_constraint WHERE contype = 'f'`;

const uses = `SELECT DISTINCT r.ev_class, r.ev_type = '1', CASE d.refclassid
WHEN 'pg_class'::regclass THEN d.refobjid END FROM pg_depend d
JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
WHERE r.ev_class >= ${firstUserOid} AND d.deptype = 'n'
AND (d.refclassid = 'pg_class'::regclass
  OR d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass) AND d.refobjid >= ${firstUserOid})`;

const views = `SELECT oid, pg_get_viewdef(oid) FROM pg_class
WHERE relkind IN ('v','m') AND oid >= ${firstUserOid}`;

/** Those of extensions overload built-in names for types of their own: min(citext). */
const ownIn = (catalog: string) => `FROM ${catalog} o WHERE oid >= ${firstUserOid} AND NOT EXISTS
(SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = o.oid
  AND d.deptype = 'e')`;

const functions = `SELECT proname ${ownIn('pg_proc')} UNION SELECT oprname ${ownIn('pg_operator')}`;

/** Casts by functions of somebody's, those of extensions aside, and all types that they reach. */
const reached = `WITH RECURSIVE reached (oid, unasked) AS (
SELECT casttarget, castcontext = 'i' FROM pg_cast WHERE castfunc >= ${firstUserOid}
  AND oid IN (SELECT o.oid ${ownIn('pg_cast')})
UNION SELECT t.oid, r.unasked FROM pg_type t JOIN reached r ON r.oid IN (t.typbasetype, t.typelem))`;

const casts = `${reached} SELECT typname, bool_or(unasked) FROM reached JOIN pg_type USING (oid)
GROUP BY typname`;

const plainTypes = `${reached} SELECT typname FROM pg_type WHERE oid >= ${firstUserOid}
GROUP BY typname HAVING NOT bool_or(oid IN (SELECT oid FROM reached))`;

const textTypes = `SELECT oid FROM pg_type
WHERE oid >= ${firstUserOid} AND typcategory = 'S' AND typtype = 'b'`;

/** An array whose elements are told apart by anything but a comma is none that can be read here. */
const shapes = `SELECT t.oid, t.typtype, coalesce(nullif(t.typbasetype, 0), t.typelem),
array_to_string(ARRAY(SELECT a.atttypid FROM pg_attribute a WHERE a.attrelid = t.typrelid
  AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum), ',')
FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid LEFT JOIN pg_type e ON e.oid = t.typelem
LEFT JOIN pg_class ec ON ec.oid = e.typrelid
WHERE t.oid >= ${firstUserOid} AND (t.typtype = 'd' OR c.relkind = 'c' OR t.typtype = 'b'
  AND t.typcategory = 'A' AND e.typdelim = ',' AND coalesce(ec.relkind, 'c') = 'c')`;

/** Changes whenever one of the catalog's rows does that the answers above are made of. */
const fingerprint = ['class', 'attribute', 'inherits', 'constraint', 'rewrite', 'depend']
  .concat(['proc', 'operator', 'type', 'cast', 'namespace'])
  .map(
    (name) =>
      `(SELECT count(*) || '/' || coalesce(sum(hashtext(xmin::text || ctid::text)::bigint), 0) FROM pg_${name})`,
  )
  .join(", ' ', ");

export async function readFingerprint(side: SideConnection): Promise<string> {
  const [row] = await side.query(`${settings} SELECT concat(${fingerprint})`);
  return row?.[0] ?? '';
}

export async function readCatalog(side: SideConnection): Promise<CatalogRows> {
  const ask = async <Row>(text: string, read: (row: Texts) => Row) => {
    const rows = await side.query(text);
    return rows.map((row) => read(new Texts(row)));
  };
  await side.query(settings);
  return {
    relations: await ask(relations, (row) => ({
      oid: row.number(0),
      schema: row.text(1),
      name: row.text(2),
      kind: row.text(3),
      ofType: row.number(4),
    })),
    columns: await ask(columns, (row) => ({
      relation: row.number(0),
      number: row.number(1),
      name: row.text(2),
      generated: row.text(3) === 't',
      rowsOf: row.number(4),
    })),
    inherits: await ask(inherits, (row) => ({
      ...{ from: row.number(1), to: row.number(0), columns: [] },
    })),
    foreignKeys: await ask(foreignKeys, (row) => ({
      ...{ from: row.number(0), to: row.number(1) },
      columns: pairs(row.text(2), row.text(3)),
      ...{ name: row.text(4), ownOperators: row.text(5) === 't' },
    })),
    uses: await ask(uses, (row) => ({
      relation: row.number(0),
      isView: row.text(1) === 't',
      uses: row.text(2) === '' ? null : row.number(2),
    })),
    views: await ask(views, (row) => ({ oid: row.number(0), text: row.text(1) })),
    functions: await ask(functions, (row) => row.text(0)),
    plainTypes: await ask(plainTypes, (row) => row.text(0)),
    casts: await ask(casts, (row) => ({ type: row.text(0), unasked: row.text(1) === 't' })),
    textTypes: await ask(textTypes, (row) => row.number(0)),
    shapes: await ask(shapes, (row) => [row.number(0), shapeOf(row)] as const),
  };
}

function shapeOf(row: Texts): TypeShape {
  switch (row.text(1)) {
    case 'c':
      return { kind: 'row', members: row.text(3).split(',').map(Number) };
    case 'd':
      return { kind: 'domain', base: row.number(2) };
    default:
      return { kind: 'array', element: row.number(2) };
  }
}

function pairs(from: string, to: string): readonly (readonly [number, number])[] {
  const others = to.split(',').map(Number);
  return from.split(',').map((number, index) => [Number(number), others[index] ?? 0]);
}

/** One row as the server wrote it. */
class Texts {
  readonly #values: readonly (string | null)[];

  constructor(values: readonly (string | null)[]) {
    this.#values = values;
  }

  text(index: number): string {
    return this.#values[index] ?? '';
  }

  number(index: number): number {
    return Number(this.text(index));
  }
}
