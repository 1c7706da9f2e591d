import type { Eventual } from '../../core/eventual.ts';
import type { Deliberation, Reading, Ruling } from './deliberation.ts';
import { copiedBy, describeCopied } from './describe-copied.ts';
import { describeOwed } from './expectation.ts';
import { isOpaque, mayUnpin } from './group.ts';
import { type Portal, type PreparedStatement, standsAsBound } from './names.ts';
import { type BoundParameters, sqlOperation, uncertainDecidable } from './operations.ts';
import { PermittedBind } from './permitted-bind.ts';
import type { Plan } from './plan.ts';
import { hasRoom, hasRoomForText, tooMany, tooMuchText } from './room.ts';
import type { RunSlot } from './runs.ts';
import { openSegment, type Segment } from './segment.ts';
import { afterOpaque, ended, goesOn, type Refused, type Step } from './segment-step.ts';
import { statementCompleted } from './statement-effects.ts';
import { decodeFrontend, type FrontendMessage } from './wire/decode-frontend.ts';
import type { Bind } from './wire/frontend/bind.ts';
import { type Close, type Describe, encodeDescribe } from './wire/frontend/describe-close.ts';
import type { Execute } from './wire/frontend/execute.ts';
import type { Parse } from './wire/frontend/parse.ts';
import type { MessageFrame } from './wire/frontend-framer.ts';
import { spanOf } from './wire/span.ts';

