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
/** Of all rows that a type is made of. */
const mostMembers = 10_000;
/** Elements and members, however deep: they are masked in one go, while everybody waits. */
const mostParts = 10_000;

/** Null for a type of which nothing stands for a value. */
export function typedValue(typeOid: number, mask: TypedMask): MaskedValue | null {
  return new TypedValue(mask).of(typeOid);
}

class TypedValue {
  readonly #mask: TypedMask;
  /** By depth and OID: what many rows have as a member is made once. */
  readonly #made = new Map<string, MaskedValue | null>();
  #members = 0;
  /** Of the value at hand. */
  #parts = 0;

  constructor(mask: TypedMask) {
    this.#mask = mask;
  }

  of(typeOid: number): MaskedValue | null {
    const whole = this.#within(typeOid, 0);
    if (whole === null || this.#members > mostMembers) return null;
    return (value) => {
      this.#parts = 0;
      const masked = whole(value);
      return this.#parts > mostParts ? null : masked;
    };
  }

  #within(typeOid: number, depth: number): MaskedValue | null {
    if (depth > mostNested) return null;
    const key = `${depth} ${typeOid}`;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const made = this.#make(typeOid, depth);
    this.#made.set(key, made);
    return made;
  }

  #make(typeOid: number, depth: number): MaskedValue | null {
    const { shapes, scalars, format, text } = this.#mask;
    const shape = builtInShapes.get(typeOid) ?? shapes.get(typeOid);
    if (shape === undefined)
      return this.#part(text(typeOid) ?? scalarValue(typeOid, scalars, format));
    switch (shape.kind) {
      case 'domain':
        return this.#within(shape.base, depth + 1);
      case 'array': {
        const value = this.#within(shape.element, depth + 1);
        return value && arrayValue({ typeOid: shape.element, value }, format);
      }
      case 'row':
        return this.#row(shape.members, depth);
      default:
        return shape satisfies never;
    }
  }

  #row(members: readonly number[], depth: number): MaskedValue | null {
    this.#members += members.length;
    if (this.#members > mostMembers) return null;
    const masked = (typeOid: number): RowMember => ({
      typeOid,
      value: this.#within(typeOid, depth + 1),
    });
    return rowValue(members.map(masked), this.#mask.format);
  }

  /** One too many is not masked, nor is any after it. */
  #part(value: MaskedValue | null): MaskedValue | null {
    if (value === null) return null;
    return (bytes) => {
      this.#parts += 1;
      return this.#parts > mostParts ? null : value(bytes);
    };
  }
}
