import type { ChannelAbout, TerminalSize } from '../../../core/channel-recording.ts';
import type { Channel } from '../connection/channel.ts';
import type { ChannelRequest } from '../connection/channel-request.ts';
import { type Lending, type LendingKind, lendingKindOf, readLending } from '../lending/lending.ts';
import type { SessionLoans } from '../lending/session-loans.ts';
import type { ChannelSetting, EnvironmentVariable } from '../operations.ts';
import type { SshTarget } from '../target.ts';
import { matchesWildcards } from '../wildcards.ts';
import { FieldReader } from '../wire/field-reader.ts';
import { WireFault } from '../wire/wire-fault.ts';

export interface PreparationLimits {
  readonly maxEnvironmentBytes: number;
}

interface Kept {
  readonly type: string;
  readonly fields: Buffer;
}

/** What of a client's channel the configuration lets through at all. */
export type PreparationScope = Pick<SshTarget, 'environment' | 'agentForwarding' | 'x11'>;

/**
 * What a client asks for in a channel before it starts something (RFC 4254, sections 6.2 to
 * 6.4): answered at once, and asked of the server only after the decision, in the same order.
 */
export class Preparation {
  readonly #scope: PreparationScope;
  readonly #limits: PreparationLimits;
  readonly #environment: EnvironmentVariable[] = [];
  readonly #lendings: Lending[] = [];
  readonly #off = new Set<LendingKind>();
  readonly #kept: Kept[] = [];
  #environmentBytes = 0;
  #terminal: string | null = null;
  #size: Buffer | null = null;

  constructor(scope: PreparationScope, limits: PreparationLimits) {
    this.#scope = scope;
    this.#limits = limits;
  }

  get setting(): ChannelSetting {
    return { terminal: this.#terminal, environment: [...this.#environment] };
  }

  /** The terminal that was asked for, in the size that it has now. */
  get terminal(): ChannelAbout['terminal'] {
    const asked = this.#kept.find(({ type }) => type === 'pty-req');
    if (asked === undefined || this.#terminal === null) return null;
    const reader = new FieldReader(asked.fields, 0);
    reader.string();
    const size = this.#size === null ? readSize(reader) : sizeOf(this.#size);
    return { term: this.#terminal, ...(size ?? usualSize) };
  }

  /** What the client would lend to what it starts. */
  get lendings(): readonly Lending[] {
    return this.#lendings;
  }

  /** What it would lend, and the configuration does not let it. */
  get off(): readonly LendingKind[] {
    return [...this.#off];
  }

  take(request: ChannelRequest): void {
    const lending = lendingKindOf(request.type);
    if (lending !== null) {
      request.reply(this.#takeLending(lending, request));
      return;
    }
    switch (request.type) {
      case 'pty-req':
        request.reply(this.#takeTerminal(request));
        break;
      case 'env':
        request.reply(this.#takeVariable(request));
        break;
      case 'window-change':
        this.#size = request.fields;
        request.reply(true);
        break;
      default:
        request.reply(false);
    }
  }

  /** A window that changed while the decision was awaited. */
  resized(fields: Buffer): void {
    this.#size = fields;
  }

  /** False when the server gives no terminal: then what was approved cannot be had. */
  async apply(server: Channel, loans: SessionLoans): Promise<boolean> {
    for (const { type, fields } of this.#kept) {
      if (lendingKindOf(type) !== null) await loans.ask(server, type, fields);
      else if (type !== 'pty-req') server.tell(type, fields);
      else if (!(await server.ask(type, fields))) return false;
    }
    if (this.#size !== null && this.#terminal !== null) server.tell('window-change', this.#size);
    return true;
  }

  #takeLending(kind: LendingKind, request: ChannelRequest): boolean {
    const { agentForwarding, x11 } = this.#scope;
    if (!(kind === 'agent_forwarding' ? agentForwarding : x11)) {
      this.#off.add(kind);
      return false;
    }
    if (this.#lendings.some((lending) => lending.kind === kind)) return false;
    const lending = readLending(kind, request);
    if (lending === null) return false;
    this.#lendings.push(lending);
    this.#kept.push({ type: request.type, fields: Buffer.from(request.fields) });
    return true;
  }

  #takeTerminal({ type, fields }: ChannelRequest): boolean {
    if (this.#terminal !== null) return false;
    const terminal = readText(new FieldReader(fields, 0));
    if (terminal === null) return false;
    this.#terminal = terminal;
    this.#kept.push({ type, fields: Buffer.from(fields) });
    return true;
  }

  /** What is not let through is not said, as sshd does not say it either. */
  #takeVariable({ type, fields }: ChannelRequest): boolean {
    const reader = new FieldReader(fields, 0);
    const name = readText(reader);
    const value = readText(reader);
    if (name === null || value === null) return false;
    if (!this.#scope.environment.some((pattern) => matchesWildcards(pattern, name))) return false;
    this.#environmentBytes += fields.length;
    if (this.#environmentBytes > this.#limits.maxEnvironmentBytes) return false;
    this.#environment.push({ name, value });
    this.#kept.push({ type, fields: Buffer.from(fields) });
    return true;
  }
}

/** RFC 4254, section 6.7; null for what is not. */
export function sizeOf(windowChange: Buffer): TerminalSize | null {
  return readSize(new FieldReader(windowChange, 0));
}

const usualSize: TerminalSize = { columns: 80, rows: 24 };
const mostCells = 10_000;

function readSize(reader: FieldReader): TerminalSize | null {
  try {
    const columns = reader.uint32();
    const rows = reader.uint32();
    const sound = columns > 0 && rows > 0 && columns <= mostCells && rows <= mostCells;
    return sound ? { columns, rows } : null;
  } catch (error) {
    if (error instanceof WireFault) return null;
    throw error;
  }
}

/** Null for what is not UTF-8: it could not be shown as it is. */
function readText(reader: FieldReader): string | null {
  const text = reader.string().toString('utf8');
  return text.includes('\ufffd') ? null : text;
}
