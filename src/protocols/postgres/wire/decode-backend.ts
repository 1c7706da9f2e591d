import { type Authentication, decodeAuthentication } from './backend/authentication.ts';
import { type BackendKeyData, decodeBackendKeyData } from './backend/backend-key-data.ts';
import { type BodilessReply, decodeBodilessReply } from './backend/bodiless.ts';
import { type CommandComplete, decodeCommandComplete } from './backend/command-complete.ts';
import { type CopyResponse, decodeCopyResponse } from './backend/copy-response.ts';
import { type DataRow, decodeDataRow } from './backend/data-row.ts';
import {
  decodeFunctionCallResponse,
  type FunctionCallResponse,
} from './backend/function-call-response.ts';
import {
  decodeNegotiateProtocolVersion,
  type NegotiateProtocolVersion,
} from './backend/negotiate-protocol-version.ts';
import {
  decodeNotificationResponse,
  type NotificationResponse,
} from './backend/notification-response.ts';
import {
  decodeParameterDescription,
  type ParameterDescription,
} from './backend/parameter-description.ts';
import { decodeParameterStatus, type ParameterStatus } from './backend/parameter-status.ts';
import { decodeReadyForQuery, type ReadyForQuery } from './backend/ready-for-query.ts';
import { decodeErrorResponse, decodeNoticeResponse, type Report } from './backend/report.ts';
import { decodeRowDescription, type RowDescription } from './backend/row-description.ts';
import { backendType } from './backend-types.ts';
import { type CopyData, decodeCopyData } from './frontend/copy.ts';
import { spanOf } from './span.ts';
import { WireError } from './wire-error.ts';

/** The same message goes both ways; what a server sends is decoded from bytes of its own. */
type CopyDataReply = Omit<CopyData, 'raw'> & { readonly raw: Buffer };

export type BackendMessage =
  | Authentication
  | BackendKeyData
  | BodilessReply
  | CommandComplete
  | CopyDataReply
  | CopyResponse
  | DataRow
  | FunctionCallResponse
  | NegotiateProtocolVersion
  | NotificationResponse
  | ParameterDescription
  | ParameterStatus
  | ReadyForQuery
  | Report
  | RowDescription;

const decoders: ReadonlyMap<number, (raw: Buffer) => BackendMessage> = new Map<
  number,
  (raw: Buffer) => BackendMessage
>([
  [backendType.authentication, decodeAuthentication],
  [backendType.backendKeyData, decodeBackendKeyData],
  [backendType.bindComplete, (raw) => decodeBodilessReply(raw, 'bindComplete')],
  [backendType.closeComplete, (raw) => decodeBodilessReply(raw, 'closeComplete')],
  [backendType.commandComplete, decodeCommandComplete],
  [backendType.copyBothResponse, (raw) => decodeCopyResponse(raw, 'copyBothResponse')],
  [backendType.copyData, (raw) => ({ ...decodeCopyData(spanOf(raw)), raw })],
  [backendType.copyDone, (raw) => decodeBodilessReply(raw, 'copyDone')],
  [backendType.copyInResponse, (raw) => decodeCopyResponse(raw, 'copyInResponse')],
  [backendType.copyOutResponse, (raw) => decodeCopyResponse(raw, 'copyOutResponse')],
  [backendType.dataRow, decodeDataRow],
  [backendType.emptyQueryResponse, (raw) => decodeBodilessReply(raw, 'emptyQueryResponse')],
  [backendType.errorResponse, decodeErrorResponse],
  [backendType.functionCallResponse, decodeFunctionCallResponse],
  [backendType.negotiateProtocolVersion, decodeNegotiateProtocolVersion],
  [backendType.noData, (raw) => decodeBodilessReply(raw, 'noData')],
  [backendType.noticeResponse, decodeNoticeResponse],
  [backendType.notificationResponse, decodeNotificationResponse],
  [backendType.parameterDescription, decodeParameterDescription],
  [backendType.parameterStatus, decodeParameterStatus],
  [backendType.parseComplete, (raw) => decodeBodilessReply(raw, 'parseComplete')],
  [backendType.portalSuspended, (raw) => decodeBodilessReply(raw, 'portalSuspended')],
  [backendType.readyForQuery, decodeReadyForQuery],
  [backendType.rowDescription, decodeRowDescription],
]);

/** Decodes one whole message with its header. Throws WireError for anything that is not exact. */
export function decodeBackend(raw: Buffer): BackendMessage {
  const decode = decoders.get(raw[0] ?? 0);
  if (decode === undefined) {
    throw new WireError('UNKNOWN_TYPE', `unknown message type ${raw[0] ?? 'none'}`);
  }
  return decode(raw);
}
