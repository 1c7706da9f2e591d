import type { JsonValue } from '../../../core/json.ts';
import { AttributeCalls } from './attribute-calls.ts';
import { called, convertedTo, operatorUsed, sampledBy } from './calls.ts';
import { fieldKind, plainKinds } from './field-kinds.ts';
import type { Gathering } from './findings.ts';
import { judgeStatement, onlyPlans } from './judge-statement.ts';
import { slot } from './relation-roles.ts';
import { Scope } from './scope.ts';
import { statementRule, tagOf } from './statement-kinds.ts';
import {
  type Fields,
  fieldsOf,
  isObject,
  listOf,
  nameParts,
  stringOf,
  unwrap,
  type Wrapped,
} from './tree.ts';

const maxDepth = 2000;

/** Thrown for trees deeper than any statement that people write. */
export class NestingError extends Error {}

const changing: ReadonlySet<string> = new Set([
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
]);

/** Whose `setstmt` is kept for later, not run. */
const keepsSetting: ReadonlySet<string> = new Set([
  'AlterRoleSetStmt',
  'AlterDatabaseSetStmt',
  'AlterSystemStmt',
  'DefElem',
]);

/** Types in expressions, where they are converted to; in definitions they are only named. */
const converting: ReadonlySet<string> = new Set([
  'TypeCast',
  'XmlSerialize',
  'JsonOutput',
  'JsonTableColumn',
  'RangeTableFuncCol',
]);

const ownershipAndRowSecurity: ReadonlySet<string> = new Set([
  'AT_ChangeOwner',
  'AT_EnableRowSecurity',
  'AT_DisableRowSecurity',
  'AT_ForceRowSecurity',
  'AT_NoForceRowSecurity',
]);

/**
 * Walks one statement's whole tree, every field of every node, so that nothing is missed for
 * being somewhere unusual. Kinds that need more than a visit to their parts have a method.
 */
export class TreeWalk {
  readonly #out: Gathering;
  readonly #attributes = new AttributeCalls();
  readonly #scope = new Scope();
  #depth = 0;
  /** Inside a definition rather than a query. */
  #defining = false;

  constructor(out: Gathering) {
    this.#out = out;
  }

  statement(tree: JsonValue | undefined): void {
    const node = unwrap(tree);
    if (node === null) this.#out.class('unknown');
    else this.#node(node, '', '');
    this.#attributes.settle(this.#out);
  }

