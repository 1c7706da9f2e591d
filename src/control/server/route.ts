import type { Duplex } from 'node:stream';
import type { EventSink } from './events.ts';
import type { Caller, ControlPorts } from './ports.ts';

/** What a route is handed: everything is already authenticated and within limits. */
export interface Call {
  readonly caller: Caller;
  readonly ports: ControlPorts;
  /** Path parameters, by name. */
  readonly parameter: (name: string) => string;
  readonly query: URLSearchParams;
  /** Parsed JSON, not yet checked. */
  readonly body: unknown;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

interface RouteBase {
  /** `/v1/things/:id` */
  readonly path: string;
}

export type Route = RouteBase &
  (
    | { readonly kind: 'open'; readonly method: 'GET'; answer(ports: ControlPorts): Answer }
    | {
        readonly kind: 'call';
        readonly method: 'GET' | 'POST' | 'DELETE';
        answer(call: Call): Promise<Answer> | Answer;
      }
    /** Problems are thrown before the sink is asked for; then the stream is open. */
    | {
        readonly kind: 'events';
        readonly method: 'GET';
        follow(call: Call, open: () => EventSink): Promise<void>;
      }
    | {
        readonly kind: 'upgrade';
        readonly method: 'GET';
        readonly protocol: string;
        /** Problems are thrown before the stream is asked for; then 101 has been sent. */
        carry(call: Call, open: () => Duplex): Promise<void> | void;
      }
  );
