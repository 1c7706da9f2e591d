import type { Facts } from '../../../core/facts.ts';
import type { Masking } from '../../../core/masking.ts';
import type { AnswerNature } from '../dialect.ts';
import type { HttpRequest } from '../http-request.ts';
import type { SessionContext } from '../session-context.ts';
import type { HeaderList } from '../wire/header-list.ts';

/** What must be masked of one request's answer. */
export interface AnswerMasking {
  readonly masking: Masking;
  /** It comes from where Kubernetes keeps Secrets. */
  readonly secret: boolean;
  /** JSON comes line by line for as long as it is asked for: a watch. */
  readonly lines: boolean;
}

const ordinary: AnswerNature = { secret: false, lines: false, discovery: false };

/** Null where nothing is masked: the answer is passed on as it comes. */
export function answerMasking<OfOne extends Facts>(
  { grant, dialect }: Pick<SessionContext<OfOne>, 'grant' | 'dialect'>,
  request: HttpRequest,
): AnswerMasking | null {
  const { masking } = grant;
  if (masking === null || masking.json === null) return null;
  const nature = dialect.answerNature?.(request) ?? ordinary;
  if (nature.discovery || (masking.secretsOnly && !nature.secret)) return null;
  return { masking, secret: nature.secret, lines: nature.lines };
}

/** Not asked for where the answer is masked: it could not be read, or be only a part. */
const dropped: ReadonlySet<string> = new Set(['accept-encoding', 'range', 'if-range']);

/** The client's headers, so that the answer can be read: nothing compressed, nothing binary. */
export function readableHeaders(headers: HeaderList): HeaderList {
  return [
    ...headers.flatMap(([name, value]): HeaderList => {
      const known = name.toLowerCase();
      if (dropped.has(known)) return [];
      return known === 'accept' ? [[name, withoutBinary(value)]] : [[name, value]];
    }),
    ['Accept-Encoding', 'identity'],
  ];
}

/** Kubernetes answers in protobuf, CBOR and YAML where these are asked for. */
function withoutBinary(accept: string): string {
  const kept = accept.split(',').filter((range) => !/protobuf|cbor|yaml/i.test(range));
  return kept.length === 0 ? 'application/json' : kept.join(',');
}
