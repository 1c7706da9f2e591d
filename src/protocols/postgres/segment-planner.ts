import type { Refusal } from '../../core/refusal.ts';
import type { Deliberation } from './deliberation.ts';
import { isOpaque, mayUnpin } from './group.ts';
import { type NamesInFlight, type Portal, type PreparedStatement, standsAsBound } from './names.ts';
import { type BoundParameters, sqlOperation, uncertainDecidable } from './operations.ts';
import { Plan } from './plan.ts';
import { statementCompleted } from './statement-effects.ts';
import { decodeFrontend, type FrontendMessage } from './wire/decode-frontend.ts';
import type { Bind } from './wire/frontend/bind.ts';
import { encodeFlush } from './wire/frontend/bodiless.ts';
import type { Close } from './wire/frontend/describe-close.ts';
import type { Execute } from './wire/frontend/execute.ts';
import type { Parse } from './wire/frontend/parse.ts';

interface Segment {
  readonly plan: Plan;
  readonly names: NamesInFlight;
  readonly alone: boolean;
  /** Something in it or before it could change the pinned settings. */
  readonly unpinned: { seen: boolean };
  /** Only a Sync or Flush is still to come in it. */
  readonly ends: boolean;
}

/** What becomes of one message: `doomed` in a transaction that has failed. */
type Step = 'planned' | 'doomed' | Refusal;

/**
 * Decides a run of extended-protocol messages up to Sync or Flush (55.2.3) before any of it
 * leaves. Called only when the server owes nothing.
 */
export class SegmentPlanner {
  readonly #deliberation: Deliberation;

  constructor(deliberation: Deliberation) {
    this.#deliberation = deliberation;
  }

  /** Whether a Bind in it needs a review, of a statement that the server has already. */
  mayBeHeld(raws: readonly Buffer[]): boolean {
    const deliberation = this.#deliberation;
    const names = deliberation.names();
    return raws.map(decodeFrontend).some((message) => {
      if (message.kind !== 'bind') return false;
      const found = names.statement(message.statement);
      if (found.kind === 'uncertain') return false;
      const { decidable } = deliberation.resolve(found.entry, names);
      return deliberation.deps.gate.foresee(decidable).kind === 'review';
    });
  }

