import type { Expectation } from './expectation.ts';
import type { ResultMasks } from './masking/result-masks.ts';
import { type Plan, unheardOf } from './plan.ts';
import type { RunSlot } from './runs.ts';
import type { ParsedStatement } from './sql/parser.ts';
import { encodeClose, encodeDescribe } from './wire/frontend/describe-close.ts';
import { encodeParse } from './wire/frontend/parse.ts';
import { spanOf } from './wire/span.ts';

/** The query whose columns are those of a COPY … TO STDOUT that is a statement of its own. */
export function copiedBy(statements: readonly ParsedStatement[]): string | null {
  const [only, ...others] = statements;
  return only?.kind === 'copy' && others.length === 0 ? only.copied : null;
}

interface Copying {
  readonly masks: ResultMasks;
  readonly operation: RunSlot;
}

/**
 * COPY tells no names and no origins of its columns. The server is asked for them right before
 * it, in the same session and write, so that every name means to it what it will in the COPY.
 */
export function describeCopied(plan: Plan, query: string, { masks, operation }: Copying): void {
  const owned = (kind: 'parse' | 'close'): Expectation => ({
    ...{ kind, own: true, operation, confirmed() {} },
  });
  const name = unheardOf();
  const statement = { object: 'statement', name } as const;
  const parse = encodeParse({ statement: name, text: query, parameterTypes: [] });
  plan.forward(spanOf(parse), owned('parse'));
  plan.forward(spanOf(encodeDescribe(statement)), {
    kind: 'describe',
    operation,
    masks,
    own: true,
  });
  plan.forward(spanOf(encodeClose(statement)), owned('close'));
}
