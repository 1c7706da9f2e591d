import type { Clearance, OperationGate } from '../../core/gate.ts';
import type { Decidable, Operation } from '../../core/operation.ts';
import type { Refusal } from '../../core/refusal.ts';
import {
  NamesInFlight,
  type Portal,
  type PreparedStatement,
  resolveNames,
  simpleQuerySent,
} from './names.ts';
import {
  type BoundParameters,
  functionCallOperation,
  type OperationContext,
  sqlOperation,
  uncertainDecidable,
} from './operations.ts';
import { Plan } from './plan.ts';
import type { ReplyTracker } from './replies.ts';
import type { ParsedStatement } from './sql/parser.ts';
import { type EffectsDeps, statementCompleted } from './statement-effects.ts';
import { decodeFrontend, type FrontendMessage } from './wire/decode-frontend.ts';
import type { Bind } from './wire/frontend/bind.ts';
import { encodeFlush } from './wire/frontend/bodiless.ts';
import type { Close } from './wire/frontend/describe-close.ts';
import type { Execute } from './wire/frontend/execute.ts';
import type { FunctionCall } from './wire/frontend/function-call.ts';
import type { Parse } from './wire/frontend/parse.ts';
import type { Query } from './wire/frontend/query.ts';

export interface PlannerDeps extends EffectsDeps {
  readonly gate: OperationGate;
  readonly tracker: ReplyTracker;
  readonly database: string;
  readonly upstreamUser: string;
  /** Statements and portals, each. */
  readonly maxNames: number;
  /** Asks the gate, holding the client for as long as it takes. */
  readonly decide: (operation: Operation) => Promise<Clearance>;
}

/** What to do about one simple Query or FunctionCall. */
export type SimplePlan =
  | { readonly kind: 'send'; readonly plan: Plan }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

interface Segment {
  readonly plan: Plan;
  readonly names: NamesInFlight;
  readonly alone: boolean;
  /** Something in it could change anything. */
  readonly opaque: { seen: boolean };
  /** Messages still to come in it. */
  readonly rest: readonly FrontendMessage[];
}

/**
 * Decides a segment of the client's messages before any of it leaves: turns each into an
 * operation, asks, and lays out what will be sent. Called only when the server owes nothing.
 */
export class Planner {
  readonly #deps: PlannerDeps;
  #opaqueSent = false;

  constructor(deps: PlannerDeps) {
    this.#deps = deps;
  }

  /** At ReadyForQuery. Returns whether something opaque has run since the last one. */
  groupEnded(): boolean {
    const opaque = this.#opaqueSent;
    this.#opaqueSent = false;
    return opaque;
  }

  async query(query: Query): Promise<SimplePlan> {
    const { statements, decidable, behind } = this.#read(query.text, this.#inFlight());
    const action = { form: 'query', text: query.text, behind, parameters: null } as const;
    const clearance = await this.#deps.decide(sqlOperation(decidable, action, this.#context(true)));
    return this.#simple(clearance, query.raw, decidable, statements);
  }

  async functionCall(call: FunctionCall): Promise<SimplePlan> {
    const operation = functionCallOperation(call, this.#context(true));
    const clearance = await this.#deps.decide(operation);
    return this.#simple(clearance, call.raw, operation.decidable, []);
  }

  /** A run of extended-protocol messages up to Sync or Flush (55.2.3). */
  async segment(raws: readonly Buffer[]): Promise<Plan> {
    const messages = raws.map(decodeFrontend);
    const plan = new Plan();
    const names = this.#inFlight();
    const binds = messages.filter((message) => message.kind === 'bind').length;
    const alone = binds === 1 && messages.at(-1)?.kind === 'sync';
    const opaque = { seen: this.#opaqueSent };
    for (const [index, message] of messages.entries()) {
      const segment = { plan, names, alone, opaque, rest: messages.slice(index + 1) };
      const refusal = await this.#extended(message, segment).catch(async (error: unknown) => {
        await plan.abandon();
        throw error;
      });
      if (refusal === null) continue;
      plan.refuse(refusal, 'extended');
      const last = messages.at(-1);
      if (last?.kind === 'sync') plan.forward(last.raw, () => ({ kind: 'sync' }));
      else plan.forward(encodeFlush(), null);
      return plan;
    }
    const last = messages.at(-1)?.kind;
    if (last !== 'sync' && last !== 'flush') plan.forward(encodeFlush(), null);
    return plan;
  }

