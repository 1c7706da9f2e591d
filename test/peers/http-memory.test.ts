import { createHash } from 'node:crypto';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { growth as growthOf } from './growth.ts';
import { describeWith } from './require-peer.ts';
import { type Running, type RunningSystem, startSystem } from './running-system.ts';
import {
  largeBytes,
  rowText,
  type StreamingService,
  startStreamingService,
} from './streaming-service.ts';

type Tunnel = Running & { readonly port: number };

/** In MiB: what Node's heap grows by anyway, far below what passes. */
const flat = 64;

/** An hour of twenty events a second. */
const hourOfEvents = 72_000;

/** Everything is measured on the built program: `connect` and gateway, each by its RSS. */
describeWith(['postgres', 'curl'], 'memory over HTTP', () => {
  let service: StreamingService;
  let system: RunningSystem;
  let api: Tunnel;
  let masked: Tunnel;
  let kube: Tunnel;

  beforeAll(async () => {
    service = await startStreamingService();
    const at = `http://127.0.0.1:${service.port}`;
    const access = 'access: { groups: [engineering] }';
    system = await startSystem({
      connections: [
        `api: { type: http, url: "${at}", ${access} }`,
        `masked: { type: http, url: "${at}", ${access} }`,
        `kube: { type: kubernetes, server: "${at}", credential: { token: "env:PG_PASSWORD" }, ${access} }`,
      ],
      rules: [
        '{ name: all reads, http: { method: [GET] }, then: allow }',
        '{ name: uploads, http: { method: [PUT], path: [/upload], class: [opaque] }, then: allow }',
        '{ name: kube reads, kubernetes: { class: [discovery, read] }, then: allow }',
      ],
      masking: ['{ connections: [masked], paths: ["$.rows[*].name"], detectors: [email] }'],
    });
    [api, masked, kube] = await Promise.all([
      system.connect('engineer', { connection: 'api' }),
      system.connect('engineer', { connection: 'masked' }),
      system.connect('engineer', { connection: 'kube' }),
    ]);
  });
  afterAll(async () => {
    await system?.[Symbol.asyncDispose]();
    await service?.[Symbol.asyncDispose]();
  });

  const growth = (work: () => Promise<void>) =>
    growthOf([system.gateway.pid(), ...[api, masked, kube].map(pidOf)], work);

  const urlOf = ({ port }: Tunnel, path: string) => `http://127.0.0.1:${port}${path}`;

  async function shell(script: string, ...args: readonly string[]): Promise<string> {
    const ran = await system.spawn('bash', ['-o', 'pipefail', '-c', script, '-', ...args]).ended;
    expect(ran).toMatchObject({ code: 0 });
    return ran.stdout.trim();
  }

  test('an upload that no rule allows is refused, and neither kept nor passed on', async () => {
    const upload =
      'head -c 100000000 /dev/zero | curl -sS -X POST -T - -o /dev/null -w "%{http_code}" "$1" || true';
    const grown = await growth(async () => {
      expect(await shell(upload, urlOf(api, '/upload'))).toContain('403');
    });
    expect(grown).toBeLessThan(flat);
    expect(service.received()).toBe(0);
  });

  test('a gigabyte comes down', async () => {
    const grown = await growth(async () => {
      const bytes = await shell('curl -sS "$1" | wc -c', urlOf(api, '/download'));
      expect(Number(bytes)).toBe(largeBytes);
    });
    expect(grown).toBeLessThan(flat);
  }, 120_000);

  test('a gigabyte goes up', async () => {
    const upload = `head -c ${largeBytes} /dev/zero | curl -sS -T - "$1"`;
    const grown = await growth(async () => {
      expect(await shell(upload, urlOf(api, '/upload'))).toBe('done');
    });
    expect(service.received()).toBe(largeBytes);
    expect(grown).toBeLessThan(flat);
  }, 120_000);

  test('a hundred MiB of JSON come down masked', async () => {
    const count = 102_400;
    const shown = rowText.replace('Miller', '[masked]').replace('ann@example.com', '[masked]');
    const digest = createHash('sha256').update('{"rows":[');
    for (let row = 0; row < count; row += 1) digest.update(shown);
    const wanted = digest.update('null]}').digest('hex');
    const grown = await growth(async () => {
      const got = await shell('curl -sS "$1" | sha256sum', urlOf(masked, `/rows?limit=${count}`));
      expect(got).toContain(wanted);
    });
    expect(grown).toBeLessThan(flat);
  }, 120_000);

  test('an hour of events passes, of a Kubernetes watch and of any other stream', async () => {
    const lines = async (url: string) => Number(await shell('curl -sSN "$1" | wc -l', url));
    const grown = await growth(async () => {
      const counted = await Promise.all([
        lines(urlOf(kube, `/api/v1/pods?watch=true&limit=${hourOfEvents}`)),
        lines(urlOf(api, `/events?limit=${hourOfEvents}`)),
      ]);
      expect(counted).toEqual([hourOfEvents, hourOfEvents]);
    });
    expect(grown).toBeLessThan(flat);
  }, 120_000);

  test('a thousand requests at once, and again: the second time adds nothing', async () => {
    const sessions: ClientHttp2Session[] = [];
    const ask = async () => {
      service.waitFor(1_000);
      const answers = await Promise.all(
        sessions.flatMap((session) => Array.from({ length: 100 }, () => waitOver(session))),
      );
      expect(answers).toEqual(Array.from({ length: 1_000 }, () => 'together'));
    };
    try {
      service.waitFor(1);
      while (sessions.length < 10) {
        const session = connectHttp2(urlOf(api, ''));
        sessions.push(session);
        // One after the other: a busy machine would take too long over ten TLS handshakes at once.
        await waitOver(session);
      }
      // A quarter of a MiB for each, sockets on both sides included; and then no more.
      expect(await growth(ask)).toBeLessThan(256);
      expect(await growth(ask)).toBeLessThan(flat);
    } finally {
      for (const session of sessions) session.destroy();
    }
  }, 120_000);
});

function pidOf({ child }: Tunnel): number {
  return child.pid ?? 0;
}

async function waitOver(session: ClientHttp2Session): Promise<string> {
  return text(session.request({ ':path': '/wait' }).setEncoding('utf8'));
}
