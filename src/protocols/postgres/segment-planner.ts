import type { Eventual } from '../../core/eventual.ts';
import type { Refusal } from '../../core/refusal.ts';
import type { Deliberation, Reading, Ruling } from './deliberation.ts';
import { copiedBy, describeCopied } from './describe-copied.ts';
import { describeOwed, syncOwed } from './expectation.ts';
import { isOpaque, mayUnpin } from './group.ts';
import { type Portal, type PreparedStatement, standsAsBound } from './names.ts';
import { type BoundParameters, sqlOperation, uncertainDecidable } from './operations.ts';
import { PermittedBind } from './permitted-bind.ts';
import type { Plan } from './plan.ts';
import { hasRoom, hasRoomForText, tooMany, tooMuchText } from './room.ts';
import type { RunSlot } from './runs.ts';
import { openSegment, type Segment } from './segment.ts';
import { statementCompleted } from './statement-effects.ts';
import { decodeFrontend, type FrontendMessage } from './wire/decode-frontend.ts';
import type { Bind } from './wire/frontend/bind.ts';
import { encodeFlush } from './wire/frontend/bodiless.ts';
import { type Close, type Describe, encodeDescribe } from './wire/frontend/describe-close.ts';
import type { Execute } from './wire/frontend/execute.ts';
import type { Parse } from './wire/frontend/parse.ts';
import type { MessageFrame } from './wire/frontend-framer.ts';
import { spanOf } from './wire/span.ts';

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
    const entry: PreparedStatement = { text, statements, parameterTypes, decidable: own };
    names.setStatement(parse.statement, entry);
    plan.forward(parse.raw, {
      kind: 'parse',
      confirmed: () => confirmed.statements.set(parse.statement, entry),
    });
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
      return ruling.then((late) => this.#ruled(late, bind, text, reading, segment));
    }
    return this.#ruled(ruling, bind, text, reading, segment);
  }

  #ruled(ruling: Ruling, bind: Bind, text: string, reading: Reading, segment: Segment): Step {
    if (ruling.kind === 'doomed') return 'doomed';
    if (ruling.kind === 'refused') return ruling.refusal;
    const deliberation = this.#deliberation;
    const { decidable, statements, behind } = reading;
    const operation: RunSlot = { run: null };
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
      completed: (tag) => statementCompleted(statements[0], tag, deps),
    });
    return 'planned';
  }

  #describe({ object, name, raw }: Describe, { plan, names }: Segment): void {
    const found = object === 'portal' ? names.portal(name) : null;
    const masks = found?.kind === 'known' ? found.entry.masks : null;
    if (masks !== null) masks.descriptionComes = true;
    plan.forward(raw, masks === null ? describeOwed : { kind: 'describe', masks, own: false });
  }

  /** Which columns its rows have, and in which formats, where the client does not ask itself. */
  #describeFirst({ masks, statements }: Portal, portal: string, plan: Plan): void {
    if (masks === null) return;
    const copied = copiedBy(statements);
    if (copied !== null) {
      describeCopied(plan, copied, masks);
      return;
    }
    if (masks.descriptionComes) return;
    masks.descriptionComes = true;
    const ask = encodeDescribe({ object: 'portal', name: portal });
    plan.forward(spanOf(ask), { kind: 'describe', masks, own: true });
  }

  #close(close: Close, { plan, names }: Segment): Step {
    const { statements, portals } = this.#deliberation.deps.names;
    if (close.object === 'statement') names.setStatement(close.name, null);
    else names.setPortal(close.name, null);
    plan.forward(close.raw, {
      kind: 'close',
      confirmed: () => (close.object === 'statement' ? statements : portals).delete(close.name),
    });
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

/** Notes what became of a message; false where nothing behind it is looked at. */
function goesOn(step: Step, segment: Segment): boolean {
  segment.at += 1;
  if (step === 'planned') return true;
  if (step === 'doomed') segment.plan.failAsServer('extended');
  else segment.plan.refuse(step, 'extended');
  ended(segment);
  return false;
}

/** What a segment ends with goes on even when something in it is refused. */
function ended({ plan, messages }: Segment): Plan {
  const last = messages[messages.length - 1];
  if (last?.kind === 'sync') plan.forward(last.raw, syncOwed);
  else plan.forward(last?.kind === 'flush' ? last.raw : spanOf(encodeFlush()), null);
  return plan;
}

/** Text that comes now might be read by the server under other settings. */
const afterOpaque: Refusal = {
  code: 'NAME_UNCERTAIN',
  message: 'an operation that could change anything comes before this in its pipeline',
  hint: 'Send Sync after it, then go on.',
};
