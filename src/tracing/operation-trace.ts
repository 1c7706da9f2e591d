import {
  type Attributes,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions';
import type { Protocol } from '../core/facts.ts';
import type { HeldRequest } from '../core/request.ts';
import type { OperationWatch } from '../core/watched-gate.ts';
import { ofTargetCode } from './attributes.ts';

/** One operation in spans: `decision`, perhaps `wait` for people, and `run` at the target. */
export interface OperationTrace extends OperationWatch {
  /** Its request has changed: somebody has decided, or it is over. */
  changed(request: HeldRequest): void;
  /** Its session is over, and nobody will say how it went. */
  abandoned(): void;
}

export interface OperationTraceParts {
  readonly tracer: Tracer;
  readonly root: Span;
  readonly protocol: Protocol;
  /** Of the target, for its own span. */
  readonly target: Attributes;
  /** The request is waited for; false once that is over. */
  readonly onWaiting: (request: HeldRequest, waits: boolean) => void;
  readonly onEnded: () => void;
}

export function createOperationTrace(parts: OperationTraceParts): OperationTrace {
  const { tracer, root, protocol, target } = parts;
  const context = trace.setSpan(ROOT_CONTEXT, root);
  const child = (name: string, kind = SpanKind.INTERNAL, attributes: Attributes = {}) =>
    tracer.startSpan(name, { kind, attributes }, context);
  let decision: Span | null = child('hoopx decision');
  let wait: { readonly span: Span; request: HeldRequest } | null = null;
  let run: Span | null = null;
  let over = false;

  function endDecision(): void {
    decision?.end();
    decision = null;
  }

  function endWait(): void {
    if (wait === null) return;
    const { span, request } = wait;
    wait = null;
    span.setAttribute('hoopx.request.state', request.state);
    span.end();
    parts.onWaiting(request, false);
  }

  /** Everything of it ends; nothing that is told later changes it. */
  function end(outcome: string, error: string | null, attributes: Attributes = {}): void {
    if (over) return;
    over = true;
    const all = { 'hoopx.outcome': outcome, ...attributes };
    for (const span of run === null ? [root] : [run, root]) {
      span.setAttributes(error === null ? all : { ...all, [ATTR_ERROR_TYPE]: error });
      if (error !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
    }
    endDecision();
    endWait();
    run?.end();
    root.end();
    parts.onEnded();
  }

  return {
    held(request) {
      endDecision();
      root.setAttribute('hoopx.request', request.id);
      wait = { span: child('hoopx wait'), request };
      parts.onWaiting(request, true);
    },
    changed(request) {
      if (wait === null || request.version <= wait.request.version) return;
      tellDecisions(wait.span, wait.request, request);
      wait.request = request;
      if (request.state !== 'pending') endWait();
    },
    cleared(request) {
      endDecision();
      endWait();
      if (request !== null) root.setAttributes(ofRequest(request));
    },
    refused({ code, requestId }) {
      if (requestId !== undefined) root.setAttribute('hoopx.request', requestId);
      end('refused', code);
    },
    sent() {
      if (!over) run = child('hoopx run', SpanKind.CLIENT, target);
    },
    ended(state, { targetCode }) {
      const code = ofTargetCode(protocol, targetCode);
      const [type = state] = Object.values(code);
      end(state, state === 'succeeded' ? null : String(type), code);
    },
    abandoned: () => end(run === null ? 'not_run' : 'unknown', 'session_ended'),
  };
}

function ofRequest({ id, fallbackCause }: HeldRequest): Attributes {
  return { 'hoopx.request': id, 'hoopx.fallback': fallbackCause !== null };
}

/** What was decided, when, and for which stage of which chain; never by whom, nor why. */
function tellDecisions(span: Span, before: HeldRequest, after: HeldRequest): void {
  for (const { kind, chain, stage, at } of after.decisions.slice(before.decisions.length)) {
    const attributes = { 'hoopx.decision': kind, 'hoopx.chain': chain, 'hoopx.stage': stage };
    span.addEvent('hoopx.decision', attributes, at);
  }
}