  #any(value: JsonValue | undefined, parent: string, field: string): void {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (const item of value) this.#any(item, parent, field);
      return;
    }
    const wrapped = unwrap(value);
    if (wrapped !== null) this.#node(wrapped, parent, field);
    else this.#unwrapped(fieldsOf(value), parent, field);
  }

  /** A node whose kind its field tells; an empty one in a list is the grammar's NULL. */
  #unwrapped(fields: Fields, parent: string, field: string): void {
    const kind = fieldKind(parent, field);
    if (kind !== null) this.#node({ kind, fields }, parent, field);
    else if (Object.keys(fields).length > 0) {
      this.#out.class('unknown');
      this.#parts(field, fields);
    }
  }

  #node({ kind, fields }: Wrapped, parent: string, field: string): void {
    this.#depth += 1;
    if (this.#depth > maxDepth) throw new NestingError();
    if (plainKinds.has(kind)) this.#plain(kind, fields, parent, field);
    else this.#statementNode(kind, fields, parent);
    this.#depth -= 1;
  }

  #parts(kind: string, fields: Fields): void {
    for (const field in fields) this.#any(fields[field], kind, field);
  }

  #plain(kind: string, fields: Fields, parent: string, field: string): void {
    const out = this.#out;
    switch (kind) {
      case 'A_Const':
      case 'String':
      case 'ParamRef':
        return;
      case 'ColumnRef':
        this.#attributes.columnReference(fields);
        return;
      case 'RangeVar':
        this.#scope.relation(fields, parent, field, out);
        return;
      case 'TypeName':
        if (converting.has(parent) || !this.#defining) convertedTo(out, nameParts(fields.names));
        break;
      case 'FuncCall':
        called(out, nameParts(fields.funcname), fields.args);
        break;
      case 'A_Expr':
        if (!stringOf(fields.kind).includes('BETWEEN')) operatorUsed(out, nameParts(fields.name));
        break;
      case 'SubLink':
        operatorUsed(out, nameParts(fields.operName));
        break;
      case 'SortBy':
        operatorUsed(out, nameParts(fields.useOp));
        break;
      case 'A_Indirection':
        this.#attributes.indirection(fields, out);
        break;
      case 'RangeFunction':
        this.#attributes.fromFunction(fields);
        break;
      case 'RangeTableSample':
        sampledBy(out, nameParts(fields.method));
        break;
      case 'LockingClause':
        out.rowLocks = true;
        out.class(this.#scope.planning ? 'read' : 'write');
        break;
      case 'IntoClause':
        if (parent === 'SelectStmt') this.#selectInto();
        break;
      case 'AlterTableCmd':
        if (ownershipAndRowSecurity.has(stringOf(fields.subtype))) out.class('dcl');
        break;
    }
    this.#parts(kind, fields);
  }

  #selectInto(): void {
    this.#out.into = true;
    this.#out.statements.add('select_into');
    this.#out.class('ddl');
  }

  #statementNode(kind: string, fields: Fields, parent: string): void {
    const rule = statementRule(kind);
    if (kind === 'VariableSetStmt' && keepsSetting.has(parent)) return;
    if (rule === undefined) {
      this.#out.class('unknown');
      this.#parts(kind, fields);
      return;
    }
    const outer = this.#defining;
    const leave = this.#scope.enter();
    const bare = isPartOf(parent, kind, fields);
    if (!bare) {
      const tag = tagOf(rule, fields);
      if (tag !== null) this.#out.statements.add(tag);
      this.#out.class(...rule.classes);
    }
    this.#defining = rule.classes.includes('ddl') || rule.classes.includes('dcl');
    judgeStatement(kind, fields, this.#out);
    if (kind === 'ExplainStmt' && onlyPlans(fields)) this.#scope.planning = true;
    if (changing.has(kind)) this.#change(fields);
    this.#scoped(kind, fields);
    leave();
    this.#defining = outer;
  }

  #change(fields: Fields): void {
    this.#out.class(this.#scope.planning ? 'read' : 'write');
    const target = fieldsOf(fields.relation);
    if (isObject(fields.returningClause)) {
      this.#out.class('read');
      this.#out.reads.add(stringOf(target.schemaname) || null, stringOf(target.relname));
    }
  }

  #scoped(kind: string, fields: Fields): void {
    if (isObject(fields.withClause)) this.#with(fields.withClause);
    const parent = slot(kind, fields);
    const locks = kind === 'SelectStmt' && fields.lockingClause !== undefined;
    for (const field in fields) {
      if (field === 'withClause') continue;
      const unlock = locks && field === 'fromClause' ? this.#scope.lock() : null;
      this.#any(fields[field], parent, field);
      unlock?.();
    }
  }

  /** Each CTE sees those before it; with RECURSIVE all of them, itself included. */
  #with(clause: Fields): void {
    const ctes = listOf(clause.ctes);
    const names = ctes.map((cte) => stringOf(unwrap(cte)?.fields.ctename));
    for (const name of clause.recursive === true ? names : []) this.#scope.cte(name);
    ctes.forEach((cte, index) => {
      this.#any(cte, 'WithClause', 'ctes');
      if (clause.recursive !== true) this.#scope.cte(names[index] ?? '');
    });
  }
}

/** VALUES of an INSERT, the table of CREATE FOREIGN TABLE: no statements of their own. */
function isPartOf(parent: string, kind: string, fields: Fields): boolean {
  if (parent === 'CreateForeignTableStmt') return true;
  return kind === 'SelectStmt' && parent === 'InsertStmt' && listOf(fields.valuesLists).length > 0;
}
