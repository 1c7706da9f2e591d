import type { Refusal } from '../../core/refusal.ts';
import type { Deliberation, Ruling } from './deliberation.ts';
import { copiedBy, describeCopied } from './describe-copied.ts';
import type { ResultMasks } from './masking/result-masks.ts';
import { functionCallOperation, sqlOperation } from './operations.ts';
import { Plan } from './plan.ts';
import type { ParsedStatement } from './sql/parser.ts';
import { statementCompleted } from './statement-effects.ts';
import { encodeSync } from './wire/frontend/bodiless.ts';
import type { FunctionCall } from './wire/frontend/function-call.ts';
import type { Query } from './wire/frontend/query.ts';
import { type Span, spanOf } from './wire/span.ts';

/** What to do about one simple Query or FunctionCall. */
export type SimplePlan =
  | { readonly kind: 'send'; readonly plan: Plan }
  /** Nothing is open at the server that would have to fail: the gateway answers by itself. */
  | { readonly kind: 'answer'; readonly refusal: Refusal };

interface Asked {
  readonly raw: Span;
  readonly ruling: Ruling;
  readonly operation: Pick<ReturnType<typeof sqlOperation>, 'decidable'>;
  readonly statements: readonly ParsedStatement[];
  readonly masks: ResultMasks | null;
}

/** Decides a simple Query (55.2.2) or FunctionCall (55.2.5). */
export class SimplePlanner {
  readonly #deliberation: Deliberation;

  constructor(deliberation: Deliberation) {
    this.#deliberation = deliberation;
  }

  async query({ raw, text }: Query): Promise<SimplePlan> {
    const deliberation = this.#deliberation;
    const reading = deliberation.read(text, deliberation.names());
    const { statements, decidable, behind } = reading;
    const action = { form: 'query', text, behind, parameters: null } as const;
    const operation = sqlOperation(decidable, action, deliberation.context(true));
    const ruling = await deliberation.ask(operation, statements);
    const masks = deliberation.masksFor(reading);
    return this.#plan({ raw, ruling, operation, statements, masks });
  }

  async functionCall(call: FunctionCall): Promise<SimplePlan> {
    const deliberation = this.#deliberation;
    const { masking } = deliberation.deps;
    const asked = functionCallOperation(call, deliberation.context(true));
    const operation =
      masking === null ? asked : { ...asked, decidable: masking.bar(asked.decidable) };
    const ruling = await deliberation.ask(operation, []);
    return this.#plan({ raw: call.raw, ruling, operation, statements: [], masks: null });
  }

  #plan(asked: Asked): SimplePlan {
    const { ruling } = asked;
    switch (ruling.kind) {
      case 'cleared':
        return { kind: 'send', plan: this.#cleared(asked, ruling) };
      case 'refused':
        if (this.#deliberation.deps.tracker.resting) {
          return { kind: 'answer', refusal: ruling.refusal };
        }
        return { kind: 'send', plan: this.#failing(ruling.refusal) };
      case 'doomed':
        return { kind: 'send', plan: this.#failing(null) };
      default:
        return ruling satisfies never;
    }
  }

  #cleared(asked: Asked, { permit }: Extract<Ruling, { kind: 'cleared' }>): Plan {
    const deliberation = this.#deliberation;
    const { raw, statements, masks } = asked;
    const { decidable } = asked.operation;
    const plan = new Plan();
    let ended = 0;
    const operation = { number: permit.number, statement: null, run: null };
    const completed = (tag: string) =>
      statementCompleted(statements[ended++], tag, permit.number, deliberation.deps);
    const leaves = () => {
      deliberation.simpleSent();
      deliberation.sent(decidable, decidable.text);
    };
    const owed = { kind: 'query', operation, masks, completed } as const;
    const copied = masks === null ? null : copiedBy(statements);
    if (masks !== null && copied !== null) describeCopied(plan, copied, { masks, operation });
    plan.forwardPermitted(raw, owed, { permit, decidable, operation, leaves });
    // An error of what was asked before makes the server skip all up to here.
    if (copied !== null) plan.forward(spanOf(encodeSync()), { kind: 'sync', own: true });
    return plan;
  }

  #failing(refusal: Refusal | null): Plan {
    const plan = new Plan();
    if (refusal === null) plan.failAsServer('simple');
    else plan.refuse(refusal, 'simple', true);
    this.#deliberation.simpleSent();
    return plan;
  }
}
