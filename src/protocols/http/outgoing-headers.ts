import type { HttpRequest } from './http-request.ts';
import { forwardableTrailers } from './wire/header-hygiene.ts';
import type { HeaderList } from './wire/header-list.ts';

const methodsWithBodies: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/** The client's headers as they leave, with the body's length as it was read. */
export function outgoingHeaders(request: HttpRequest, gateways: HeaderList): HeaderList {
  return [
    ...request.headers,
    ...framingLines(request),
    ...(request.acceptsTrailers ? [['TE', 'trailers'] as const] : []),
    ['Via', '1.1 hoopx'],
    ...gateways,
  ];
}

/** Of a body that was read whole. */
export function readTrailers({ body }: HttpRequest): HeaderList {
  return body.kind === 'read' ? forwardableTrailers(body.trailers) : [];
}

function framingLines(request: HttpRequest): HeaderList {
  const { method, framing, body } = request;
  if (body.kind === 'read' && readTrailers(request).length === 0) {
    return [['Content-Length', String(body.bytes.length)]];
  }
  switch (framing.kind) {
    case 'none':
      return methodsWithBodies.has(method) ? [['Content-Length', '0']] : [];
    case 'length':
      return [['Content-Length', String(framing.length)]];
    case 'open':
      return [['Transfer-Encoding', 'chunked']];
    default:
      return framing satisfies never;
  }
}
