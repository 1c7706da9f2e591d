import { andThen, type Eventual } from '../../../core/eventual.ts';
import { redactedText } from '../../../core/masking.ts';
import { RefusedError } from '../../../core/refusal.ts';
import type { Expectation } from '../expectation.ts';
import {
  decodeNotificationResponse,
  encodeNotificationResponse,
} from '../wire/backend/notification-response.ts';
import { decodeParameterStatus } from '../wire/backend/parameter-status.ts';
import { decodeRowDescription } from '../wire/backend/row-description.ts';
import { backendType } from '../wire/backend-types.ts';
import { maskReport, type Told } from './report-mask.ts';
import type { ResultMasks } from './result-masks.ts';
import { maskRow } from './row-mask.ts';
import type { SessionMasking } from './session-masking.ts';

const nothing = Buffer.alloc(0);

/**
 * Masks what the server says, message by message, before anybody else sees it: what is recorded
 * and what is sent come behind it. `head` is what the server is answering.
 */
export class ReplyMasker {
  readonly #masking: SessionMasking;

  constructor(masking: SessionMasking) {
    this.#masking = masking;
  }

  /** Whether a message must be seen whole; asked once all that came before it was masked. */
  wants(type: number, head: Expectation | undefined): boolean {
    if (type !== backendType.dataRow && type !== backendType.copyData) return true;
    const masks = masksOf(head);
    return masks !== null && masks.rows !== null;
  }

  /** What goes on in the place of the message; empty for one that is kept back. */
  mask(type: number, raw: Buffer, head: Expectation | undefined): Eventual<Buffer> {
    const masks = masksOf(head);
    switch (type) {
      case backendType.dataRow:
        return masks === null ? raw : this.#row(raw, masks);
      case backendType.rowDescription:
        if (masks === null) return raw;
        return andThen(masks.described(decodeRowDescription(raw).columns), () => raw);
      case backendType.commandComplete:
        if (head?.kind === 'query') masks?.statementEnded();
        return raw;
      case backendType.errorResponse:
      case backendType.noticeResponse:
        return maskReport(raw, this.#toldBy(masks), this.#masking.text);
      case backendType.notificationResponse:
        return this.#notification(raw);
      case backendType.parameterStatus:
        return this.#told(masks) && decodeParameterStatus(raw).name === 'application_name'
          ? nothing
          : raw;
      case backendType.copyData:
        return masks === null ? raw : this.#copyData(raw, masks);
      case backendType.functionCallResponse:
      case backendType.copyBothResponse:
        throw unmaskable('this kind of answer cannot be masked');
      default:
        return raw;
    }
  }

  #toldBy(masks: ResultMasks | null): Told {
    if (!this.#masking.masksColumns) return 'no';
    return this.#told(masks) ? 'yes' : 'code';
  }

  #told(masks: ResultMasks | null): boolean {
    return this.#masking.masksColumns && masks?.told === true;
  }

  #row(raw: Buffer, masks: ResultMasks): Buffer {
    const { rows } = masks;
    if (rows === undefined) throw unmaskable('rows came without a description');
    return rows === null ? raw : maskRow(raw, rows);
  }

  #copyData(raw: Buffer, masks: ResultMasks): Buffer {
    if (masks.assessment?.clean === true && this.#masking.text === null) return raw;
    throw unmaskable('COPY data came that cannot be masked');
  }

  /** Another session chose what it says. */
  #notification(raw: Buffer): Buffer {
    const { pid, channel, payload } = decodeNotificationResponse(raw);
    if (payload === '') return raw;
    const { text, masksColumns } = this.#masking;
    const masked = masksColumns ? redactedText : (text?.maskString(payload) ?? payload);
    return masked === payload ? raw : encodeNotificationResponse(pid, channel, masked);
  }
}

function masksOf(head: Expectation | undefined): ResultMasks | null {
  switch (head?.kind) {
    case 'query':
    case 'execute':
    case 'describe':
      return head.masks;
    default:
      return null;
  }
}

function unmaskable(message: string): RefusedError {
  return new RefusedError({ code: 'UNMASKABLE', message });
}
