import type { JsonValue } from '../../../core/json.ts';
import { ByteSlicer } from './bytes.ts';
import { blankComments } from './comments.ts';
import { type Findings, Gathering } from './findings.ts';
import type { ParsedStatement } from './parsed-statement.ts';
import type { PgQuery } from './pg-query.ts';
import { readShape } from './provenance/read-shape.ts';
import type { StatementShape } from './provenance/shape.ts';
import { readStatement } from './read-statement.ts';
import { firstLine, summarise } from './summary.ts';
import type { Token } from './tokens.ts';
import { fieldsOf, listOf, numberOf, unwrap } from './tree.ts';
import { NestingError, TreeWalk } from './walk.ts';

/** All that is known of one text. */
export interface ReadText {
  readonly summary: string;
  readonly findings: Findings;
  readonly statements: readonly ParsedStatement[];
  /** False when trying again may give another answer. */
  readonly lasting: boolean;
}

/** What each statement of a text says of where its results come from; none for what does not parse. */
export function readShapes(text: string, query: PgQuery): readonly StatementShape[] {
  if (unreadable.test(text)) return [];
  const parsed = parse(text, query);
  if (parsed.kind !== 'tree') return [];
  return listOf(fieldsOf(parsed.tree).stmts).map((raw) => readShape(fieldsOf(raw).stmt));
}

const unreadable = /[\0\p{Cs}]/u;
const tooDeep = 'the statement is nested too deeply to be checked';

/** Reads one text: a simple Query or a Parse. Never throws for what the text says. */
export function readText(text: string, query: PgQuery, maxBytes: number): ReadText {
  if (text.length > maxBytes || Buffer.byteLength(text) > maxBytes) {
    return refused(text, `the statement is longer than ${maxBytes} bytes`);
  }
  if (unreadable.test(text)) {
    return refused(text, 'invalid byte sequence for encoding "UTF8"');
  }
  const parsed = parse(text, query);
  switch (parsed.kind) {
    case 'tree':
      return readTree(text, parsed.tree, query);
    case 'error':
      return refused(text, located(parsed.message, parsed.position));
    case 'gave_up':
      return refused(text, tooDeep);
    case 'replaced':
      return { ...refused(text, 'the SQL parser is busy: send it again'), lasting: false };
    default:
      return parsed satisfies never;
  }
}

/**
 * This build of the parser, unlike the server, loses sight of what follows NOT, NULLS and WITH
 * across a comment: `NOT -- these\n IN (1)` is an error to it. So an error in a text with comments
 * is asked about again without them; a text that passes as it is stays as it is.
 */
function parse(text: string, query: PgQuery) {
  const parsed = query.parse(text);
  if (parsed.kind !== 'error') return parsed;
  const blanked = blankComments(text, query);
  if (blanked === text) return parsed;
  const again = query.parse(blanked);
  if (again.kind !== 'error') return again;
  return { ...again, position: samePlace(again.position, blanked, text) };
}

/** Positions count characters, while only the bytes of both texts agree. */
function samePlace(position: number, from: string, to: string): number {
  if (position === 0) return 0;
  const before = [...from].slice(0, position - 1).join('');
  return [...Buffer.from(to).toString('utf8', 0, Buffer.byteLength(before))].length + 1;
}

function located(message: string, position: number): string {
  return position > 0 ? `${message} at character ${position}` : message;
}

function readTree(text: string, tree: JsonValue, query: PgQuery): ReadText {
  const slicer = new ByteSlicer(text);
  let scanned: readonly Token[] | null = null;
  const tokens = () => {
    scanned ??= query.tokens(text);
    return scanned;
  };
  const raw = listOf(fieldsOf(tree).stmts).map(fieldsOf);
  const out = new Gathering();
  try {
    const statements = raw.map((statement) => {
      new TreeWalk(out).statement(statement.stmt);
      const start = numberOf(statement.stmt_location);
      const length = numberOf(statement.stmt_len);
      const end = length === 0 ? undefined : start + length;
      const node = unwrap(statement.stmt) ?? { kind: '', fields: {} };
      return readStatement(node, { slicer, start, end, tokens });
    });
    if (statements.length === 0) out.class('session');
    return {
      summary: summarise(
        statements.map((statement) => statement.text),
        (part) => blankComments(part, query),
      ),
      findings: out.findings(statements.length),
      statements,
      lasting: true,
    };
  } catch (error) {
    if (error instanceof NestingError || error instanceof RangeError) return refused(text, tooDeep);
    throw error;
  }
}

function refused(text: string, message: string): ReadText {
  const out = new Gathering();
  out.class('unknown');
  out.barred = message;
  return {
    summary: firstLine(text),
    findings: out.findings(0),
    statements: [],
    lasting: true,
  };
}
