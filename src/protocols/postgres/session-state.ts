import { createHash } from 'node:crypto';
import type { JsonObject } from '../../core/json.ts';
import type { TransactionStatus } from './wire/backend/ready-for-query.ts';

const shownStatements = 50;

/** Settings that must stay as they are: the parser reads statements under them. */
const pinned: Readonly<Record<string, string>> = {
  standard_conforming_strings: 'on',
  client_encoding: 'UTF8',
};

/**
 * What changes the meaning of the next statement, or what a reviewer wants to know about the
 * session: settings, and what an open transaction has done.
 */
export class SessionState {
  readonly #startup: JsonObject;
  #history: string | null = null;
  #operations = 0;
  #ran: string[] = [];

  /** `startup`: the parameters sent to the server, which the digest covers. */
  constructor(startup: Readonly<Record<string, string>>) {
    this.#startup = startup;
  }

  /** No operation was sent yet. */
  get fresh(): boolean {
    return this.#operations === 0;
  }

  /** Statements of the open transaction so far, oldest first; the first 50. */
  get ran(): readonly string[] {
    return this.#ran;
  }

  operationSent(summary: string, transaction: TransactionStatus): void {
    this.#operations += 1;
    if (transaction === 'idle') this.#ran = [];
    if (this.#ran.length < shownStatements) this.#ran.push(summary);
  }

  /** A statement that may change what later ones mean has run: a SET, or something opaque. */
  meaningChanged(text: string): void {
    this.#history = createHash('sha256')
      .update(this.#history ?? '')
      .update('\0')
      .update(text)
      .digest('hex');
  }

  forDigest(): JsonObject {
    return { startup: this.#startup, history: this.#history };
  }
}

/** The setting that no longer holds what is pinned, or null. */
export function lostPin(name: string, value: string): string | null {
  const wanted = pinned[name];
  return wanted === undefined || wanted === value ? null : name;
}
