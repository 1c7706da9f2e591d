import { copiedQuery } from './copied-query.ts';
import { copyTransfer } from './judge-statement.ts';
import type { ParsedStatement } from './parsed-statement.ts';
import type { StatementSource } from './statement-source.ts';
import type { Token } from './tokens.ts';
import { type Fields, numberOf, stringOf, unwrap, type Wrapped } from './tree.ts';

const cursorHold = 0x20;

/** What a session has to know of one statement. */
export function readStatement(node: Wrapped, source: StatementSource): ParsedStatement {
  const { kind, fields } = node;
  const text = source.slicer.slice(source.start, source.end).trim();
  switch (kind) {
    case 'PrepareStmt':
      return {
        kind: 'prepare',
        text,
        name: stringOf(fields.name),
        innerText: textAfter('as', source),
      };
    case 'DeclareCursorStmt':
      return {
        kind: 'declare',
        text,
        name: stringOf(fields.portalname),
        innerText: textAfter('for', source),
        hold: (numberOf(fields.options) & cursorHold) !== 0,
      };
    case 'FetchStmt':
      return { kind: 'fetch', text, name: stringOf(fields.portalname) };
    case 'DeallocateStmt':
      return { kind: 'deallocate', text, name: stringOf(fields.name), all: fields.isall === true };
    case 'ClosePortalStmt':
      return {
        kind: 'close',
        text,
        name: stringOf(fields.portalname),
        all: fields.portalname === undefined,
      };
    case 'TransactionStmt':
      return transaction(fields, text);
    case 'VariableSetStmt':
      return { kind: 'set', text, setting: setting(fields) };
    case 'DiscardStmt':
      return { kind: 'discard', text, what: discarded(fields) };
    case 'CopyStmt':
      return copy(text, fields, source);

    default: {
      const name = executed(node);
      return name === null ? { kind: 'other', text } : { kind: 'execute', text, name };
    }
  }
}

/** The name after EXECUTE, which EXPLAIN and CREATE TABLE AS may stand in front of. */
function executed({ kind, fields }: Wrapped): string | null {
  if (kind === 'ExecuteStmt') return stringOf(fields.name);
  if (kind !== 'ExplainStmt' && kind !== 'CreateTableAsStmt') return null;
  const inner = unwrap(fields.query);
  return inner === null ? null : executed(inner);
}

/**
 * The text behind the statement's first reserved word `word`. PREPARE x (types) AS … and
 * DECLARE x … CURSOR … FOR …: a reserved word can be neither name nor type unless quoted, and
 * a quoted one is no reserved word to the scanner.
 */
function textAfter(word: string, { slicer, start, end, tokens }: StatementSource): string {
  const all = tokens();
  for (let index = firstFrom(all, start); index < all.length; index += 1) {
    const token = all[index];
    if (token?.reserved && token.text === word) return slicer.slice(token.end, end).trim();
  }
  throw new Error(`no ${word} in a parsed statement`);
}

/** The index of the first token that starts at `start` or later. */
function firstFrom(tokens: readonly Token[], start: number): number {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens[middle]?.start ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

function copy(text: string, fields: Fields, source: StatementSource): ParsedStatement {
  const transfer = copyTransfer(fields);
  const copied = transfer === 'to_stdout' ? copiedQuery(source) : null;
  return { kind: 'copy', text, transfer, copied };
}

function transaction(fields: Fields, text: string): ParsedStatement {
  const name = stringOf(fields.savepoint_name);
  const chain = fields.chain === true;
  switch (stringOf(fields.kind)) {
    case 'TRANS_STMT_COMMIT':
      return { kind: 'commit', text, chain };
    case 'TRANS_STMT_ROLLBACK':
      return { kind: 'rollback', text, chain };
    case 'TRANS_STMT_SAVEPOINT':
      return { kind: 'savepoint', text, name };
    case 'TRANS_STMT_RELEASE':
      return { kind: 'release', text, name };
    case 'TRANS_STMT_ROLLBACK_TO':
      return { kind: 'rollback_to', text, name };
    case 'TRANS_STMT_PREPARE':
      return { kind: 'prepare_transaction', text };
    case 'TRANS_STMT_COMMIT_PREPARED':
    case 'TRANS_STMT_ROLLBACK_PREPARED':
      return { kind: 'other', text };
    default:
      return { kind: 'begin', text };
  }
}

function setting(fields: Fields) {
  const kind = stringOf(fields.kind);
  if (kind === 'VAR_RESET_ALL') return null;
  return {
    name: stringOf(fields.name).toLowerCase(),
    local: fields.is_local === true,
    reset: kind === 'VAR_RESET' || kind === 'VAR_SET_DEFAULT',
  };
}

function discarded(fields: Fields): 'all' | 'plans' | 'sequences' | 'temp' {
  switch (stringOf(fields.target)) {
    case 'DISCARD_PLANS':
      return 'plans';
    case 'DISCARD_SEQUENCES':
      return 'sequences';
    case 'DISCARD_TEMP':
      return 'temp';
    default:
      return 'all';
  }
}
