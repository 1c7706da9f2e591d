import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { maskingOf, ruleWith } from '../../masking/questions.ts';
import { type EchoUpstream, startEcho } from './echo-upstream.ts';
import { type Gated, startGated } from './gated.ts';

const masking = maskingOf(
  [
    ruleWith({ detectors: ['email'] }),
    ruleWith({ paths: ['$.items[*].name'], strategy: 'partial' }),
  ],
  { protocol: 'http' },
);
const secret = 'ann@example.com';

type Body = readonly [type: string, body: string | Buffer, encoding?: string];
const bodies: Readonly<Record<string, Body>> = {
  '/packed': ['application/json', gzipSync(JSON.stringify({ a: secret })), 'gzip'],
  '/broken': ['application/json', `{"a":"${secret}"`],
  '/protobuf': ['application/vnd.kubernetes.protobuf', `k8s\0${secret}`],
  '/grpc': ['application/grpc+proto', secret],
  '/long': ['application/json', `["${secret}","${'x'.repeat(17 * 1024 * 1024)}"]`],
  '/json': ['application/json', `{ "items": [{"name": "Miller", "n": 1.0}], "to": "${secret}" }`],
  '/text': ['text/plain', `to ${secret}\n`],
  '/lines': ['application/x-ndjson', `{"a":"${secret}"}\n{"b":1}\n`],
};

describe('an answer', () => {
  let upstream: EchoUpstream;
  let gated: Gated;
  beforeAll(async () => {
    if (masking === null) throw new Error('nothing is masked');
    upstream = await startEcho((request, response) => {
      const [type, body, encoding] = bodies[request.url ?? ''] ?? ['text/plain', ''];
      response.setHeader('Content-Type', type);
      response.setHeader('ETag', '"of the bytes"');
      if (encoding !== undefined) response.setHeader('Content-Encoding', encoding);
      response.end(body);
    });
    gated = await startGated(upstream, { masking });
  });
  afterAll(async () => {
    await gated[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  test.each(['/packed', '/broken', '/protobuf', '/grpc', '/long'])(
    'that cannot be read is refused, and not shown: %s',
    async (path) => {
      const answer = await fetch(`${gated.url}${path}`);
      const text = await answer.text();
      expect(answer.status).toBe(403);
      expect(text).toContain('UNMASKABLE');
      expect(text).not.toContain(secret);
      expect(gated.faults).toEqual([]);
    },
  );

  test('in JSON shows neither what stands at a path nor what is found', async () => {
    const answer = await fetch(`${gated.url}/json`);
    expect(await answer.text()).toBe('{ "items": [{"name": "M***", "n": 1.0}], "to": "[masked]" }');
    expect(answer.headers.get('etag')).toBe(null);
  });

  test('in text or lines of JSON is masked as it comes', async () => {
    expect(await (await fetch(`${gated.url}/text`)).text()).toBe('to [masked]\n');
    expect(await (await fetch(`${gated.url}/lines`)).text()).toBe('{"a":"[masked]"}\n{"b":1}\n');
  });

  test('is asked for whole and uncompressed', async () => {
    await fetch(`${gated.url}/text`, { headers: { Range: 'bytes=3-', 'Accept-Encoding': 'br' } });
    const headers = upstream.seen.at(-1)?.headers;
    expect(headers?.['accept-encoding']).toBe('identity');
    expect(headers?.range).toBe(undefined);
  });

  test('has a head alone where only that is asked for', async () => {
    const answer = await fetch(`${gated.url}/text`, { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-length')).toBe(null);
  });
});
