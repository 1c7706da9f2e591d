import type { RefusalCode } from '../core/refusal.ts';
import type { Words } from './answer.ts';
import { type CapturedStream, textOf } from './captured-output.ts';
import { isRefusalCode } from './exit-code.ts';

/** How one request, or the attempt to send it, ended. */
export type HttpEnd =
  | { readonly kind: 'answered'; readonly status: number; readonly statusText: string }
  /** By the gateway, in the name of a refusal: nothing ran. */
  | ({ readonly kind: 'told'; readonly code: string } & Words)
  /** There was no whole answer, or the gateway says that it has had none. */
  | { readonly kind: 'lost'; readonly message: string };

/** What came of one HTTP request. */
export interface HttpAnswer {
  readonly protocol: 'http';
  readonly end: HttpEnd;
  /** What was kept of the answer; null when its body went to stdout instead. */
  readonly output: HttpResult | null;
}

/** Headers by their names in lower case. */
export type ResultHeaders = Readonly<Record<string, readonly string[]>>;

/** `result`: the answer of the service. A body that is not UTF-8 is null, with its bytes in Base64. */
export interface HttpResult {
  readonly status: number;
  readonly headers: ResultHeaders;
  readonly body: string | null;
  readonly bodyBase64?: string;
  /** There was more of the body than was kept. */
  readonly truncated: boolean;
}

export function httpResult(
  { status, headers }: Pick<HttpResult, 'status' | 'headers'>,
  kept: CapturedStream,
): HttpResult {
  const body = textOf(kept);
  return {
    ...{ status, headers, body },
    ...(body === null ? { bodyBase64: kept.bytes.toString('base64') } : {}),
    truncated: kept.truncated,
  };
}

/** RFC 9110, section 15: from 400 on it is an error, of the client or the server. */
export function isSuccess(status: number): boolean {
  return status < 400;
}

/** What the gateway does not even ask its rules about counts as what they deny. */
export function refusalCodeOf(code: string): RefusalCode {
  return isRefusalCode(code) ? code : 'UNPARSEABLE';
}