  async plan(raws: readonly Buffer[]): Promise<Plan> {
    const messages = raws.map(decodeFrontend);
    const plan = new Plan();
    const names = this.#deliberation.names();
    const binds = messages.filter((message) => message.kind === 'bind').length;
    const alone = binds === 1 && messages.at(-1)?.kind === 'sync';
    const unpinned = { seen: this.#deliberation.group.unpinned };
    const work = messages.findLastIndex(({ kind }) => kind !== 'sync' && kind !== 'flush');
    try {
      for (const [index, message] of messages.entries()) {
        const next = this.#step(message, { plan, names, alone, unpinned, ends: index >= work });
        const step = next instanceof Promise ? await next : next;
        if (step === 'planned') continue;
        if (step === 'doomed') plan.failAsServer('extended');
        else plan.refuse(step, 'extended');
        break;
      }
    } catch (error) {
      await plan.abandon();
      throw error;
    }
    endPlan(plan, messages.at(-1));
    return plan;
  }

  /** A promise only where the gate is asked: most messages of a pipeline need no decision. */
  #step(message: FrontendMessage, segment: Segment): Step | Promise<Step> {
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
        return 'planned';
      case 'sync':
      case 'flush':
        return 'planned';
      default:
        return { code: 'PROTOCOL_VIOLATION', message: `${message.kind} cannot come here` };
    }
  }

  #parse(parse: Parse, { plan, names, unpinned }: Segment): Step | Promise<Step> {
    if (unpinned.seen) return afterOpaque;
    const deliberation = this.#deliberation;
    const { names: confirmed, maxNames, gate } = deliberation.deps;
    const { text, parameterTypes } = parse;
    if (!hasRoom(confirmed.statements, parse.statement, maxNames)) {
      return tooMany('prepared statements', maxNames);
    }
    if (!hasRoomForText(confirmed.statements, text)) return tooMuchText;
    const { statements, decidable, behind } = deliberation.read(text, names);
    if (gate.foresee(decidable).kind === 'deny') {
      const action = { form: 'query', text, behind, parameters: null } as const;
      return this.#refused(sqlOperation(decidable, action, deliberation.context(false)));
    }
    const own = deliberation.own(text);
    const entry: PreparedStatement = { text, statements, parameterTypes, decidable: own };
    names.setStatement(parse.statement, entry);
    plan.forward(parse.raw, () => ({
      kind: 'parse',
      confirmed: () => confirmed.statements.set(parse.statement, entry),
    }));
    return 'planned';
  }

  async #bind(bind: Bind, { plan, names, alone, unpinned }: Segment): Promise<Step> {
    if (unpinned.seen) return afterOpaque;
    const deliberation = this.#deliberation;
    const { portals } = deliberation.deps.names;
    const { maxNames } = deliberation.deps;
    if (!hasRoom(portals, bind.portal, maxNames)) return tooMany('portals', maxNames);
    const found = names.statement(bind.statement);
    if (found.kind === 'uncertain') return this.#uncertain('prepared statement', bind.statement);
    const { text, parameterTypes } = found.entry;
    const { statements, decidable, behind } = deliberation.resolve(found.entry, names);
    const { parameterFormats: formats, values } = bind;
    const parameters: BoundParameters = { types: parameterTypes, formats, values };
    const action = { form: 'bind', text, behind, parameters } as const;
    const operation = sqlOperation(decidable, action, deliberation.context(alone));
    const ruling = await deliberation.ask(operation, statements);
    if (ruling.kind === 'doomed') return 'doomed';
    if (ruling.kind === 'refused') return ruling.refusal;
    // Written out, not spread from another object: one is made for each Bind.
    const portal: Portal = {
      decidable,
      text,
      statements,
      behind,
      cursor: false,
      operation: { run: null },
      hold: false,
    };
    names.setPortal(bind.portal, portal);
    unpinned.seen ||= mayUnpin(decidable);
    plan.forwardPermitted(bind.raw, ruling.permit, decidable, (run) => {
      portal.operation.run = run;
      deliberation.sent(decidable, text);
      return { kind: 'bind', confirmed: () => portals.set(bind.portal, portal) };
    });
    return 'planned';
  }

  #execute(execute: Execute, { plan, names, ends }: Segment): Step | Promise<Step> {
    const { deps, group } = this.#deliberation;
    const found = names.portal(execute.portal);
    if (found.kind === 'uncertain') return this.#uncertain('portal', execute.portal);
    const { entry } = found;
    const { decidable, statements, operation } = entry;
    const surviving = !group.opaque || isOpaque(decidable);
    if (!surviving || !standsAsBound(entry, names)) {
      return this.#uncertain('portal', execute.portal);
    }
    const copyIn = decidable.facts.copy.includes('from_stdin');
    if (copyIn && !ends) {
      return {
        code: 'PROTOCOL_VIOLATION',
        message: 'COPY FROM STDIN must be the last of its pipeline',
      };
    }
    names.willRun(statements, isOpaque(decidable));
    group.willRun(statements);
    plan.forward(execute.raw, () => ({
      kind: 'execute',
      run: operation.run,
      completed: (tag) => statementCompleted(statements[0], tag, deps),
    }));
    return 'planned';
  }

  #close(close: Close, { plan, names }: Segment): Step {
    const { statements, portals } = this.#deliberation.deps.names;
    if (close.object === 'statement') names.setStatement(close.name, null);
    else names.setPortal(close.name, null);
    plan.forward(close.raw, () => ({
      kind: 'close',
      confirmed: () => (close.object === 'statement' ? statements : portals).delete(close.name),
    }));
    return 'planned';
  }

  async #uncertain(what: string, name: string): Promise<Refusal> {
    const decidable = uncertainDecidable(what, name);
    const action = { form: 'bind', text: decidable.text, behind: [], parameters: null } as const;
    return this.#refused(sqlOperation(decidable, action, this.#deliberation.context(false)));
  }

  /** Has the gate say no, so that the refusal is seen where decisions are. */
  async #refused(operation: ReturnType<typeof sqlOperation>): Promise<Refusal> {
    const clearance = await this.#deliberation.deps.decide(operation);
    if (clearance.kind === 'refused') return clearance.refusal;
    return { code: 'INTERNAL', message: 'let through what was to be refused' };
  }
}

/** What a segment ends with goes on even when something in it is refused. */
function endPlan(plan: Plan, last: FrontendMessage | undefined): void {
  if (last?.kind === 'sync') plan.forward(last.raw, () => ({ kind: 'sync' }));
  else plan.forward(last?.kind === 'flush' ? last.raw : encodeFlush(), null);
}

/** Text that comes now might be read by the server under other settings. */
const afterOpaque: Refusal = {
  code: 'NAME_UNCERTAIN',
  message: 'an operation that could change anything comes before this in its pipeline',
  hint: 'Send Sync after it, then go on.',
};

function hasRoom(entries: ReadonlyMap<string, unknown>, name: string, limit: number): boolean {
  return entries.size < limit || entries.has(name);
}

/** Short ones are bounded by how many there may be. */
function hasRoomForText(statements: ReadonlyMap<string, PreparedStatement>, text: string) {
  if (text.length <= longText) return true;
  let total = text.length;
  for (const statement of statements.values()) total += statement.text.length;
  return total <= maxPreparedText;
}

const longText = 16 * 1024;
const maxPreparedText = 32 * 1024 * 1024;

const tooMuchText: Refusal = {
  code: 'LIMIT_EXCEEDED',
  message: `more than ${maxPreparedText} characters of prepared statements in one session`,
};

function tooMany(what: string, limit: number): Refusal {
  return { code: 'LIMIT_EXCEEDED', message: `more than ${limit} ${what} in one session` };
}
