import {
  type Attributes,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import {
  ATTR_ERROR_TYPE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
} from '@opentelemetry/semantic-conventions';
import type { Protocol } from '../core/facts.ts';
import type { Operation } from '../core/operation.ts';
import type { Principal } from '../core/principal.ts';
import type { Refusal } from '../core/refusal.ts';
import type { RequestMode } from '../core/request.ts';
import type { Verdict } from '../core/verdict.ts';
import type { Watch } from '../core/watched-gate.ts';
import { ofFacts } from './attributes.ts';
import { type Harmless, harmlessTrace } from './harmless.ts';
import { createOperationTrace, type OperationTrace } from './operation-trace.ts';
import { linksOf } from './traceparent.ts';
import type { Waiting } from './waiting.ts';

export interface SessionAbout {
  readonly id: string;
  readonly protocol: Protocol;
  readonly connection: string;
  readonly principal: Pick<Principal, 'kind'>;
  readonly mode: RequestMode;
  readonly target: { readonly host: string; readonly port: number };
}

/** A session in spans: one of its own, and a trace for each operation, linked to it. */
export interface SessionTrace {
  readonly watch: Watch;
  /** `refusal`: why the gateway ended it; null when its client left. */
  ended(refusal: Refusal | null, operations: number): void;
}

export interface SessionTraceParts {
  readonly tracer: Tracer;
  readonly waiting: Waiting;
  readonly harmless: Harmless;
  /** An operation that is not followed, for there are too many open ones. */
  readonly onSkipped: () => void;
}

/** Of one session. What a client begins and never ends must not heap up here. */
const openLimit = 1_024;

export function createSessionTrace(parts: SessionTraceParts, about: SessionAbout): SessionTrace {
  const { tracer, waiting, harmless } = parts;
  const common = ofSession(about);
  const session = startRoot(tracer, 'hoopx session');
  session.setAttributes(common);
  const toSession = linksTo(session);
  const open = new Set<OperationTrace>();

  function begin(root: Span, { decidable: { facts } }: Operation, verdict: Verdict) {
    root.setAttributes({ ...common, ...ofFacts(facts), ...ofVerdict(verdict) });
    root.addLinks([...toSession, ...linksOf(facts)]);
    const operation = createOperationTrace({
      ...{ tracer, root, protocol: about.protocol, target: ofTarget(about) },
      onWaiting: ({ id }, waits) => {
        if (waits) waiting.add(id, operation);
        else waiting.remove(id, operation);
      },
      onEnded: () => open.delete(operation),
    });
    open.add(operation);
    return harmlessTrace(operation, harmless);
  }

  return {
    watch(operation, verdict) {
      let begun: OperationTrace | null = null;
      harmless(() => {
        if (open.size >= openLimit) return parts.onSkipped();
        const root = startRoot(tracer, 'hoopx operation');
        if (root.isRecording()) begun = begin(root, operation, verdict);
      });
      return begun;
    },
    ended: (refusal, operations) =>
      harmless(() => {
        for (const operation of open) operation.abandoned();
        session.setAttribute('hoopx.operations', operations);
        if (refusal !== null) {
          session.setAttribute(ATTR_ERROR_TYPE, refusal.code);
          session.setStatus({ code: SpanStatusCode.ERROR, message: refusal.code });
        }
        session.end();
      }),
  };
}

/** Of no trace but its own: nobody else's context is asked, and nobody else says what is kept. */
export function startRoot(tracer: Tracer, name: string): Span {
  return tracer.startSpan(name, { kind: SpanKind.SERVER, root: true }, ROOT_CONTEXT);
}

/** A link to what is not kept would lead nowhere; `hoopx.session` names it all the same. */
function linksTo(session: Span): readonly Link[] {
  const context = session.spanContext();
  return (context.traceFlags & TraceFlags.SAMPLED) === 0 ? [] : [{ context }];
}

function ofSession({ id, protocol, connection, principal, mode }: SessionAbout): Attributes {
  return {
    'hoopx.session': id,
    'hoopx.connection': connection,
    'hoopx.protocol': protocol,
    'hoopx.mode': mode,
    'hoopx.principal.kind': principal.kind,
  };
}

function ofVerdict({ kind, rules, revision }: Verdict): Attributes {
  return { 'hoopx.verdict': kind, 'hoopx.rules': [...rules], 'hoopx.policy.revision': revision };
}

function ofTarget({ target: { host, port } }: SessionAbout): Attributes {
  return { [ATTR_SERVER_ADDRESS]: host, [ATTR_SERVER_PORT]: port };
}
