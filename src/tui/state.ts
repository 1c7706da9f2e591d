import type { DecideRequest, RequestStreamEvent, RequestView } from '../control/contract.ts';
import type { Tone } from './card-line.ts';
import type { ExactRows } from './exact-text.ts';
import type { Key } from './keys.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export type Link =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly since: number; readonly message: string };

/** What the reviewer is doing with the open card. */
export type Step =
  | { readonly kind: 'reading' }
  /** `since`: when the question, as it stands, was asked; `drawn`: it has been on the screen. */
  | { readonly kind: 'confirming'; readonly since: number; readonly drawn: boolean }
  | {
      readonly kind: 'writing';
      readonly decision: 'deny' | 'request_changes';
      readonly since: number;
      readonly text: string;
    }
  | { readonly kind: 'sending'; readonly decision: DecideRequest['kind'] };

export interface Notice {
  readonly text: string;
  readonly tone: Tone;
}

/** The one request that keys can decide: the one on the screen. */
export interface Card {
  readonly request: RequestView;
  readonly rows: ExactRows;
  /** First visible line of the card's document. */
  readonly scroll: number;
  /** How far into `rows.exact.text` everything has been on the screen. */
  readonly shownTo: number;
  readonly step: Step;
  readonly notice: Notice | null;
}

/** What became of a request that was decided here; one line for each, the newest last. */
export interface LogEntry {
  readonly at: number;
  readonly request: RequestView;
}

export interface State {
  readonly size: Size;
  readonly now: number;
  readonly reviewer: string;
  readonly gateway: string;
  readonly link: Link;
  /** False until the gateway has said what is pending. */
  readonly synced: boolean;
  /** The pending ones, oldest first. */
  readonly requests: readonly RequestView[];
  /** Versions of requests that have settled, against events that arrive late. */
  readonly settled: ReadonlyMap<string, number>;
  readonly filter: string;
  readonly filtering: boolean;
  /** A request's id, never a position: a list that moves does not move it. */
  readonly cursor: string | null;
  /** When the cursor last came to be on another request without a key. */
  readonly movedAt: number;
  readonly card: Card | null;
  readonly help: boolean;
  readonly log: readonly LogEntry[];
  readonly done: 'quit' | 'interrupted' | null;
}

/** The part of a statement that a painted frame showed, in offsets of its exact text. */
export interface Sight {
  readonly id: string;
  readonly digest: string;
  readonly from: number;
  readonly to: number;
}

/** Every event carries the time, in milliseconds since the epoch. */
export type Event = { readonly at: number } & (
  | { readonly type: 'tick' }
  | { readonly type: 'resized'; readonly size: Size }
  | { readonly type: 'connected' }
  | { readonly type: 'interrupted'; readonly message: string }
  | { readonly type: 'feed'; readonly event: RequestStreamEvent }
  | { readonly type: 'looked'; readonly request: RequestView }
  | { readonly type: 'decided'; readonly request: RequestView }
  | { readonly type: 'undecided'; readonly id: string; readonly message: string }
  /** The keys of one burst, which arrived together. */
  | { readonly type: 'keys'; readonly keys: readonly Key[] }
  /** The frame of the present state is on the screen. */
  | { readonly type: 'drawn'; readonly sight: Sight | null }
);

export type Effect =
  | { readonly kind: 'decide'; readonly id: string; readonly decision: DecideRequest }
  /** Ask what became of a request that is no longer pending. */
  | { readonly kind: 'look'; readonly id: string }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'repaint' };

export interface Turn {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export function turn(state: State, ...effects: readonly Effect[]): Turn {
  return { state, effects };
}
