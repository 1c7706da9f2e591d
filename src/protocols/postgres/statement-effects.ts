import { forgetAll, type ServerNames } from './names.ts';
import type { SessionState } from './session-state.ts';
import type { ParsedStatement, SqlParser } from './sql/parser.ts';

export interface EffectsDeps {
  readonly names: ServerNames;
  readonly state: SessionState;
  readonly parser: SqlParser;
  readonly trustedFunctions: readonly string[];
}

/** Tags by which the server confirms the statements that change names. */
const tags: Partial<Record<ParsedStatement['kind'], RegExp>> = {
  prepare: /^PREPARE$/,
  deallocate: /^DEALLOCATE( ALL)?$/,
  declare: /^DECLARE CURSOR$/,
  close: /^CLOSE CURSOR( ALL)?$/,
  discard: /^DISCARD /,
};

/** Applies what a statement did to names and settings, once its CommandComplete has come. */
export function statementCompleted(
  statement: ParsedStatement | undefined,
  tag: string,
  deps: EffectsDeps,
): void {
  const { names, state } = deps;
  const wanted = statement === undefined ? undefined : tags[statement.kind];
  if (statement === undefined || (wanted !== undefined && !wanted.test(tag))) {
    forgetAll(names);
    return;
  }
  switch (statement.kind) {
    case 'prepare':
      names.statements.set(statement.name, {
        text: statement.innerText,
        parameterTypes: [],
        ...parsed(statement.innerText, deps),
      });
      break;
    case 'declare':
      names.portals.set(statement.name, {
        text: statement.innerText,
        operation: { run: null },
        hold: statement.hold,
        ...parsed(statement.innerText, deps),
      });
      break;
    case 'deallocate':
      if (statement.all) names.statements.clear();
      else names.statements.delete(statement.name);
      break;
    case 'close':
      if (statement.all) names.portals.clear();
      else names.portals.delete(statement.name);
      break;
    case 'discard':
      forgetAll(names);
      state.meaningChanged(statement.text);
      break;
    case 'set':
      state.meaningChanged(statement.text);
      break;
    default:
  }
}

function parsed(text: string, { parser, trustedFunctions }: EffectsDeps) {
  return {
    decidable: parser.decidable(text, { trustedFunctions }),
    statements: parser.statements(text),
  };
}
