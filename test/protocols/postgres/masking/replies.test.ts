import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Mask } from '../../../../src/core/masking.ts';
import { AnswerOrder } from '../../../../src/protocols/postgres/answer-order.ts';
import { AnswerTap } from '../../../../src/protocols/postgres/answer-tap.ts';
import { describeRows } from '../../../../src/protocols/postgres/masking/describe-rows.ts';
import { ReplyMasker } from '../../../../src/protocols/postgres/masking/reply-masker.ts';
import { ResultMasks } from '../../../../src/protocols/postgres/masking/result-masks.ts';
import { SessionMasking } from '../../../../src/protocols/postgres/masking/session-masking.ts';
import { builtInShapes } from '../../../../src/protocols/postgres/masking/typed/type-shapes.ts';
import { Outlet } from '../../../../src/protocols/postgres/outlet.ts';
import { ReplyTracker } from '../../../../src/protocols/postgres/replies.ts';
import { relayReplies } from '../../../../src/protocols/postgres/reply-loop.ts';
import { encodeCommandComplete } from '../../../../src/protocols/postgres/wire/backend/command-complete.ts';
import {
  decodeDataRow,
  encodeDataRow,
} from '../../../../src/protocols/postgres/wire/backend/data-row.ts';
import { encodeReadyForQuery } from '../../../../src/protocols/postgres/wire/backend/ready-for-query.ts';
import {
  type ColumnDescription,
  encodeRowDescription,
} from '../../../../src/protocols/postgres/wire/backend/row-description.ts';
import { backendType } from '../../../../src/protocols/postgres/wire/backend-types.ts';
import { maskingOf, ruleWith } from '../../../masking/questions.ts';
import { keptNotes } from '../../../recording/kept-notes.ts';
import { parser } from '../sql/shared-parser.ts';
import { sizes, splitAt } from '../wire/splits.ts';

const secret = 'zq7-secret@example.com';
const redact: Mask = { strategy: 'redact', apply: () => '[masked]' };
/** text, jsonb, int4, text[], varchar: what a column holds, and whether it is masked. */
const types = [25, 3802, 23, 1009, 1043] as const;

const value = (typeOid: number, format: 0 | 1) =>
  fc.option(
    fc.string({ maxLength: 30 }).map((around) => {
      if (typeOid === 23 && format === 1) return Buffer.from([0, 0, 0, 7]);
      const version = typeOid === 3802 && format === 1 ? Buffer.from([1]) : Buffer.alloc(0);
      return Buffer.concat([version, Buffer.from(`${around}${secret}${around}`)]);
    }),
  );

const answer = fc.constantFrom<0 | 1>(0, 1).chain((format) =>
  fc
    .record({
      masked: fc.array(fc.boolean(), { minLength: types.length, maxLength: types.length }),
      rows: fc.array(fc.tuple(...types.map((type) => value(type, format))), { maxLength: 6 }),
    })
    .map((parts) => ({ ...parts, format })),
);

async function relayed(
  pieces: readonly Buffer[],
  { masked, described }: { masked: readonly boolean[]; described: readonly ColumnDescription[] },
): Promise<Buffer> {
  const masking = maskingOf([ruleWith({ columns: ['t.*'] })]);
  if (masking === null) throw new Error('nothing is masked');
  const session = new SessionMasking({ masking, source: null, parser });
  const textTypes: ReadonlySet<number> = new Set();
  const protection = {
    maskOf: (_table: number, column: number) => (masked[column - 1] === true ? redact : null),
    ...{ tables: () => null, isUserFunction: () => true, isPlainType: () => false },
    ...{ isConverted: () => true, convertsUnasked: false },
    ...{ loses: () => null, isRuled: () => true },
    ...{ textTypes, shapes: builtInShapes, isView: () => false, isGenerated: () => false },
  };
  const context = { protection, dirty: false, masksColumns: true, text: null };
  const masks = new ResultMasks([], (columns) => describeRows(columns, null, context));
  const tracker = new ReplyTracker();
  const operation = { number: 1, statement: null, run: null };
  tracker.expect({ kind: 'query', operation, masks, completed: () => {} });
  const client = new PassThrough();
  const out: Buffer[] = [];
  client.on('data', (chunk: Buffer) => out.push(chunk));
  const server = new PassThrough();
  const answers = new AnswerOrder(() => tracker.head);
  const relaying = relayReplies(server, Buffer.alloc(0), {
    ...{ tracker, answers, masker: new ReplyMasker(session), maxReplyBytes: 1 << 20 },
    outlet: new Outlet(client, new AnswerTap(keptNotes(), answers)),
    ...{ ready: () => {}, goodbye: () => {}, progressed: () => {} },
  });
  for (const piece of pieces) server.write(piece);
  server.end();
  await relaying;
  expect(described.length).toBe(types.length);
  return Buffer.concat(out);
}

test('rows cut at any byte are masked as whole ones are, in text and binary', async () => {
  await fc.assert(
    fc.asyncProperty(answer, sizes, async ({ format, masked, rows }, where) => {
      const described = types.map((typeOid, index): ColumnDescription => {
        const column = { tableOid: 20_000, columnNumber: index + 1, typeOid, format };
        return { name: 'c', typeSize: -1, typeModifier: -1, ...column };
      });
      const sent = Buffer.concat([
        encodeRowDescription(described),
        ...rows.map((row) => encodeDataRow(row)),
        encodeCommandComplete(`SELECT ${rows.length}`),
        encodeReadyForQuery('idle'),
      ]);
      const whole = await relayed([sent], { masked, described });
      const cut = await relayed(splitAt(sent, where), { masked, described });
      expect(cut.equals(whole)).toBe(true);
      const shown = rowsIn(whole);
      expect(shown.length).toBe(rows.length);
      for (const [index, row] of rows.entries()) {
        for (const [column, before] of row.entries()) {
          const after = shown[index]?.[column] ?? null;
          if (masked[column] === true) expect(after?.includes(secret) ?? false).toBe(false);
          else expect(after).toEqual(before);
        }
      }
    }),
    { numRuns: 150 },
  );
});

function rowsIn(bytes: Buffer): readonly (readonly (Buffer | null)[])[] {
  const rows: (readonly (Buffer | null)[])[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    const raw = bytes.subarray(at, end);
    if (raw[0] === backendType.dataRow) rows.push(decodeDataRow(raw).values);
    at = end;
  }
  return rows;
}
