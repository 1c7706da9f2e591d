import { connect as connectHttp2 } from 'node:http2';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EchoUpstream, startEcho } from './echo-upstream.ts';
import { type Gated, startGated } from './gated.ts';
import { exchangeRaw } from './raw-client.ts';

let upstream: EchoUpstream;
beforeAll(async () => {
  // Answers after as many milliseconds as the path ends with, so that they overtake each other.
  upstream = await startEcho((request, response) => {
    const late = Number(/\d+$/.exec(request.url ?? '')?.[0] ?? 0);
    setTimeout(() => response.end(request.url), late);
  });
});
afterAll(() => upstream[Symbol.asyncDispose]());

function expectNumbered(gated: Gated, paths: readonly string[]): void {
  const asked = new Map(gated.decisions.map((event) => [event.number, event]));
  expect([...asked.keys()].sort((a, b) => a - b)).toEqual(paths.map((_path, index) => index + 1));
  const answered = gated.numbered.filter((note) => note.type === 'exchange');
  for (const { operation, path } of answered) {
    const event = asked.get(operation ?? 0);
    expect(event?.operation.decidable.summary).toContain(`GET ${path}`);
    expect(event?.refusal).toBeNull();
  }
  const wanted = paths.filter((path) => path.startsWith('/open'));
  expect(answered.map(({ path }) => path).sort()).toEqual([...wanted].sort());
}

const paths = fc.uniqueArray(
  fc.tuple(fc.constantFrom('/open/', '/open/', '/secret/'), fc.integer({ min: 1, max: 60 })),
  { selector: ([, late]) => late, minLength: 2, maxLength: 20 },
);

test('each of many requests at once in HTTP/2 is answered under its number, none that was refused', async () => {
  const property = fc.asyncProperty(paths, async (asked) => {
    await using gated = await startGated(upstream);
    const client = connectHttp2(gated.url);
    const all = asked.map(([folder, late]) => `${folder}${late}`);
    const ended = all.map(
      (path) =>
        new Promise<void>((resolve, reject) => {
          const stream = client.request({ ':path': path });
          stream.on('error', reject).on('close', resolve).resume().end();
        }),
    );
    await Promise.all(ended);
    client.close();
    await expect
      .poll(() => gated.numbered.length)
      .toBe(all.filter((path) => path.startsWith('/open')).length);
    expectNumbered(gated, all);
  });
  await fc.assert(property, { numRuns: 8 });
});

test('likewise of requests that come in one piece over one connection', async () => {
  await using gated = await startGated(upstream);
  const all = ['/open/30', '/secret/1', '/open/2', '/open/10'];
  const requests = all.map((path, index) => {
    const last = index === all.length - 1 ? 'Connection: close\r\n' : '';
    return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${gated.port}\r\n${last}\r\n`;
  });
  await exchangeRaw(gated.port, requests.join(''));
  expectNumbered(gated, all);
});
