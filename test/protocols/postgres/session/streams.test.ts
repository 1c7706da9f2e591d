import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerOrder } from '../../../../src/protocols/postgres/answer-order.ts';
import { AnswerTap } from '../../../../src/protocols/postgres/answer-tap.ts';
import { Inbox } from '../../../../src/protocols/postgres/inbox.ts';
import { Outlet } from '../../../../src/protocols/postgres/outlet.ts';
import { encodeCopyData } from '../../../../src/protocols/postgres/wire/frontend/copy.ts';
import { encodeQuery } from '../../../../src/protocols/postgres/wire/frontend/query.ts';
import {
  createFrontendFramer,
  type FrontendFrame,
} from '../../../../src/protocols/postgres/wire/frontend-framer.ts';
import { viewOf } from '../../../../src/protocols/postgres/wire/span.ts';
import { WireError } from '../../../../src/protocols/postgres/wire/wire-error.ts';
import { keptNotes } from '../../../recording/kept-notes.ts';

const framer = () => createFrontendFramer({ maxMessageBytes: 1 << 20 });
const never = () => false;

async function* framesOf(inbox: Inbox): AsyncGenerator<FrontendFrame> {
  for (;;) {
    let wake = () => {};
    const news = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const frame = inbox.next(wake);
    if (frame === null) return;
    if (frame === 'later') await news;
    else yield frame;
  }
}

describe('the inbox', () => {
  it('hands out every message in order, however the bytes come and whatever the bound', async () => {
    const texts = fc.array(fc.string({ maxLength: 40 }), { maxLength: 50 });
    const safe = texts.map((list) => list.map((text) => text.replaceAll('\0', '')));
    await fc.assert(
      fc.asyncProperty(
        safe,
        fc.integer({ min: 1, max: 100 }),
        fc.nat(2000),
        async (list, cut, bound) => {
          const client = new PassThrough();
          const inbox = new Inbox(bound);
          void inbox.read(client, framer(), never);
          const bytes = Buffer.concat(list.map(encodeQuery));
          for (let at = 0; at < bytes.length; at += cut) client.write(bytes.subarray(at, at + cut));
          client.end();
          const got: Buffer[] = [];
          for await (const frame of framesOf(inbox)) {
            if (frame.kind === 'message') got.push(viewOf(frame));
          }
          expect(Buffer.concat(got).equals(bytes)).toBe(true);
          expect(got).toHaveLength(list.length);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('stops reading COPY data at a megabyte, and other messages at its bound', async () => {
    for (const [message, bound] of [
      [encodeCopyData(Buffer.alloc(60_000)), 1 << 20],
      [encodeQuery('x'.repeat(60_000)), 4 << 20],
    ] as const) {
      const client = new PassThrough({ highWaterMark: 64 * 1024 });
      const inbox = new Inbox(4 << 20);
      void inbox.read(client, framer(), never);
      let sent = 0;
      for (let stuck = 0; stuck < 20; ) {
        const before = client.writableLength + client.readableLength;
        if (before < 64 * 1024) {
          client.write(message);
          sent += message.length;
          stuck = 0;
        } else stuck += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(sent).toBeGreaterThan(bound);
      expect(sent).toBeLessThan(bound + 400_000);
      client.destroy();
    }
  });

  it('says why when what came is no message', async () => {
    const client = new PassThrough();
    const inbox = new Inbox(1000);
    const reading = inbox.read(client, framer(), never);
    client.write(Buffer.from('?????'));
    await reading;
    expect(inbox.gone.reason).toBeInstanceOf(WireError);
  });
});

const newTap = () => new AnswerTap(keptNotes(), new AnswerOrder(() => undefined));

describe('the outlet', () => {
  it('puts what the gateway says only between two messages of the server', async () => {
    const piece = fc.record({ ends: fc.boolean(), says: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
        const client = new PassThrough();
        const outlet = new Outlet(client, newTap());
        let inside = false;
        for (const { ends, says } of pieces) {
          await outlet.pass(Buffer.from(ends ? ')' : '('), ends);
          inside = !ends;
          if (says) await outlet.say(Buffer.from('!'));
        }
        if (inside) await outlet.pass(Buffer.from(')'), true);
        client.end();
        const text: string = client.read()?.toString() ?? '';
        expect(text).not.toMatch(/\(!/);
        expect([...text].filter((sign) => sign === '!')).toHaveLength(
          pieces.filter(({ says }) => says).length,
        );
      }),
    );
  });

  it('counts what it drops once nobody reads', async () => {
    const outlet = new Outlet(new PassThrough(), newTap());
    outlet.close();
    await outlet.pass(Buffer.alloc(10), true);
    await outlet.say(Buffer.alloc(5));
    expect(outlet.droppedBytes).toBe(15);
  });
});