  async #extended(message: FrontendMessage, segment: Segment): Promise<Refusal | null> {
    switch (message.kind) {
      case 'parse':
        return this.#parse(message, segment);
      case 'bind':
        return this.#bind(message, segment);
      case 'execute':
        return this.#execute(message, segment);
      case 'close':
        return this.#close(message, segment);
      case 'describe':
        segment.plan.forward(message.raw, () => ({ kind: 'describe' }));
        return null;
      case 'sync':
        segment.plan.forward(message.raw, () => ({ kind: 'sync' }));
        return null;
      case 'flush':
        segment.plan.forward(message.raw, null);
        return null;
      default:
        return { code: 'PROTOCOL_VIOLATION', message: `${message.kind} cannot come here` };
    }
  }

  async #parse(parse: Parse, { plan, names, opaque }: Segment): Promise<Refusal | null> {
    if (opaque.seen) return afterOpaque;
    const { statements: known } = this.#deps.names;
    if (known.size >= this.#deps.maxNames && !known.has(parse.statement)) {
      return tooMany('prepared statements', this.#deps.maxNames);
    }
    const { text, parameterTypes } = parse;
    const { statements, decidable, behind } = this.#read(text, names);
    if (this.#deps.gate.foresee(decidable).kind === 'deny') {
      const action = { form: 'query', text, behind, parameters: null } as const;
      return refusalOf(
        await this.#deps.decide(sqlOperation(decidable, action, this.#context(false))),
      );
    }
    const entry: PreparedStatement = {
      text,
      statements,
      parameterTypes,
      decidable: this.#own(text),
    };
    names.setStatement(parse.statement, entry);
    plan.forward(parse.raw, () => ({
      kind: 'parse',
      confirmed: () => known.set(parse.statement, entry),
    }));
    return null;
  }

  async #bind(bind: Bind, { plan, names, alone, opaque }: Segment): Promise<Refusal | null> {
    if (opaque.seen) return afterOpaque;
    const { portals } = this.#deps.names;
    if (portals.size >= this.#deps.maxNames && !portals.has(bind.portal)) {
      return tooMany('portals', this.#deps.maxNames);
    }
    const found = names.statement(bind.statement);
    if (found.kind === 'uncertain') return this.#uncertain('prepared statement', bind.statement);
    const { text, statements, parameterTypes } = found.entry;
    const { decidable, behind } = this.#resolve(found.entry.decidable, statements, names);
    const { parameterFormats: formats, values } = bind;
    const parameters: BoundParameters = { types: parameterTypes, formats, values };
    const clearance = await this.#deps.decide(
      sqlOperation(decidable, { form: 'bind', text, behind, parameters }, this.#context(alone)),
    );
    if (clearance.kind === 'refused') return clearance.refusal;
    const portal: Portal = { decidable, text, statements, operation: { run: null }, hold: false };
    names.setPortal(bind.portal, portal);
    opaque.seen ||= isOpaque(decidable);
    plan.forwardPermitted(bind.raw, clearance.permit, decidable.summary, (run) => {
      portal.operation.run = run;
      this.#sent(decidable, text);
      return { kind: 'bind', confirmed: () => portals.set(bind.portal, portal) };
    });
    return null;
  }

  async #execute(execute: Execute, { plan, names, rest }: Segment): Promise<Refusal | null> {
    const found = names.portal(execute.portal);
    if (found.kind === 'uncertain') return this.#uncertain('portal', execute.portal);
    const { decidable, statements, operation } = found.entry;
    const copyIn = decidable.facts.copy.includes('from_stdin');
    if (copyIn && !rest.every((message) => message.kind === 'sync' || message.kind === 'flush')) {
      return {
        code: 'PROTOCOL_VIOLATION',
        message: 'COPY FROM STDIN must be the last of its pipeline',
      };
    }
    names.willRun(statements, isOpaque(decidable));
    plan.forward(execute.raw, () => ({
      kind: 'execute',
      run: operation.run,
      completed: (tag) => statementCompleted(statements[0], tag, this.#deps),
    }));
    return null;
  }

  async #close(close: Close, { plan, names }: Segment): Promise<null> {
    const { statements, portals } = this.#deps.names;
    if (close.object === 'statement') names.setStatement(close.name, null);
    else names.setPortal(close.name, null);
    plan.forward(close.raw, () => ({
      kind: 'close',
      confirmed: () => (close.object === 'statement' ? statements : portals).delete(close.name),
    }));
    return null;
  }

  #simple(
    clearance: Clearance,
    raw: Buffer,
    decidable: Decidable,
    statements: readonly ParsedStatement[],
  ): SimplePlan {
    if (clearance.kind === 'refused') return clearance;
    const plan = new Plan();
    let ended = 0;
    plan.forwardPermitted(raw, clearance.permit, decidable.summary, (run) => {
      simpleQuerySent(this.#deps.names);
      this.#sent(decidable, decidable.text);
      return {
        kind: 'query',
        run,
        completed: (tag) => statementCompleted(statements[ended++], tag, this.#deps),
      };
    });
    return { kind: 'send', plan };
  }

  #sent(decidable: Decidable, text: string): void {
    const { state, tracker } = this.#deps;
    state.operationSent(decidable.summary, tracker.transaction);
    if (!isOpaque(decidable)) return;
    this.#opaqueSent = true;
    state.meaningChanged(text);
  }

  async #uncertain(what: string, name: string): Promise<Refusal> {
    const decidable = uncertainDecidable(what, name);
    const action = { form: 'bind', text: decidable.text, behind: [], parameters: null } as const;
    return refusalOf(
      await this.#deps.decide(sqlOperation(decidable, action, this.#context(false))),
    );
  }

  #inFlight(): NamesInFlight {
    return new NamesInFlight(this.#deps.names);
  }

  #own(text: string): Decidable {
    const { parser, trustedFunctions } = this.#deps;
    return parser.decidable(text, { trustedFunctions });
  }

  #read(text: string, names: NamesInFlight) {
    const statements = this.#deps.parser.statements(text);
    return { statements, ...this.#resolve(this.#own(text), statements, names) };
  }

  #resolve(decidable: Decidable, statements: readonly ParsedStatement[], names: NamesInFlight) {
    const resolution = resolveNames(statements, names);
    if (resolution.kind === 'uncertain') {
      const { code, message } = uncertainDecidable('the name', resolution.name).barred;
      return { decidable: { ...decidable, barred: { code, message } }, behind: [] };
    }
    if (resolution.behind.length === 0) return { decidable, behind: [] };
    return {
      decidable: this.#deps.parser.resolve(
        decidable,
        resolution.behind.map((entry) => entry.decidable),
      ),
      behind: resolution.behind.map((entry) => entry.text),
    };
  }

  #context(alone: boolean): OperationContext {
    const { database, upstreamUser, state, tracker } = this.#deps;
    return { database, upstreamUser, state, transaction: tracker.transaction, alone };
  }
}

/** Text that follows something opaque might be read by the server under other settings. */
const afterOpaque: Refusal = {
  code: 'NAME_UNCERTAIN',
  message: 'an operation that could change anything comes before this in its pipeline',
  hint: 'Send Sync after it, then go on.',
};

function isOpaque(decidable: Decidable): boolean {
  const { classes } = decidable.facts;
  return classes.includes('opaque') || classes.includes('unknown');
}

function refusalOf(clearance: Clearance): Refusal {
  if (clearance.kind === 'refused') return clearance.refusal;
  return { code: 'INTERNAL', message: 'let through what was to be refused' };
}

function tooMany(what: string, limit: number): Refusal {
  return { code: 'LIMIT_EXCEEDED', message: `more than ${limit} ${what} in one session` };
}
