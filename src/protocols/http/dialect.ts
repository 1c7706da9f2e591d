import type { Eventual } from '../../core/eventual.ts';
import type { Facts } from '../../core/facts.ts';
import type { TextMasker } from '../../core/masking.ts';
import type { Decidable, Operation } from '../../core/operation.ts';
import type { Principal } from '../../core/principal.ts';
import { type Refusal, RefusedError } from '../../core/refusal.ts';
import type { HeldRequest } from '../../core/request.ts';
import type { Answer } from './faults.ts';
import type { HttpRequest } from './http-request.ts';
import type { HeaderList } from './wire/header-list.ts';
import type { RequestError } from './wire/request-error.ts';

/** Of whom, and for which request, the target is told. */
export interface Sender {
  readonly principal: Principal;
  readonly request: HttpRequest;
  /** Of the approval that it runs with. */
  readonly requestId: string | null;
}

/** What the gateway would say for itself cannot be had now: nothing has been sent. */
export class NoCredentialError extends RefusedError {}

/** The target's 101. */
export interface UpgradedAnswer {
  readonly protocol: string;
  readonly headers: HeaderList;
}

export interface AgreedUpgrade extends UpgradedAnswer {
  /** The number of the operation that was let through. */
  readonly operation: number;
}

/** How a client is told, over an upgraded connection, that the gateway ends it. */
export interface LastWords {
  /** Sees all that goes to the client, in order. */
  readonly boundaries: MessageBoundaries;
  words(refusal: Refusal): Buffer;
}

/** Sees what goes through an upgraded connection, each chunk before it is passed on. */
export interface UpgradeTap {
  toClient(chunk: Buffer): Eventual<void>;
  toTarget(chunk: Buffer): Eventual<void>;
  ended(): Eventual<void>;
}

export interface MessageBoundaries {
  readonly betweenMessages: boolean;
  passed(chunk: Buffer): void;
  /** Where the first message in the chunk ends, having gone no further; null when none does. */
  toBoundary(chunk: Buffer): number | null;
}

export interface AnswerNature {
  /** It comes from where Kubernetes keeps Secrets. */
  readonly secret: boolean;
  /** JSON comes line by line for as long as it is asked for. */
  readonly lines: boolean;
  /** It describes the API, and nothing that is kept behind it: passed on as it comes. */
  readonly discovery: boolean;
}

export interface UpgradeMasking {
  /** Known before it is asked for: `never` is refused; a `tunnel` carries what is no text. */
  prospect(request: HttpRequest): 'frames' | 'tunnel' | 'never';
  /** Null where what was agreed to cannot be masked. */
  pieces(answer: UpgradedAnswer, text: TextMasker): Pieces | null;
}

/** Takes bytes in pieces, and gives what may leave. */
export interface Pieces {
  /** May throw: then nothing more may leave. */
  write(chunk: Buffer): Buffer;
  /** Milliseconds until `release` is due; null while nothing is to be released. */
  readonly dueIn: number | null;
  release(): Buffer;
  end(): Buffer;
}

/** How clients are told no, also where there is no session. */
export interface RefusingWords {
  refused(refusal: Refusal): Answer;
  notTaken(error: RequestError): Answer;
}

/**
 * What a protocol that is spoken over HTTP adds to HTTP itself: what a request means, how it is
 * shown, and in which words it is refused. Everything else is the same for all of them.
 */
export interface HttpDialect<OfOne extends Facts> extends RefusingWords {
  /**
   * What rules see. Asked first with the body unread, which must make every rule that is about
   * bodies stricter, and again once it was read. Throws a RequestError for what is not taken.
   */
  decidable(request: HttpRequest): Decidable<OfOne>;
  /**
   * Whether it would decode the body, which is then read wherever it fits. Other bodies are only
   * read when the rules do not let the request pass without.
   */
  decodes(request: HttpRequest): boolean;
  /** Called when the gate is about to be asked. */
  operation(request: HttpRequest, decidable: Decidable<OfOne>): Eventual<Operation<OfOne>>;
  /** Names in lower case that a client may not send, because `headersFor` does. */
  readonly ownHeaders: ReadonlySet<string>;
  /** What the gateway says to the target beside its credential. May throw a NoCredentialError. */
  headersFor(sender: Sender): Eventual<HeaderList>;
  /** What the gateway adds to the target's answer to what was approved. */
  answerHeaders(approved: HeldRequest): HeaderList;
  accepted(held: HeldRequest, request: HttpRequest): Answer;
  /** For what is asked of the gateway itself, and never reaches the target: null for all else. */
  gateways?(request: HttpRequest): Eventual<Answer> | null;
  /** Told of every answer of the target. */
  wasAnswered?(status: number): void;
  /** Told of every request that rules or people have refused. */
  wasRefused?(request: HttpRequest, refusal: Refusal): void;
  /** How a connection that would be changed to another protocol can be masked; without it, not. */
  readonly upgradeMasking?: UpgradeMasking;
  /** What the answer will be, for masks; without it, nothing out of the ordinary. */
  answerNature?(request: HttpRequest): AnswerNature;
  /**
   * How what goes through an upgraded connection is taken down; null where its sizes are all.
   * Rejects with a RefusedError where it has to be, and cannot.
   */
  recordUpgrade?(request: HttpRequest, agreed: AgreedUpgrade): Promise<UpgradeTap> | null;
  /** Null where the protocol that was changed to has no words for it. */
  lastWords?(answer: UpgradedAnswer): LastWords | null;
}
