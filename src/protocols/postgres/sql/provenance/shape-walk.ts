import type { JsonValue } from '../../../../core/json.ts';
import { builtinOperators, builtinSamplingMethods } from '../builtin-names.ts';
import {
  type Fields,
  fieldsOf,
  isObject,
  listOf,
  nameParts,
  stringOf,
  unwrap,
  type Wrapped,
} from '../tree.ts';
import { deciding, isDistinct, positionsIn, setReturning } from './deciding.ts';
import { lastName, namedBy, referenceOf, type ShapeGathering } from './gather.ts';
import { aliasNames, impliedNames, resultNames } from './names-of.ts';
import {
  endsInStar,
  isBuiltinFunction,
  isBuiltinType,
  isRelation,
  isTypeName,
  tableFunctions,
} from './node-names.ts';
import { readsOwnSetting } from './own-setting.ts';
import type { Output, Span } from './shape.ts';

const maxDepth = 1500;

/** Deeper than any statement that people write. */
export class TooDeepError extends Error {}

const changing: ReadonlySet<string> = new Set([
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
]);

/** Walks what stands inside statements: expressions, FROM, subqueries. */
export class ShapeWalk {
  readonly #out: ShapeGathering;
  readonly #changes: (statement: Wrapped) => void;
  #depth = 0;

  /** `changes` reads an INSERT, UPDATE, DELETE or MERGE that stands in another statement. */
  constructor(out: ShapeGathering, changes: (statement: Wrapped) => void) {
    this.#out = out;
    this.#changes = changes;
  }

  any(value: JsonValue | undefined): void {
    if (typeof value !== 'object' || value === null) return;
    this.#depth += 1;
    if (this.#depth > maxDepth) throw new TooDeepError();
    if (isObject(value)) this.#object(value);
    else for (const item of listOf(value)) this.any(item);
    this.#depth -= 1;
  }

  /** A `SelectStmt`'s parts. Its result columns, once for each arm; null where there are none. */
  query(fields: Fields): readonly (readonly Output[])[] {
    this.any(fields.withClause);
    if (isObject(fields.larg) && isObject(fields.rarg)) return this.#setOperation(fields);
    this.any(fields.fromClause);
    const rows = listOf(fields.valuesLists);
    const outputs =
      rows.length > 0 ? rows.map((row) => this.#row(row)) : [this.targets(fields.targetList)];
    this.#decides(fields, outputs);
    return outputs;
  }

  #decides(fields: Fields, outputs: readonly (readonly Output[])[]): void {
    const out = this.#out;
    for (const field in fields) {
      if (deciding.has(field)) out.predicate(out.span(() => this.any(fields[field])));
    }
    const all = isDistinct(fields);
    const positions = positionsIn(fields);
    for (const arm of outputs) {
      const some = !all && !arm.some(({ star }) => star);
      const chosen = some ? positions.flatMap((position) => arm[position - 1] ?? []) : arm;
      if (all || positions.length > 0) for (const { span } of chosen) out.predicate(span);
    }
  }

  /** A target list or RETURNING: each `ResTarget` with its name. */
  targets(list: JsonValue | undefined): readonly Output[] {
    return listOf(list).map((item) => {
      const { name, val } = unwrap(item)?.fields ?? {};
      const span = this.#out.span(() => this.any(val));
      const node = unwrap(val);
      const star = node?.kind === 'ColumnRef' && referenceOf(node.fields).name === '*';
      const spread = node?.kind === 'A_Indirection' && endsInStar(node.fields);
      if (typeof name === 'string') this.#out.flow([name], span);
      else if (node?.kind !== 'ColumnRef') this.#out.flow(impliedNames(val), span);
      if (spread) this.#out.flow(null, span);
      return { star: star || spread, span };
    });
  }

  #object(value: Fields): void {
    const wrapped = unwrap(value);
    if (wrapped !== null) this.#node(wrapped.kind, wrapped.fields);
    else this.#parts(value);
  }

