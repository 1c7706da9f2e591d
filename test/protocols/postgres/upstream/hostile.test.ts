import { once } from 'node:events';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RefusedError } from '../../../../src/core/refusal.ts';
import type { PostgresTarget } from '../../../../src/protocols/postgres/target.ts';
import { connectUpstream } from '../../../../src/protocols/postgres/upstream.ts';
import {
  encodeAuthenticationOk,
  encodeAuthenticationSasl,
} from '../../../../src/protocols/postgres/wire/backend/authentication.ts';
import { encodeParameterStatus } from '../../../../src/protocols/postgres/wire/backend/parameter-status.ts';
import { encodeReadyForQuery } from '../../../../src/protocols/postgres/wire/backend/ready-for-query.ts';
import {
  encodeErrorResponse,
  encodeNoticeResponse,
} from '../../../../src/protocols/postgres/wire/backend/report.ts';
import { backendType } from '../../../../src/protocols/postgres/wire/backend-types.ts';
import { decodeStartup } from '../../../../src/protocols/postgres/wire/decode-startup.ts';
import { encodeMessage, int32 } from '../../../../src/protocols/postgres/wire/encode.ts';
import { hostileServer } from './hostile-server.ts';
import { requestFor } from './targets.ts';

type Mode = PostgresTarget['tls']['mode'];

async function meet(mode: Mode, behave: (socket: Socket) => Promise<void> | void) {
  const server = await hostileServer(mode, behave);
  try {
    const { stream } = await connectUpstream(server.target, requestFor(server.target));
    stream.destroy();
    return { code: 'connected', message: '', received: server.received() };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const { code, message } = error.refusal;
    return { code, message, received: server.received() };
  } finally {
    server.close();
  }
}

/** Answers the nth chunk with the nth reply. */
const script =
  (...replies: Buffer[]) =>
  async (socket: Socket) => {
    for (const reply of replies) {
      await once(socket, 'data');
      socket.write(reply);
    }
  };

const ready = encodeReadyForQuery('idle');
const pinned = [
  encodeParameterStatus('client_encoding', 'UTF8'),
  encodeParameterStatus('standard_conforming_strings', 'on'),
];
const authentication = (code: number, data = '') =>
  encodeMessage(backendType.authentication, int32(code), Buffer.from(data));