interface PlannedParse {
  readonly kind: 'parse';
  operation: RunSlot | null;
  confirmed(): void;
}

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
  mayBeHeld(frames: readonly MessageFrame[]): boolean {
    const deliberation = this.#deliberation;
    const names = deliberation.names();
    return frames.map(decodeFrontend).some((message) => {
      if (message.kind !== 'bind') return false;
      const found = names.statement(message.statement);
      if (found.kind === 'uncertain') return false;
      const { decidable } = deliberation.resolve(found.entry, names);
      return deliberation.deps.gate.foresee(decidable).kind === 'review';
    });
  }

  /** A promise only where somebody is asked, or a store told. */
  plan(frames: readonly MessageFrame[]): Eventual<Plan> {
    const deliberation = this.#deliberation;
    const segment = openSegment(frames, deliberation.names(), deliberation.group.unpinned);
    const abandon = async (error: unknown): Promise<never> => {
      await segment.plan.abandon();
      throw error;
    };
    try {
      const plan = this.#decide(segment);
      return plan instanceof Promise ? plan.catch(abandon) : plan;
    } catch (error) {
      return abandon(error);
    }
  }

  /** Decides what is left of it, one message after the other. */
  #decide(segment: Segment): Eventual<Plan> {
    const { messages, plan } = segment;
    for (;;) {
      const message = messages[segment.at];
      if (message === undefined) return ended(segment);
      const step = this.#step(message, segment);
      if (step instanceof Promise) {
        return step.then((late) => (goesOn(late, segment) ? this.#decide(segment) : plan));
      }
      if (!goesOn(step, segment)) return plan;
    }
  }

  #step(message: FrontendMessage, segment: Segment): Eventual<Step> {
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
        this.#describe(message, segment);
        return 'planned';
      case 'sync':
      case 'flush':
        return 'planned';
      default:
        return { code: 'PROTOCOL_VIOLATION', message: `${message.kind} cannot come here` };
    }
  }

  #parse(parse: Parse, { plan, names, unpinned }: Segment): Eventual<Step> {
    if (unpinned) return afterOpaque;
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
    const parsing: PlannedParse = {
      kind: 'parse',
      operation: null,
      confirmed() {
        entry.parsing = null;
        confirmed.statements.set(parse.statement, entry);
      },
    };
    const entry: PreparedStatement = { text, statements, parameterTypes, decidable: own, parsing };
    names.setStatement(parse.statement, entry);
    plan.forward(parse.raw, parsing);
    return 'planned';
  }

  #bind(bind: Bind, segment: Segment): Eventual<Step> {
    if (segment.unpinned) return afterOpaque;
    const deliberation = this.#deliberation;
    const { names: confirmed, maxNames } = deliberation.deps;
    if (!hasRoom(confirmed.portals, bind.portal, maxNames)) return tooMany('portals', maxNames);
    const found = segment.names.statement(bind.statement);
    if (found.kind === 'uncertain') return this.#uncertain('prepared statement', bind.statement);
    const { text, parameterTypes } = found.entry;
    const reading = deliberation.resolve(found.entry, segment.names);
    const { statements, decidable, behind } = reading;
    const { parameterFormats: formats, values } = bind;
    const parameters: BoundParameters = { types: parameterTypes, formats, values };
    const action = { form: 'bind', text, behind, parameters } as const;
    const operation = sqlOperation(decidable, action, deliberation.context(segment.alone));
    const ruling = deliberation.ask(operation, statements);
    if (ruling instanceof Promise) {
      return ruling.then((late) => this.#ruled(late, bind, found.entry, reading, segment));
    }
    return this.#ruled(ruling, bind, found.entry, reading, segment);
  }

  #ruled(
    ruling: Ruling,
    bind: Bind,
    entry: PreparedStatement,
    reading: Reading,
    segment: Segment,
  ): Step {
    if (ruling.kind === 'doomed') return 'doomed';
    if (ruling.kind === 'refused') return ruling;
    const deliberation = this.#deliberation;
    const { text, parsing } = entry;
    const { decidable, statements, behind } = reading;
    const operation: RunSlot = { number: ruling.permit.number, statement: entry, run: null };
    if (parsing !== null) parsing.operation ??= operation;
    // Written out, not spread from another object: one is made for each Bind.
    const portal: Portal = {
      decidable,
      text,
      statements,
      behind,
      cursor: false,
      operation,
      masks: deliberation.masksFor(reading),
      hold: false,
    };
    segment.names.setPortal(bind.portal, portal);
    segment.unpinned ||= mayUnpin(decidable);
    const permitted = new PermittedBind(ruling.permit, bind.portal, portal, deliberation);
    segment.plan.forwardPermitted(bind.raw, permitted, permitted);
    return 'planned';
  }

  #execute(execute: Execute, { plan, names, at, lastWork }: Segment): Eventual<Step> {
    const { deps, group } = this.#deliberation;
    const found = names.portal(execute.portal);
    if (found.kind === 'uncertain') return this.#uncertain('portal', execute.portal);
    const { entry } = found;
    const { decidable, statements, operation } = entry;
    const surviving = !group.opaque || isOpaque(decidable);
    const stands = standsAsBound(entry, names) && this.#deliberation.masksAsBound(entry, names);
    if (!surviving || !stands) {
      return this.#uncertain('portal', execute.portal);
    }
    const copyIn = decidable.facts.copy.includes('from_stdin');
    if (copyIn && at < lastWork) {
      return {
        code: 'PROTOCOL_VIOLATION',
        message: 'COPY FROM STDIN must be the last of its pipeline',
      };
    }
    names.willRun(statements, isOpaque(decidable));
    group.willRun(statements);
    this.#describeFirst(entry, execute.portal, plan);
    plan.forward(execute.raw, {
      kind: 'execute',
      operation,
      masks: entry.masks,
      completed: (tag) => statementCompleted(statements[0], tag, operation.number, deps),
    });
    return 'planned';
  }

  #describe({ object, name, raw }: Describe, { plan, names }: Segment): void {
    if (object === 'statement') {
      const found = names.statement(name);
      const statement = found.kind === 'known' ? found.entry : null;
      const operation = { number: 0, statement, run: null };
      plan.forward(raw, { kind: 'describe', operation, masks: null, own: false });
      return;
    }
    const found = names.portal(name);
    if (found.kind === 'known') {
      const { masks, operation } = found.entry;
      if (masks !== null) masks.descriptionComes = true;
      plan.forward(raw, { kind: 'describe', operation, masks, own: false });
    } else plan.forward(raw, describeOwed);
  }

  /** Which columns its rows have, and in which formats, where the client does not ask itself. */
  #describeFirst(entry: Portal, portal: string, plan: Plan): void {
    const { masks, operation, statements } = entry;
    if (masks === null) return;
    const copied = copiedBy(statements);
    if (copied !== null) {
      describeCopied(plan, copied, { masks, operation });
      return;
    }
    if (masks.descriptionComes) return;
    masks.descriptionComes = true;
    const ask = encodeDescribe({ object: 'portal', name: portal });
    plan.forward(spanOf(ask), { kind: 'describe', operation, masks, own: true });
  }

  #close(close: Close, { plan, names }: Segment): Step {
    const { statements, portals } = this.#deliberation.deps.names;
    if (close.object === 'statement') names.setStatement(close.name, null);
    else names.setPortal(close.name, null);
    plan.forward(close.raw, {
      kind: 'close',
      operation: null,
      confirmed: () => (close.object === 'statement' ? statements : portals).delete(close.name),
    });
    return 'planned';
  }

  async #uncertain(what: string, name: string): Promise<Refused> {
    const decidable = uncertainDecidable(what, name);
    const action = { form: 'bind', text: decidable.text, behind: [], parameters: null } as const;
    return this.#refused(sqlOperation(decidable, action, this.#deliberation.context(false)));
  }

  /** Has the gate say no, so that the refusal is seen where decisions are. */
  async #refused(operation: ReturnType<typeof sqlOperation>): Promise<Refused> {
    const clearance = await this.#deliberation.deps.decide(operation);
    if (clearance.kind === 'refused') return clearance;
    const message = 'let through what was to be refused';
    return { kind: 'refused', refusal: { code: 'INTERNAL', message } };
  }
}
