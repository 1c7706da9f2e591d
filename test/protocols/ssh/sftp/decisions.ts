import type {
  FileAction,
  FileClearance,
  FileOutcome,
} from '../../../../src/protocols/ssh/sftp/relay.ts';

export interface Settled {
  readonly summary: string;
  readonly outcome: FileOutcome;
  readonly message: string | null;
}

export interface Decisions {
  readonly asked: FileAction[];
  readonly settled: Settled[];
  readonly decide: (action: FileAction) => Promise<FileClearance>;
}

/** Clears what `why` gives no reason against, and notes what was asked and how it ended. */
export function decisions(
  why: (action: FileAction) => string | null | Promise<string | null> = () => null,
): Decisions {
  const asked: FileAction[] = [];
  const settled: Settled[] = [];
  return {
    asked,
    settled,
    async decide(action) {
      asked.push(action);
      const refusal = await why(action);
      if (refusal !== null) return { kind: 'refused', message: refusal };
      return {
        kind: 'cleared',
        number: asked.length,
        async settle(outcome, message) {
          settled.push({ summary: action.summary, outcome, message });
        },
      };
    },
  };
}

/** A decision that stays open until it is let go. */
export function held(): { readonly why: Promise<null>; release(): void } {
  let release = () => {};
  const why = new Promise<null>((resolve) => {
    release = () => resolve(null);
  });
  return { why, release: () => release() };
}
