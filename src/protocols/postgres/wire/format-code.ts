import type { BodyReader } from './body-reader.ts';
import { WireError } from './wire-error.ts';

/** 0 text, 1 binary. */
export type FormatCode = 0 | 1;

export function readFormatCode(body: BodyReader): FormatCode {
  const code = body.int16();
  if (code !== 0 && code !== 1) throw new WireError('BAD_VALUE', `unknown format code ${code}`);
  return code;
}
