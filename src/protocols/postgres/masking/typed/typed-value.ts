import type { ScalarMask } from '../../../../core/scalar-mask.ts';
import type { FormatCode } from '../../wire/format-code.ts';
import { arrayValue } from './array-value.ts';
import type { MaskedValue } from './masked-value.ts';
import { type RowMember, rowValue } from './row-value.ts';
import { scalarValue } from './scalar-value.ts';
import { builtInShapes, type TypeShapes } from './type-shapes.ts';

export interface TypedMask {
  readonly scalars: ScalarMask;
  /** Of the database's own types. */
  readonly shapes: TypeShapes;
  readonly format: FormatCode;
  /** For types that are text, and JSON; null for others. */
  readonly text: (typeOid: number) => MaskedValue | null;
}

/** Types hold each other no deeper than somebody made them; a catalog that says so is not believed. */
const mostNested = 8;

/** Null for a type of which nothing stands for a value. */
export function typedValue(typeOid: number, mask: TypedMask, depth = 0): MaskedValue | null {
  if (depth > mostNested) return null;
  const within = (oid: number) => typedValue(oid, mask, depth + 1);
  const shape = builtInShapes.get(typeOid) ?? mask.shapes.get(typeOid);
  if (shape === undefined) {
    return mask.text(typeOid) ?? scalarValue(typeOid, mask.scalars, mask.format);
  }
  switch (shape.kind) {
    case 'domain':
      return within(shape.base);
    case 'array': {
      const value = within(shape.element);
      return value && arrayValue({ typeOid: shape.element, value }, mask.format);
    }
    case 'row':
      return rowValue(
        shape.members.map((oid): RowMember => ({ typeOid: oid, value: within(oid) })),
        mask.format,
      );
    default:
      return shape satisfies never;
  }
}