describe('a hostile server', () => {
  test('pitfall 14: that drops TLS under `prefer` is not handed the password', async () => {
    const { code, received } = await meet('prefer', script(Buffer.from('N'), authentication(3)));
    expect(code).toBe('UPSTREAM_UNTRUSTED');
    expect(received.toString('latin1')).not.toContain('the-password');
  });

  test('that puts bytes behind its agreement to use TLS is refused', async () => {
    const early = Buffer.concat([Buffer.from('S'), encodeAuthenticationOk(), ...pinned, ready]);
    const { code, message } = await meet('prefer', script(early));
    expect(code).toBe('UPSTREAM_UNTRUSTED');
    expect(message).toContain('unencrypted bytes');
  });

  test('that answers the request for TLS with an error is refused', async () => {
    const { code } = await meet('prefer', script(encodeErrorResponse({ message: 'what?' })));
    expect(code).toBe('UPSTREAM_UNREACHABLE');
  });

  test.each([
    ['off', pinned.slice(0, 1).concat(encodeParameterStatus('standard_conforming_strings', 'off'))],
    ['unsaid', pinned.slice(0, 1)],
    ['another encoding', pinned.slice(1).concat(encodeParameterStatus('client_encoding', 'SJIS'))],
  ])('whose pinned settings are %s is refused', async (_name, statuses) => {
    const greeting = Buffer.concat([encodeAuthenticationOk(), ...statuses, ready]);
    expect(await meet('disable', script(greeting))).toMatchObject({ code: 'PINNED_STATE_LOST' });
  });

  test('that says the password in its error does not get it shown', async () => {
    const error = encodeErrorResponse({ code: '28P01', message: 'not "the-password"\u001b[2J' });
    const { message } = await meet('disable', script(error));
    expect(message).toContain('not "[redacted]"\\u{1b}[2J (28P01)');
  });

  test('pitfall 15: that never stops talking, or announces a gigabyte, is refused', async () => {
    const status = encodeParameterStatus('x', 'y'.repeat(1000));
    const notice = encodeNoticeResponse({ message: 'z'.repeat(1000) });
    const huge = Buffer.from([backendType.authentication, 0x3f, 0xff, 0xff, 0xff]);
    for (const talk of [status, notice]) {
      const endless = Buffer.concat([encodeAuthenticationOk(), ...Array(3000).fill(talk)]);
      expect(await meet('disable', script(endless))).toMatchObject({
        code: 'UPSTREAM_UNREACHABLE',
        message: expect.stringContaining('TOO_LONG'),
      });
    }
    expect(await meet('disable', script(huge))).toMatchObject({
      message: expect.stringContaining('TOO_LONG'),
    });
  });

  const offer = encodeAuthenticationSasl(['SCRAM-SHA-256']);
  const challenge = (iterations: string) => async (socket: Socket) => {
    await once(socket, 'data');
    socket.write(offer);
    const [first]: Buffer[] = await once(socket, 'data');
    const nonce = /r=([^,]+)$/.exec(first?.toString('latin1') ?? '')?.[1] ?? '';
    socket.write(authentication(11, `r=${nonce}more,s=c2FsdA==,i=${iterations}`));
    await once(socket, 'data');
    socket.write(authentication(12, `v=${Buffer.alloc(32).toString('base64')}`));
    socket.write(Buffer.concat([encodeAuthenticationOk(), ...pinned, ready]));
  };

  test('that skips its half of SCRAM is refused', async () => {
    const greeting = Buffer.concat([encodeAuthenticationOk(), ...pinned, ready]);
    expect(await meet('disable', script(offer, greeting))).toMatchObject({
      code: 'UPSTREAM_UNTRUSTED',
      message: expect.stringContaining('skipped its challenge'),
    });
  });

  test('that does not know the password is refused', async () => {
    expect(await meet('disable', challenge('4096'))).toMatchObject({
      code: 'UPSTREAM_UNTRUSTED',
      message: expect.stringContaining('does not know the password'),
    });
  });

  test.each(['1', '4095', '1000001', '9999999999', '0', '-1', 'x'])(
    'that asks for %s iterations is refused at once',
    async (iterations) => {
      const { code } = await meet('disable', challenge(iterations));
      expect(code).toBe('UPSTREAM_UNTRUSTED');
    },
  );

  test.each([
    'r=somebody-elses,s=c2FsdA==,i=4096',
    'r=,s=c2FsdA==,i=4096',
    `r=${'x'.repeat(5000)},s=c2FsdA==,i=4096`,
    '',
  ])('that sends the challenge %.20j is refused', async (text) => {
    const { code } = await meet('disable', script(offer, authentication(11, text)));
    expect(code).toBe('UPSTREAM_UNTRUSTED');
  });

  test('pitfall 4: sees protocol 3.0, and the pinned settings last', async () => {
    const { received } = await meet('disable', script(encodeErrorResponse({ message: 'no' })));
    const startup = decodeStartup(received);
    expect(startup).toMatchObject({ kind: 'startup', minor: 0 });
    const names = startup.kind === 'startup' ? [...startup.parameters.keys()] : [];
    expect(names.slice(-2)).toEqual(['client_encoding', 'standard_conforming_strings']);
  });

  test('that sends anything at all is refused or understood, never a crash', async () => {
    const likely = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      fc.constantFrom(encodeAuthenticationOk(), offer, authentication(5, 'salt'), ...pinned, ready),
      fc
        .tuple(fc.constantFrom(...Object.values(backendType)), fc.uint8Array({ maxLength: 20 }))
        .map(([type, body]) => encodeMessage(type, Buffer.from(body))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(likely, { maxLength: 6 }), async (messages) => {
        const outcome = await meet('disable', async (socket) => {
          await once(socket, 'data');
          socket.end(Buffer.concat(messages));
        });
        expect(outcome.code).toMatch(/^(connected|UPSTREAM_|PINNED_)/);
      }),
      { numRuns: 150 },
    );
  });
});
