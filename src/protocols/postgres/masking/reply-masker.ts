import { andThen, type Eventual } from '../../../core/eventual.ts';
import { redactedText } from '../../../core/masking.ts';
import type { Expectation } from '../expectation.ts';
import { decodeCopyResponse } from '../wire/backend/copy-response.ts';
import {
  decodeNotificationResponse,
  encodeNotificationResponse,
} from '../wire/backend/notification-response.ts';
import { decodeParameterStatus } from '../wire/backend/parameter-status.ts';
import { decodeRowDescription } from '../wire/backend/row-description.ts';
import type { BackendScanner } from '../wire/backend-scanner.ts';
import { backendType } from '../wire/backend-types.ts';
import { encodeCopyData } from '../wire/frontend/copy.ts';
import type { CopyMasker } from './copy/copy-masker.ts';
import { createCopyMasker } from './copy/create-copy-masker.ts';
import { maskReport, type Told } from './report-mask.ts';
import { type ResultMasks, unmaskable } from './result-masks.ts';
import { maskRows } from './row-mask.ts';
import type { SessionMasking } from './session-masking.ts';

const nothing = Buffer.alloc(0);
const copyHeaderBytes = 5;

/** Settings that the server reports, and that can have any text in them. */
const freeSettings: ReadonlySet<string> = new Set(['application_name', 'TimeZone', 'search_path']);

/**
 * Masks what the server says, message by message, before anybody else sees it: what is recorded
 * and what is sent come behind it. `head` is what the server is answering.
 */
export class ReplyMasker {
  readonly #masking: SessionMasking;
  /** Of the COPY that is going on; null where none is. */
  #copy: CopyMasker | 'passes' | null = null;
  /** Something has run that could keep a masked value in a setting; a ROLLBACK can bring it back. */
  #kept = false;

  constructor(masking: SessionMasking) {
    this.#masking = masking;
  }

  /** Whether a message must be seen whole; asked once all that came before it was masked. */
  wants(type: number, head: Expectation | undefined): boolean {
    if (type === backendType.copyData) return this.#copy !== 'passes';
    if (type !== backendType.dataRow) return true;
    const masks = masksOf(head);
    return masks !== null && masks.rows !== null;
  }

  /** Has the row that was found go on masked, and those right behind it. */
  rows(found: BackendScanner, head: Expectation | undefined): void {
    const masks = masksOf(head);
    if (masks === null) return;
    const { rows } = masks;
    if (rows === undefined) throw unmaskable('rows came without a description');
    if (rows !== null) maskRows(found, rows);
  }

  /** What goes on in the place of any other message; empty for one that is kept back. */
  mask(type: number, raw: Buffer, head: Expectation | undefined): Eventual<Buffer> {
    const masks = masksOf(head);
    if (this.#told(masks)) this.#kept = true;
    switch (type) {
      case backendType.rowDescription:
        if (masks === null) return raw;
        return andThen(masks.described(decodeRowDescription(raw).columns), () => raw);
      case backendType.commandComplete:
        if (head?.kind === 'query') masks?.statementEnded();
        return raw;
      case backendType.errorResponse:
        this.#copy = null;
        return maskReport(raw, this.#toldBy(masks), this.#masking.text);
      case backendType.noticeResponse:
        return maskReport(raw, this.#toldBy(masks), this.#masking.text);
      case backendType.notificationResponse:
        return this.#notification(raw);
      case backendType.parameterStatus:
        return this.#kept && freeSettings.has(decodeParameterStatus(raw).name) ? nothing : raw;
      case backendType.parameterDescription:
        return head?.kind === 'describe' && head.own ? nothing : raw;
      case backendType.copyOutResponse:
        return masks === null ? this.#copyPasses(raw) : this.#copyBegins(raw, masks);
      case backendType.copyData:
        return this.#copyData(raw);
      case backendType.copyDone:
        if (this.#copy !== null && this.#copy !== 'passes') this.#copy.end();
        this.#copy = null;
        return raw;
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

  #copyPasses(raw: Buffer): Buffer {
    this.#copy = 'passes';
    return raw;
  }

  #copyBegins(raw: Buffer, masks: ResultMasks): Eventual<Buffer> {
    const { assessment } = masks;
    if (assessment?.clean === true && this.#masking.text === null) return this.#copyPasses(raw);
    const response = decodeCopyResponse(raw, 'copyOutResponse');
    const format = assessment?.copy?.format ?? null;
    if (format === null || (format.kind === 'binary') !== (response.format === 1)) {
      throw unmaskable('COPY data came in a format that was not asked for');
    }
    return andThen(masks.copied(response), (rows) => {
      if (rows === null) return this.#copyPasses(raw);
      this.#copy = createCopyMasker(format, rows);
      return raw;
    });
  }

  #copyData(raw: Buffer): Buffer {
    const copy = this.#copy;
    if (copy === 'passes') return raw;
    if (copy === null) throw unmaskable('COPY data came, and no COPY had begun');
    const data = raw.subarray(copyHeaderBytes);
    const masked = copy.write(data);
    if (masked === data) return raw;
    return masked.length === 0 ? nothing : encodeCopyData(masked);
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
