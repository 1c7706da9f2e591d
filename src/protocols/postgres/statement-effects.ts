import type { SessionMasking } from './masking/session-masking.ts';
import type { NameTable } from './name-table.ts';
import { endsPortals, foldsAlike, forgetAll, type ServerNames, transactionEnded } from './names.ts';
import type { ParsedStatement, SqlParser } from './sql/parser.ts';

export interface EffectsDeps {
  readonly names: ServerNames;
  readonly parser: SqlParser;
  /** Null where nothing is to be masked. */
  readonly masking: SessionMasking | null;
  readonly trustedFunctions: readonly string[];
  /** Statements and portals, each. */
  readonly maxNames: number;
}

/** Tags by which the server confirms the statements that change names. */
const tags: Partial<Record<ParsedStatement['kind'], RegExp>> = {
  prepare: /^PREPARE$/,
  deallocate: /^DEALLOCATE( ALL)?$/,
  declare: /^DECLARE CURSOR$/,
  close: /^CLOSE CURSOR( ALL)?$/,
  discard: /^DISCARD /,
};

/**
 * Applies what a statement did to names and settings, once its CommandComplete has come.
 * `operation`: the number of the one that it was part of.
 */
export function statementCompleted(
  statement: ParsedStatement | undefined,
  tag: string,
  operation: number,
  deps: EffectsDeps,
): void {
  const { names } = deps;
  const wanted = statement === undefined ? undefined : tags[statement.kind];
  if (statement === undefined || (wanted !== undefined && !wanted.test(tag))) {
    forgetAll(names);
    return;
  }
  if (endsPortals.has(statement.kind)) transactionEnded(names);
  switch (statement.kind) {
    case 'prepare':
      prepared(statement, deps);
      break;
    case 'declare':
      declared(statement, operation, deps);
      break;
    case 'deallocate':
      drop(names.statements, statement);
      break;
    case 'close':
      drop(names.portals, statement);
      break;
    case 'discard':
      forgetAll(names);
      break;
    default:
  }
}

function prepared(statement: Extract<ParsedStatement, { kind: 'prepare' }>, deps: EffectsDeps) {
  const { text, name, innerText } = statement;
  record(deps.names.statements, name, deps, {
    text,
    parameterTypes: [],
    parsing: null,
    ...parsed(innerText, deps),
  });
}

function declared(
  statement: Extract<ParsedStatement, { kind: 'declare' }>,
  number: number,
  deps: EffectsDeps,
) {
  const { text, name, innerText, hold } = statement;
  const inner = parsed(innerText, deps);
  record(deps.names.portals, name, deps, {
    text,
    masks: deps.masking?.cursor({ ...inner, text: innerText, behind: [] }) ?? null,
    behind: [],
    cursor: true,
    operation: { number, statement: null, run: null },
    hold,
    ...inner,
  });
}

/** A name that is not recorded is uncertain; one outside ASCII may be any of those known. */
function record<Entry>(
  entries: NameTable<Entry>,
  name: string,
  { names, maxNames }: EffectsDeps,
  entry: Entry,
): void {
  if (!foldsAlike(name)) forgetAll(names);
  else if (entries.size < maxNames || entries.has(name)) entries.set(name, entry);
  else entries.delete(name);
}

function drop<Entry>(entries: NameTable<Entry>, { name, all }: { name: string; all: boolean }) {
  if (all || !foldsAlike(name)) entries.clear();
  else entries.delete(name);
}

function parsed(text: string, { parser, trustedFunctions }: EffectsDeps) {
  return {
    decidable: parser.decidable(text, { trustedFunctions }),
    statements: parser.statements(text),
  };
}
