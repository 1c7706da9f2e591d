import type { Protocol } from '../core/facts.ts';
import type { DecisionEvent } from '../core/gate.ts';
import type { RefusalCode } from '../core/refusal.ts';

type Result = 'passed' | 'refused';
type Verdicts = Record<DecisionEvent['verdict']['kind'], Record<Result, number>>;

interface ProtocolCounts {
  open: number;
  begun: number;
  readonly verdicts: Verdicts;
}

/** What went through, in numbers. On the way of every operation, so it only adds. */
export interface Tally {
  sessionBegan(protocol: Protocol): void;
  sessionEnded(protocol: Protocol): void;
  decided(protocol: Protocol, event: Pick<DecisionEvent, 'verdict' | 'refusal'>): void;
  /** A whole session that was not let in. */
  refused(code: RefusalCode): void;
  readonly protocols: Readonly<Record<Protocol, Readonly<ProtocolCounts>>>;
  readonly refusals: ReadonlyMap<RefusalCode, number>;
}

export function createTally(): Tally {
  const protocols: Record<Protocol, ProtocolCounts> = {
    ...{ postgres: blank(), ssh: blank(), http: blank(), kubernetes: blank() },
  };
  const refusals = new Map<RefusalCode, number>();
  const refused = (code: RefusalCode) => void refusals.set(code, (refusals.get(code) ?? 0) + 1);
  return {
    protocols,
    refusals,
    refused,
    sessionBegan(protocol) {
      protocols[protocol].open += 1;
      protocols[protocol].begun += 1;
    },
    sessionEnded(protocol) {
      protocols[protocol].open -= 1;
    },
    decided(protocol, { verdict, refusal }) {
      protocols[protocol].verdicts[verdict.kind][refusal === null ? 'passed' : 'refused'] += 1;
      if (refusal !== null) refused(refusal.code);
    },
  };
}

function blank(): ProtocolCounts {
  const none = () => ({ passed: 0, refused: 0 });
  return { open: 0, begun: 0, verdicts: { allow: none(), deny: none(), review: none() } };
}
