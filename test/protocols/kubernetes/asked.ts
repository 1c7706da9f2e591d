import type { KubernetesFacts } from '../../../src/core/facts.ts';
import type { HttpRequest } from '../../../src/protocols/http/http-request.ts';
import type { HeaderList } from '../../../src/protocols/http/wire/header-list.ts';
import { parseRequestTarget } from '../../../src/protocols/http/wire/request-target.ts';
import { kubernetesDecidable } from '../../../src/protocols/kubernetes/operations.ts';

export interface Asked {
  readonly headers?: HeaderList;
  readonly type?: string;
  /** Text and bytes as they are, anything else as JSON; null for one that was not read. */
  readonly body?: unknown;
  readonly upgrade?: string;
}

/** A request as the core hands it over, from a line such as `GET /api/v1/pods`. */
export function requestOf(line: string, asked: Asked = {}): HttpRequest {
  const [method = '', raw = ''] = line.split(' ');
  const { headers = [], body, upgrade } = asked;
  const type = asked.type ?? (body === undefined ? null : 'application/json');
  const bytes =
    typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body ?? null);
  return {
    method,
    target: parseRequestTarget(raw, []),
    headers: type === null ? [] : [['Content-Type', type]],
    impersonation: headers,
    framing: { kind: 'none' },
    upgrade: upgrade === undefined ? null : { protocol: upgrade, webSocketKey: null },
    acceptsTrailers: false,
    body:
      body === undefined
        ? { kind: 'none' }
        : body === null
          ? { kind: 'unread' }
          : { kind: 'read', bytes: Buffer.from(bytes), trailers: [] },
    waitMs: null,
  };
}

export function factsOf(line: string, asked: Asked = {}): KubernetesFacts {
  return kubernetesDecidable(requestOf(line, asked)).facts;
}
