import {
  type AuthenticationResponse,
  decodeAuthenticationResponse,
} from './frontend/authentication.ts';
import { type Bind, decodeBind } from './frontend/bind.ts';
import { type Bodiless, decodeBodiless } from './frontend/bodiless.ts';
import { type CopyData, type CopyFail, decodeCopyData, decodeCopyFail } from './frontend/copy.ts';
import {
  type Close,
  type Describe,
  decodeClose,
  decodeDescribe,
} from './frontend/describe-close.ts';
import { decodeExecute, type Execute } from './frontend/execute.ts';
import { decodeFunctionCall, type FunctionCall } from './frontend/function-call.ts';
import { decodeParse, type Parse } from './frontend/parse.ts';
import { decodeQuery, type Query } from './frontend/query.ts';
import { frontendType } from './frontend-types.ts';
import type { Span } from './span.ts';
import { WireError } from './wire-error.ts';

export type FrontendMessage =
  | AuthenticationResponse
  | Bind
  | Bodiless
  | Close
  | CopyData
  | CopyFail
  | Describe
  | Execute
  | FunctionCall
  | Parse
  | Query;

/** Decodes one whole message with its header. Throws WireError for anything that is not exact. */
export function decodeFrontend(raw: Span): FrontendMessage {
  const type = raw.bytes[raw.start];
  switch (type) {
    case frontendType.query:
      return decodeQuery(raw);
    case frontendType.parse:
      return decodeParse(raw);
    case frontendType.bind:
      return decodeBind(raw);
    case frontendType.describe:
      return decodeDescribe(raw);
    case frontendType.execute:
      return decodeExecute(raw);
    case frontendType.close:
      return decodeClose(raw);
    case frontendType.sync:
      return decodeBodiless(raw, 'sync');
    case frontendType.flush:
      return decodeBodiless(raw, 'flush');
    case frontendType.terminate:
      return decodeBodiless(raw, 'terminate');
    case frontendType.copyDone:
      return decodeBodiless(raw, 'copyDone');
    case frontendType.copyFail:
      return decodeCopyFail(raw);
    case frontendType.copyData:
      return decodeCopyData(raw);
    case frontendType.functionCall:
      return decodeFunctionCall(raw);
    case frontendType.authentication:
      return decodeAuthenticationResponse(raw);
    default:
      throw new WireError('UNKNOWN_TYPE', `unknown message type ${type ?? 'none'}`);
  }
}
