import { createHash } from 'node:crypto';
import type { JsonObject } from '../../core/json.ts';
import type { TransactionStatus } from './wire/backend/ready-for-query.ts';

const shownStatements = 50;
const shownChanges = 20;
const changeLength = 2_000;

/** Settings that must stay as they are: the parser reads statements under them. */
const pinned: Readonly<Record<string, string>> = {
  standard_conforming_strings: 'on',
  client_encoding: 'UTF8',
};

/** Settings that change how a statement looks or how long it may take, never what it does. */
const immaterial: ReadonlySet<string> = new Set([
  'application_name',
  'bytea_output',
  'client_min_messages',
  'extra_float_digits',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'jit',
  'lock_timeout',
  'statement_timeout',
  'transaction_timeout',
]);

/**
 * What changes the meaning of the next statement, or what a reviewer wants to know about the
 * session: settings, and what an open transaction has done.
 */
export class SessionState {
  readonly #startup: JsonObject;
  #history: string | null = null;
  /** Said of each operation, so made only when it changes. */
  #digested: JsonObject;
  #operations = 0;
  #ran: string[] = [];
  #ranLeftOut = 0;
  #changes: string[] = [];
  #changesLeftOut = 0;

  /** `startup`: the parameters sent to the server, which the digest covers. */
  constructor(startup: Readonly<Record<string, string>>) {
    this.#startup = startup;
    this.#digested = { startup, history: null };
  }

  /** No operation was sent yet. */
  get fresh(): boolean {
    return this.#operations === 0;
  }

  /** Statements of the open transaction so far, oldest first; of more than 50 the last. */
  get ran(): readonly string[] {
    if (this.#ranLeftOut === 0) return [...this.#ran];
    return [`(${this.#ranLeftOut} earlier ones are not listed)`, ...this.#ran];
  }

  operationSent(summary: string, transaction: TransactionStatus): void {
    this.#operations += 1;
    if (transaction === 'idle') {
      this.#ran.length = 0;
      this.#ranLeftOut = 0;
    }
    this.#ran.push(summary);
    if (this.#ran.length <= shownStatements) return;
    this.#ran.shift();
    this.#ranLeftOut += 1;
  }

  /** A statement that may change what later ones mean was let through: a SET, or something opaque. */
  meaningChanged(text: string, setting: string | null = null): void {
    this.#history = createHash('sha256')
      .update(this.#history ?? '')
      .update('\0')
      .update(text)
      .digest('hex');
    this.#digested = { startup: this.#startup, history: this.#history };
    if (setting !== null && immaterial.has(setting)) return;
    const cut = text.length > changeLength ? `${text.slice(0, changeLength)}…` : text;
    this.#changes.push(cut);
    if (this.#changes.length <= shownChanges) return;
    this.#changes.shift();
    this.#changesLeftOut += 1;
  }

  /** The same for reviewers, in words: newest last. */
  remarks(): readonly string[] {
    const began = Object.entries(this.#startup)
      .filter(([name]) => !immaterial.has(name))
      .map(([name, value]) => `${name} = ${value}`);
    const leftOut = this.#changesLeftOut;
    return [
      ...(began.length === 0 ? [] : [`the session began with ${began.join(', ')}`]),
      ...(leftOut === 0 ? [] : [`${leftOut} earlier changes of the session are not listed`]),
      ...this.#changes.map((text) => `the session was changed before by: ${text}`),
    ];
  }

  forDigest(): JsonObject {
    return this.#digested;
  }
}

/** The setting that no longer holds what is pinned, or null. */
export function lostPin(name: string, value: string): string | null {
  const wanted = pinned[name];
  return wanted === undefined || wanted === value ? null : name;
}
