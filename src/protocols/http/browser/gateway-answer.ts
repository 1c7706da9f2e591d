import type { OperationGate } from '../../../core/gate.ts';
import type { Answer } from '../faults.ts';
import { gatewayPath, type HttpRequest } from '../http-request.ts';
import { progressOf } from './progress.ts';

type Requests = Pick<OperationGate, 'asked'>;

const progressPath = /^\/\.hoopx\/requests\/(req_[0-9a-z]{1,64})$/;

/**
 * What the gateway answers itself, under every service's host: how a held request stands, told to
 * its requester alone. Nothing below that path ever reaches the service. Null for all else.
 */
export function gatewayAnswer(request: HttpRequest, requests: Requests): Promise<Answer> | null {
  const { path } = request.target;
  if (!`${path.decoded}/`.startsWith(gatewayPath)) return null;
  return answerFor(request, requests);
}

async function answerFor(request: HttpRequest, requests: Requests): Promise<Answer> {
  const { method, target, browsing, upgrade } = request;
  const id = progressPath.exec(target.path.sent)?.[1];
  if (id === undefined || method !== 'GET' || upgrade !== null || browsing?.unmeant === true) {
    return json(404, { code: 'NOT_FOUND', detail: 'the gateway has no such page' });
  }
  const asked = await requests.asked(id);
  return asked === null
    ? json(404, { code: 'NOT_FOUND', detail: 'there is no such request, or it is not yours' })
    : json(200, progressOf(asked));
}

function json(status: number, object: object): Answer {
  const body = `${JSON.stringify(object)}\n`;
  const type = status === 200 ? 'application/json' : 'application/problem+json';
  return {
    status,
    headers: [
      ['Content-Type', type],
      ['Content-Length', String(Buffer.byteLength(body))],
      ['Cache-Control', 'no-store'],
      ['X-Content-Type-Options', 'nosniff'],
      ['Cross-Origin-Resource-Policy', 'same-origin'],
    ],
    body,
  };
}
