import type { JsonValue } from '../../../../core/json.ts';
import { copyTransfer } from '../judge-statement.ts';
import {
  type Fields,
  fieldsOf,
  isObject,
  listOf,
  stringOf,
  unwrap,
  type Wrapped,
} from '../tree.ts';
import { copyFormat } from './copy-format.ts';
import { namedBy, opaqueShape, ShapeGathering, TooMuchError } from './gather.ts';
import { isOwnSetting } from './own-setting.ts';
import { changesOf } from './read-change.ts';
import type { Named, Output, StatementShape } from './shape.ts';
import { ShapeWalk, TooDeepError } from './shape-walk.ts';

/** What one statement's tree says of where its results come from. Never throws for what it is. */
export function readShape(statement: JsonValue | undefined): StatementShape {
  const node = unwrap(statement);
  if (node === null) return opaqueShape();
  const out = new ShapeGathering();
  try {
    new StatementReading(out).read(node);
    return out.shape();
  } catch (error) {
    const beyond = error instanceof TooMuchError || error instanceof TooDeepError;
    if (beyond || error instanceof RangeError) return opaqueShape();
    throw error;
  }
}

const opaqueKinds: ReadonlySet<string> = new Set([
  ...['DoStmt', 'CallStmt', 'LoadStmt', 'CreateExtensionStmt', 'AlterExtensionStmt'],
  ...['CreatePLangStmt', 'ImportForeignSchemaStmt', 'CreateSubscriptionStmt'],
]);

class StatementReading {
  readonly #out: ShapeGathering;
  readonly #walk: ShapeWalk;

