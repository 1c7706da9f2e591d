import type { HttpFacts } from '../../core/facts.ts';
import type { SessionGrant } from '../adapter.ts';
import { gatewayAnswer } from './browser/gateway-answer.ts';
import type { HttpDialect, RefusingWords } from './dialect.ts';
import { acceptedAnswer, refusalAnswer, requestErrorAnswer } from './faults.ts';
import { decodesBody, httpDecidable, httpOperation } from './operations.ts';
import type { HttpTarget } from './target.ts';

export const httpWords: RefusingWords = {
  refused: refusalAnswer,
  notTaken: requestErrorAnswer,
};

/** HTTP as it is: a request means its method and path, and a refusal is RFC 9457's. */
export function createHttpDialect(grant: SessionGrant<HttpTarget>): HttpDialect<HttpFacts> {
  const { target, gate } = grant;
  return {
    decidable: (request) => httpDecidable(request, target),
    decodes: decodesBody,
    operation: (request, decidable) => httpOperation({ request, decidable, target }),
    ownHeaders: new Set(),
    headersFor: ({ principal, requestId }) => [
      ['X-Hoopx-User', encodeURIComponent(principal.name)],
      ...(requestId === null ? [] : [['X-Hoopx-Request', requestId] as const]),
    ],
    answerHeaders: () => [],
    ...httpWords,
    accepted: acceptedAnswer,
    gateways: (request) => gatewayAnswer(request, gate),
  };
}
