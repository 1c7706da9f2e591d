import fc from 'fast-check';
import { encodeDescribe } from '../../../../src/protocols/postgres/wire/frontend/describe-close.ts';
import {
  bind,
  closeStatement,
  describeStatement,
  execute,
  flush,
  parse,
  query,
  sync,
} from './raw-client.ts';

/** One statement, told apart from all others by its mark. */
interface Piece {
  readonly kind:
    | 'rows'
    | 'copy'
    | 'masked'
    | 'masked copy'
    | 'fails'
    | 'fails early'
    | 'refused'
    | 'empty';
  readonly mark: number;
  /** Rows of an Execute; 0: all. */
  readonly limit: number;
  readonly describe: 'no' | 'statement' | 'portal' | 'only';
}

/** What is sent until ReadyForQuery. */
export interface Turn {
  readonly pieces: readonly Piece[];
  /** `simple`: one Query of all; `one by one`; `bound first`: all are bound, then executed. */
  readonly form: 'simple' | 'one by one' | 'bound first';
  /** A Flush behind that piece. */
  readonly flush: number;
}

/** Its mark, and where it reads nothing as many rows as its mark says. */
function textOf({ kind, mark }: Piece): string {
  const rows = `select 'k${mark}' as k${mark} from generate_series(1, ${mark})`;
  switch (kind) {
    case 'rows':
      return rows;
    case 'copy':
      return `copy (${rows}) to stdout`;
    case 'masked':
      return `select 'k${mark}' as k${mark}, secret from k`;
    case 'masked copy':
      return `copy (select 'k${mark}', secret from k) to stdout`;
    case 'fails':
      return `select ('k${mark}' || substr(random()::text, 1, 0))::int`;
    case 'fails early':
      return `select 'k${mark}'::int`;
    case 'refused':
      return `drop table k /* 'k${mark}' */`;
    case 'empty':
      return `/* 'k${mark}' */`;
    default:
      return kind satisfies never;
  }
}

export function wired(turn: Turn): Buffer {
  const { pieces, form } = turn;
  switch (form) {
    case 'simple':
      return query(pieces.map(textOf).join('; '));
    case 'one by one':
      return Buffer.concat([...pieces.flatMap((piece, at) => extended(piece, at, turn)), sync]);
    case 'bound first':
      return Buffer.concat([
        ...pieces.flatMap(beginning),
        ...pieces.flatMap(ending),
        ...pieces.flatMap(ending).reverse(),
        ...pieces.map(({ mark }) => closeStatement(`s${mark}`)),
        sync,
      ]);
    default:
      return form satisfies never;
  }
}

function extended(piece: Piece, at: number, turn: Turn): Buffer[] {
  const parts = [...beginning(piece), ...ending(piece), closeStatement(`s${piece.mark}`)];
  return at === turn.flush ? [...parts, flush] : parts;
}

function beginning(piece: Piece): Buffer[] {
  const { mark, describe } = piece;
  const name = `s${mark}`;
  const parsed = [parse(name, textOf(piece))];
  if (describe === 'statement' || describe === 'only') parsed.push(describeStatement(name));
  if (describe === 'only') return parsed;
  parsed.push(bind(`p${mark}`, name));
  if (describe === 'portal') parsed.push(encodeDescribe({ object: 'portal', name: `p${mark}` }));
  return parsed;
}

function ending({ mark, limit, describe }: Piece): Buffer[] {
  return describe === 'only' ? [] : [execute(`p${mark}`, limit)];
}

const usual = ['rows', 'rows', 'rows', 'masked', 'masked', 'copy', 'masked copy'] as const;
const others = ['fails', 'fails early', 'refused', 'empty'] as const;
const kinds = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...usual) },
  { weight: 1, arbitrary: fc.constantFrom(...others) },
);

const shape = fc.record({
  kind: kinds,
  limit: fc.constantFrom(0, 0, 2),
  describe: fc.constantFrom(...(['no', 'no', 'statement', 'portal', 'only'] as const)),
});

const marks = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });

const turn: fc.Arbitrary<Turn> = marks.chain((own) =>
  fc.record({
    pieces: fc.tuple(...own.map((mark) => shape.map((rest): Piece => ({ ...rest, mark })))),
    form: fc.constantFrom(...(['simple', 'one by one', 'bound first'] as const)),
    flush: fc.integer({ min: 0, max: 8 }),
  }),
);

export const turns: fc.Arbitrary<readonly Turn[]> = fc.array(turn, { minLength: 1, maxLength: 4 });
