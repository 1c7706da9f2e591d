import { qualified } from './calls.ts';
import type { Gathering } from './findings.ts';
import { relationParts } from './object-tags.ts';
import { judgeSetting } from './settings.ts';
import {
  type Fields,
  fieldsOf,
  isObject,
  listOf,
  nameParts,
  numberOf,
  stringOf,
  unwrap,
} from './tree.ts';
import { whereKind } from './where.ts';

/** The transfer that a COPY is. */
export function copyTransfer(fields: Fields) {
  if (fields.is_program === true) return 'program';
  const from = fields.is_from === true;
  if (fields.filename !== undefined) return from ? 'from_file' : 'to_file';
  return from ? 'from_stdin' : 'to_stdout';
}

/** EXPLAIN options that leave the statement unexecuted; with any other it counts as run. */
const planningOptions: ReadonlySet<string> = new Set([
  'verbose',
  'costs',
  'settings',
  'generic_plan',
  'buffers',
  'timing',
  'summary',
  'memory',
  'format',
]);

export function onlyPlans(explain: Fields): boolean {
  return listOf(explain.options).every((option) =>
    planningOptions.has(stringOf(unwrap(option)?.fields.defname)),
  );
}

const accessShare = 1;

export function locksForReading(lock: Fields): boolean {
  return numberOf(lock.mode) === accessShare;
}

type Judge = (fields: Fields, out: Gathering) => void;

/** What statements say about themselves that their kind alone does not. */
const judges: ReadonlyMap<string, Judge> = new Map([
  ['UpdateStmt', chooses],
  ['DeleteStmt', chooses],
  ['MergeStmt', merges],
  ['CopyStmt', copies],
  ['LockStmt', (fields, out) => out.class(locksForReading(fields) ? 'read' : 'write')],
  ['VariableSetStmt', sets],
  ['DiscardStmt', discards],
  ['TransactionStmt', transacts],
  ['ExecuteStmt', resolvedElsewhere],
  ['FetchStmt', resolvedElsewhere],
  ['DropStmt', drops],
  ['CommentStmt', namesObject],
  ['SecLabelStmt', namesObject],
  ['RenameStmt', renames],
]);

export function judgeStatement(kind: string, fields: Fields, out: Gathering): void {
  judges.get(kind)?.(fields, out);
}

function chooses(fields: Fields, out: Gathering): void {
  out.where.add(whereKind(fields.whereClause, fieldsOf(fields.relation)));
}

function merges(fields: Fields, out: Gathering): void {
  const changes = listOf(fields.mergeWhenClauses).some((clause) => {
    const command = unwrap(clause)?.fields.commandType;
    return command === 'CMD_UPDATE' || command === 'CMD_DELETE';
  });
  if (changes) out.where.add(whereKind(fields.joinCondition, fieldsOf(fields.relation)));
}

function copies(fields: Fields, out: Gathering): void {
  const transfer = copyTransfer(fields);
  out.copy.add(transfer);
  const from = fields.is_from === true;
  if (!from && isObject(fields.relation)) out.class('read');
  if (transfer !== 'to_stdout') out.class('write');
  if (transfer !== 'to_stdout' && transfer !== 'from_stdin') out.class('opaque');
}

function sets(fields: Fields, out: Gathering): void {
  const kind = stringOf(fields.kind);
  const name = stringOf(fields.name);
  if (kind === 'VAR_RESET_ALL') {
    out.class('dcl');
    return;
  }
  if (kind === 'VAR_SET_MULTI') {
    const characteristics = name === 'SESSION CHARACTERISTICS';
    out.class(characteristics ? 'session' : 'transaction');
    if (liftsReadOnly(fields.args)) out.class('dcl');
    return;
  }
  const judgement = judgeSetting(name, kind === 'VAR_SET_VALUE' ? constantOf(fields) : null);
  out.class(judgement === 'barred' ? 'dcl' : judgement);
  if (judgement === 'barred') {
    out.barred ??= `${name.toLowerCase()} is fixed in this session, because statements could not be read safely under another value`;
  }
}

/** The one plain constant that a setting is set to. */
function constantOf(fields: Fields): string | null {
  const [value, ...more] = listOf(fields.args);
  const constant = unwrap(value);
  if (more.length > 0 || constant?.kind !== 'A_Const') return null;
  const { sval, ival } = constant.fields;
  if (isObject(sval)) return stringOf(sval.sval);
  return isObject(ival) ? String(numberOf(ival.ival)) : null;
}

/** READ WRITE among the transaction modes: it takes a guard away. */
function liftsReadOnly(modes: Fields[string] | undefined): boolean {
  return listOf(modes).some((mode) => {
    const element = unwrap(mode)?.fields;
    if (element?.defname !== 'transaction_read_only') return false;
    const value = unwrap(element.arg)?.fields.ival;
    return !isObject(value) || numberOf(value.ival) !== 1;
  });
}

function discards(fields: Fields, out: Gathering): void {
  const target = stringOf(fields.target || 'DISCARD_ALL');
  if (target === 'DISCARD_PLANS' || target === 'DISCARD_SEQUENCES') out.class('session');
  else if (target === 'DISCARD_TEMP') out.class('ddl');
  else out.class('ddl', 'dcl');
}

const twoPhase: ReadonlySet<string> = new Set([
  'TRANS_STMT_PREPARE',
  'TRANS_STMT_COMMIT_PREPARED',
  'TRANS_STMT_ROLLBACK_PREPARED',
]);

function transacts(fields: Fields, out: Gathering): void {
  if (twoPhase.has(stringOf(fields.kind))) {
    out.class('dcl');
    return;
  }
  out.class('transaction');
  if (liftsReadOnly(fields.options)) out.class('dcl');
}

function resolvedElsewhere(_fields: Fields, out: Gathering): void {
  out.unresolved += 1;
}

function drops(fields: Fields, out: Gathering): void {
  const type = stringOf(fields.removeType);
  if (type === 'OBJECT_POLICY') out.class('dcl');
  for (const object of listOf(fields.objects)) writes(type, object, out);
}

function namesObject(fields: Fields, out: Gathering): void {
  writes(stringOf(fields.objtype), fields.object, out);
}

function writes(type: string, object: Fields[string] | undefined, out: Gathering): void {
  const list = unwrap(object);
  const parts = relationParts(type, list?.kind === 'List' ? nameParts(list.fields.items) : []);
  if (parts === null || parts.length === 0) return;
  const { schema, name } = qualified(parts);
  out.writes.add(schema, name);
}

function renames(fields: Fields, out: Gathering): void {
  if (fields.renameType === 'OBJECT_ROLE') out.class('dcl');
}