  constructor(out: ShapeGathering) {
    this.#out = out;
    this.#walk = new ShapeWalk(out, (statement) => {
      const { outputs } = out;
      this.read(statement);
      out.outputs = outputs;
    });
  }

  read({ kind, fields }: Wrapped): void {
    const out = this.#out;
    if (opaqueKinds.has(kind)) out.opaque = true;
    out.changes.push(...changesOf(kind, fields));
    switch (kind) {
      case 'SelectStmt':
        out.outputs = this.#stored(fields, intoOf(fields));
        return;
      case 'InsertStmt':
        this.#insert(fields);
        return;
      case 'UpdateStmt':
        this.#update(fields);
        return;
      case 'DeleteStmt':
        this.#target(fields);
        this.#rest(fields, ['relation', 'returningClause']);
        this.#returning(fields);
        return;
      case 'MergeStmt':
        this.#merge(fields);
        return;
      case 'CreateTableAsStmt':
        this.#createAs(fields);
        return;
      case 'CopyStmt':
        this.#copy(fields);
        return;
      case 'ExplainStmt':
        this.#explain(fields);
        return;
      case 'PrepareStmt':
      case 'DeclareCursorStmt':
        this.#inner(fields.query);
        return;
      case 'VariableShowStmt':
        out.outputs = [[nothingOf(out)]];
        out.opaque = isOwnSetting(stringOf(fields.name));
        return;
      case 'AlterTableStmt':
        this.#alterTable(fields);
        return;
      default:
        this.#walk.any({ [kind]: fields });
    }
  }

  #inner(query: JsonValue | undefined): void {
    const node = unwrap(query);
    if (node === null) this.#out.opaque = true;
    else this.read(node);
  }

  /** A query whose result may be stored under a name. */
  #stored(query: Fields, into: Named | null): readonly (readonly Output[])[] {
    const arms = this.#walk.query(query);
    if (into === null) return arms;
    for (const { span } of arms.flat()) this.#out.move({ table: into, column: null, span });
    return arms;
  }

  #createAs(fields: Fields): void {
    const rel = namedBy(fieldsOf(fieldsOf(fields.into).rel));
    const node = unwrap(fields.query);
    // A materialized view is known by its definition, as other views are.
    const kept = fields.objtype === 'OBJECT_MATVIEW';
    if (node?.kind === 'SelectStmt') this.#stored(node.fields, kept ? null : rel);
    else this.#out.keepsExecuted = true;
    this.#out.outputs = null;
  }

  /** The relation that is changed; OLD, NEW and EXCLUDED are rows of it. */
  #target(fields: Fields): void {
    const span = this.#out.span(() => this.#walk.any({ RangeVar: fieldsOf(fields.relation) }));
    const options = listOf(fieldsOf(fields.returningClause).options);
    const named = options.map((option) => stringOf(unwrap(option)?.fields.value));
    this.#out.flow(['old', 'new', 'excluded', ...named], span, true);
  }

  #insert(fields: Fields): void {
    this.#target(fields);
    const table = namedBy(fieldsOf(fields.relation));
    this.#walk.any(fields.withClause);
    const columns = listOf(fields.cols).map((item) => stringOf(unwrap(item)?.fields.name));
    const query = unwrap(fields.selectStmt);
    if (query !== null) {
      for (const arm of this.#walk.query(query.fields)) {
        const spread = arm.some(({ star }) => star);
        arm.forEach(({ span }, index) => {
          const column = spread ? null : (columns[index] ?? null);
          this.#out.move({ table, column, span });
        });
      }
    }
    const conflict = fieldsOf(fields.onConflictClause);
    this.#assignments(conflict.targetList, table);
    this.#rest(conflict, ['targetList', 'infer']);
    if (isObject(fields.onConflictClause)) this.#arbiter(fieldsOf(conflict.infer));
    this.#returning(fields);
  }

  /** What decides whether there is a conflict: without columns, any unique one of the table. */
  #arbiter({ indexElems, whereClause }: Fields): void {
    const out = this.#out;
    const span = out.span(() => {
      const elements = listOf(indexElems).map((item) => unwrap(item)?.fields ?? {});
      if (elements.length === 0) out.column(null, '*');
      for (const { name, expr } of elements) {
        if (typeof name === 'string') out.column(null, name);
        else this.#walk.any(expr);
      }
      this.#walk.any(whereClause);
    });
    out.predicate(span);
  }

  #update(fields: Fields): void {
    this.#target(fields);
    this.#walk.any(fields.withClause);
    this.#walk.any(fields.fromClause);
    this.#assignments(fields.targetList, namedBy(fieldsOf(fields.relation)));
    this.#rest(fields, ['relation', 'returningClause', 'withClause', 'fromClause', 'targetList']);
    this.#returning(fields);
  }

  #merge(fields: Fields): void {
    this.#target(fields);
    this.#walk.any(fields.withClause);
    this.#walk.any(fields.sourceRelation);
    const table = namedBy(fieldsOf(fields.relation));
    for (const clause of listOf(fields.mergeWhenClauses)) {
      const when = unwrap(clause)?.fields ?? {};
      const columns = listOf(when.targetList).map((item) => stringOf(unwrap(item)?.fields.name));
      this.#assignments(when.targetList, table);
      listOf(when.values).forEach((value, index) => {
        const span = this.#out.span(() => this.#walk.any(value));
        this.#out.move({ table, column: columns[index] ?? null, span });
      });
      this.#rest(when, ['targetList', 'values']);
    }
    this.#rest({ joinCondition: fields.joinCondition ?? null }, []);
    this.#returning(fields);
  }

  #assignments(list: JsonValue | undefined, table: Named): void {
    for (const item of listOf(list)) {
      const { name, val } = unwrap(item)?.fields ?? {};
      const span = this.#out.span(() => this.#walk.any(val));
      this.#out.move({ table, column: stringOf(name) || null, span });
    }
  }

  #returning(fields: Fields): void {
    if (!isObject(fields.returningClause)) return;
    this.#out.outputs = [this.#walk.targets(fields.returningClause.exprs)];
  }

  /** All fields but these, as parts of one node. */
  #rest(fields: Fields, without: readonly string[]): void {
    const rest = Object.entries(fields).filter(([field]) => !without.includes(field));
    this.#walk.any(Object.fromEntries(rest));
  }

  #copy(fields: Fields): void {
    if (fields.is_from === true) {
      this.#walk.any({ RangeVar: fieldsOf(fields.relation) });
      this.#rest({ whereClause: fields.whereClause ?? null }, []);
      return;
    }
    const to = copyTransfer(fields) === 'to_stdout' ? 'client' : 'elsewhere';
    const named = fields.attlist !== undefined;
    const format = copyFormat(fields);
    if (isObject(fields.relation)) {
      this.#walk.any({ RangeVar: fields.relation });
      this.#out.copy = { to, table: namedBy(fields.relation), named, format };
      return;
    }
    this.#inner(fields.query);
    this.#out.copy = { to, table: null, named, format };
  }

  #explain(fields: Fields): void {
    this.#inner(fields.query);
    this.#out.plan = true;
    this.#out.outputs = [[nothingOf(this.#out)]];
  }

  #alterTable(fields: Fields): void {
    const table = namedBy(fieldsOf(fields.relation));
    this.#walk.any({ RangeVar: fieldsOf(fields.relation) });
    for (const command of listOf(fields.cmds)) {
      const { subtype, name, def } = unwrap(command)?.fields ?? {};
      const span = this.#out.span(() => this.#walk.any(def));
      if (subtype === 'AT_AlterColumnType') {
        this.#out.move({ table, column: stringOf(name) || null, span });
      }
    }
  }
}

function nothingOf(out: ShapeGathering): Output {
  return { star: false, span: out.span(() => {}) };
}

function intoOf(fields: Fields): Named | null {
  if (!isObject(fields.intoClause)) return null;
  return namedBy(fieldsOf(fields.intoClause.rel));
}
