import { locksForReading } from './judge-statement.ts';
import type { Fields } from './tree.ts';

/** What a relation's name is there for, by the field that holds it: `SelectStmt.fromClause`. */
export type RelationRole = 'queried' | 'read' | 'written' | 'none';

const roles: ReadonlyMap<string, RelationRole> = new Map([
  ['SelectStmt.fromClause', 'queried'],
  ['JoinExpr.larg', 'queried'],
  ['JoinExpr.rarg', 'queried'],
  ['RangeTableSample.relation', 'queried'],
  ['UpdateStmt.fromClause', 'queried'],
  ['DeleteStmt.usingClause', 'queried'],
  ['MergeStmt.sourceRelation', 'queried'],
  ['CopyStmt(to).relation', 'read'],
  ['LockStmt(share).relations', 'read'],
  ['TableLikeClause.relation', 'read'],
  ['Constraint.pktable', 'read'],
  ['CreateStatsStmt.relations', 'read'],
  ['PublicationTable.relation', 'read'],
  // Names of constraints and of aliases, not of relations.
  ['ConstraintsSetStmt.constraints', 'none'],
  ['LockingClause.lockedRels', 'none'],
]);

/** Anywhere else it is what the statement changes. */
export function relationRole(parent: string, field: string): RelationRole {
  return roles.get(`${parent}.${field}`) ?? 'written';
}

/** A statement's kind; of two, whose relation is read or changed by how they are written, both. */
export function slot(kind: string, fields: Fields): string {
  if (kind === 'CopyStmt' && fields.is_from !== true) return 'CopyStmt(to)';
  if (kind === 'LockStmt' && locksForReading(fields)) return 'LockStmt(share)';
  return kind;
}
