import type { JsonObject } from '../../core/json.ts';
import type { Presentation, SqlDecidable, SqlOperation } from '../../core/operation.ts';
import type { Named } from './names.ts';
import { showParameters } from './parameters.ts';
import type { SessionState } from './session-state.ts';
import type { TransactionStatus } from './wire/backend/ready-for-query.ts';
import type { FormatCode } from './wire/format-code.ts';
import type { FunctionCall } from './wire/frontend/function-call.ts';

/** Where an operation would run; part of its digest and of what a reviewer sees. */
export interface OperationContext {
  readonly database: string;
  readonly upstreamUser: string;
  readonly transaction: TransactionStatus;
  readonly state: SessionState;
  /** What was let through before it in the same pipeline, and has not been answered yet. */
  readonly pipelined: readonly string[];
  /** The operation is all that its segment holds, so that it can be asked for again as it is. */
  readonly alone: boolean;
}

export interface BoundParameters {
  /** OIDs as Parse named them; 0 or missing leaves the type to the server. */
  readonly types: readonly number[];
  readonly formats: readonly FormatCode[];
  readonly values: readonly (Buffer | null)[];
}

/** SQL from Query, or from Parse with the parameters of Bind. */
export interface SqlAction {
  readonly form: 'query' | 'bind';
  readonly text: string;
  /** What EXECUTE and FETCH in `text` stand for. */
  readonly behind: readonly Named[];
  readonly parameters: BoundParameters | null;
}

export function sqlOperation(
  decidable: SqlDecidable,
  action: SqlAction,
  context: OperationContext,
): SqlOperation {
  return new DecidedSql(decidable, action, context);
}

/** A class, because one is made for each statement: its functions are made once. */
class DecidedSql implements SqlOperation {
  readonly decidable: SqlDecidable;
  readonly database: string;
  readonly upstreamUser: string;
  readonly claimable: boolean;
  readonly #action: SqlAction;
  readonly #context: OperationContext;
  /** Of now: the session may change before somebody asks. */
  readonly #session: JsonObject;

  constructor(decidable: SqlDecidable, action: SqlAction, context: OperationContext) {
    this.decidable = decidable;
    this.database = context.database;
    this.upstreamUser = context.upstreamUser;
    this.claimable = isClaimable(context) && inputNotReviewed(decidable) === null;
    this.#action = action;
    this.#context = context;
    this.#session = context.state.forDigest();
  }

  action(): JsonObject {
    const { form, text, behind, parameters } = this.#action;
    return {
      form,
      text,
      behind: behind.map(behindJson),
      parameters: parameters === null ? null : parametersJson(parameters),
      session: this.#session,
    };
  }

  presentation(): Presentation {
    const { text, behind, parameters } = this.#action;
    return {
      statement: text,
      parameters: parameters === null ? [] : showParameters(parameters),
      outline: [],
      notes: [
        ...behind.map((entry) => `runs what was prepared as: ${entry.text}`),
        ...notesOf(this.#context),
      ],
      transaction: transactionOf(this.#context),
      inputNotReviewed: inputNotReviewed(this.decidable),
    };
  }
}

/** The fast-path function call (PostgreSQL documentation, 55.2.5): a function known by OID alone. */
export function functionCallOperation(call: FunctionCall, context: OperationContext): SqlOperation {
  const name = `function call ${call.functionOid}`;
  const parameters = { types: [], formats: call.argumentFormats, values: call.values };
  const session = context.state.forDigest();
  return {
    decidable: { protocol: 'postgres', facts: functionCallFacts, text: name, summary: name },
    database: context.database,
    upstreamUser: context.upstreamUser,
    claimable: isClaimable(context),
    action: () => ({
      form: 'function_call',
      function: call.functionOid,
      parameters: parametersJson(parameters),
      session,
    }),
    presentation: () => ({
      statement: name,
      parameters: showParameters(parameters),
      outline: [],
      notes: ['the fast-path protocol names the function by its OID only', ...notesOf(context)],
      transaction: transactionOf(context),
      inputNotReviewed: null,
    }),
  };
}

const functionCallFacts = {
  protocol: 'postgres',
  classes: ['opaque'],
  statements: ['function_call'],
  reads: [],
  writes: [],
  functions: [],
  where: [],
  copy: [],
  statementCount: 1,
  rowLocks: false,
  into: false,
  maskedPredicate: false,
} as const;

/** A parameter of the startup message that rules must allow: `options` or `replication`. */
export function startupDecidable(
  parameter: 'options' | 'replication',
  value: string,
): SqlDecidable {
  return {
    protocol: 'postgres',
    facts: {
      ...functionCallFacts,
      classes: [parameter === 'options' ? 'dcl' : 'unknown'],
      statements: [`startup_${parameter}`],
    },
    text: value,
    summary: `connect with ${parameter}=${value}`,
  };
}

/** A name of which the gateway does not know what the server has under it. */
export function uncertainDecidable(what: string, name: string) {
  const summary = `use ${what} "${name}"`;
  const message = `${what} "${name}" is not known to the gateway`;
  return {
    protocol: 'postgres',
    facts: { ...functionCallFacts, classes: ['unknown'], statements: [] },
    text: summary,
    summary,
    barred: { code: 'NAME_UNCERTAIN', message },
  } as const satisfies SqlDecidable;
}

function notesOf({ pipelined, state }: OperationContext): readonly string[] {
  return [...pipelined.map((text) => `comes in one pipeline, after: ${text}`), ...state.remarks()];
}

function isClaimable(context: OperationContext): boolean {
  return context.alone && context.state.fresh && context.transaction === 'idle';
}

function inputNotReviewed(decidable: SqlDecidable): string | null {
  return decidable.facts.copy.includes('from_stdin') ? 'COPY data' : null;
}

function parametersJson({ types, formats, values }: BoundParameters): JsonObject {
  return {
    types,
    formats,
    values: values.map((value) => (value === null ? null : value.toString('base64'))),
  };
}

/** Types that Parse gave are part of what a statement means; PREPARE has them in its text. */
function behindJson(entry: Named): JsonObject {
  return { text: entry.text, types: 'parameterTypes' in entry ? entry.parameterTypes : [] };
}

function transactionOf(context: OperationContext): Presentation['transaction'] {
  const { transaction, state } = context;
  return transaction === 'idle'
    ? { state: 'none', ran: [] }
    : { state: transaction, ran: state.ran };
}
