/**
 * What stands for one value as the server sends it; null: nothing can, or it is not written as
 * values of its type are.
 */
export type MaskedValue = (value: Buffer) => Buffer | null;

export function textOf(value: Buffer): string {
  return value.toString('latin1');
}

export function written(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