  #parts(fields: Fields): void {
    const out = this.#out;
    for (const field in fields) {
      if (deciding.has(field)) out.predicate(out.span(() => this.any(fields[field])));
      else if (isRelation(field, fields[field])) this.#table(fieldsOf(fields[field]));
      else if (isTypeName(field, fields[field])) this.#type(fieldsOf(fields[field]));
      else this.any(fields[field]);
    }
  }

  #node(kind: string, fields: Fields): void {
    if (tableFunctions.has(kind)) this.#tableFunction(kind, fields);
    else if (changing.has(kind)) this.#changes({ kind, fields });
    else this.#plain(kind, fields);
  }

  #plain(kind: string, fields: Fields): void {
    const out = this.#out;
    switch (kind) {
      case 'ColumnRef': {
        const { qualifier, name } = referenceOf(fields);
        out.column(qualifier, name);
        return;
      }
      case 'RangeVar':
        this.#table(fields);
        return;
      case 'SelectStmt':
        this.query(fields);
        return;
      case 'CommonTableExpr':
        this.#cte(fields);
        return;
      case 'RangeSubselect':
        this.#aliased(fields, () => this.any(fields.subquery));
        return;
      case 'JoinExpr':
        this.#join(fields);
        return;
      case 'FuncCall':
        this.#call(fields);
        return;
      case 'TypeName':
        this.#type(fields);
        return;
      case 'A_Expr':
        this.#operator(fields.name);
        break;
      case 'SubLink':
        this.#operator(fields.operName);
        break;
      case 'SortBy':
        this.#operator(fields.useOp);
        break;
      case 'RangeTableSample':
        out.named(
          'call',
          lastName(fields.method),
          builtinSamplingMethods.has(lastName(fields.method)),
        );
        out.predicate(out.span(() => this.#parts(fields)));
        return;
    }
    this.#parts(fields);
  }

  #setOperation(fields: Fields): readonly (readonly Output[])[] {
    const out = this.#out;
    const outputs = [fields.larg, fields.rarg].flatMap((arm) => this.query(fieldsOf(arm)));
    const names = resultNames(fieldsOf(fields.larg));
    for (const { span } of outputs.flat()) {
      out.flow(names, span);
      if (fields.op !== 'SETOP_UNION' || fields.all !== true) out.predicate(span);
    }
    this.#decides(fields, outputs);
    return outputs;
  }

  #row(row: JsonValue): readonly Output[] {
    const items = listOf(unwrap(row)?.fields.items);
    return items.map((item, index) => {
      const span = this.#out.span(() => this.any(item));
      this.#out.flow([`column${index + 1}`], span);
      return { star: false, span };
    });
  }

  #table(fields: Fields): void {
    const alias = aliasNames(fields.alias);
    const { schema, name } = namedBy(fields);
    const table = { schema, name, alias: alias.name, columnAliases: alias.columns };
    this.#out.table({ kind: 'table', ...table });
  }

  /** `typmods` are constants. */
  #type(fields: Fields): void {
    this.#out.named('type', lastName(fields.names), isBuiltinType(fields));
  }

  #cte(fields: Fields): void {
    const name = stringOf(fields.ctename);
    this.#out.ctes.add(name);
    const span = this.#out.span(() => this.any(fields.ctequery));
    const search = fieldsOf(fields.search_clause);
    const cycle = fieldsOf(fields.cycle_clause);
    const made = [search.search_seq_column, cycle.cycle_mark_column, cycle.cycle_path_column];
    this.#out.predicate(this.#columns(nameParts(cycle.cycle_col_list)));
    const given = [name, ...nameParts(fields.aliascolnames), ...made.map(stringOf)];
    this.#out.flow(
      given.filter((each) => each !== ''),
      span,
      true,
    );
  }

  #aliased(fields: Fields, walk: () => void): void {
    const span = this.#out.span(walk);
    const alias = aliasNames(fields.alias);
    const names = alias.name === null ? [] : [alias.name];
    this.#out.flow([...names, ...alias.columns], span, true);
  }

  #join(fields: Fields): void {
    const out = this.#out;
    this.#aliased(fields, () => {
      this.any(fields.larg);
      this.any(fields.rarg);
      const using = nameParts(fields.usingClause);
      const on = out.span(() => {
        for (const name of using) out.column(null, name);
        if (fields.isNatural === true) out.column(null, '*');
        this.any(fields.quals);
      });
      out.predicate(on);
      if (fields.join_using_alias !== undefined) {
        const { name } = aliasNames(fields.join_using_alias);
        if (name !== null) out.flow([name], on);
      }
    });
  }

  #tableFunction(kind: string, fields: Fields): void {
    const span = this.#out.span(() => this.#parts(fields));
    this.#out.flow(null, span);
    if (kind !== 'RangeFunction') this.#out.predicate(span);
  }

  #call(fields: Fields): void {
    const out = this.#out;
    const parts = nameParts(fields.funcname);
    const name = parts.at(-1) ?? '';
    const builtin = isBuiltinFunction(parts.at(-2) ?? null, name);
    out.named('call', name, builtin && !readsOwnSetting(name, fields));
    const walk = () => this.#parts(fields);
    if (builtin && name === 'count') out.predicate(this.#counted(walk));
    else {
      const span = out.span(walk);
      if (!builtin) out.handed(span);
      else if (setReturning.has(name)) out.predicate(span);
    }
  }

  #columns(names: readonly string[]): Span {
    return this.#out.span(() => {
      for (const name of names) this.#out.column(null, name);
    });
  }

  #counted(walk: () => void): Span {
    return this.#out.span(() => this.#out.counted(walk));
  }

  #operator(name: JsonValue | undefined): void {
    const parts = nameParts(name);
    const last = parts.at(-1);
    if (last === undefined || last.startsWith('BETWEEN') || last.startsWith('NOT BETWEEN')) return;
    const schema = parts.at(-2) ?? 'pg_catalog';
    this.#out.named('call', last, schema === 'pg_catalog' && builtinOperators.has(last));
  }
}
