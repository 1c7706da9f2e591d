import { serialize } from 'pg-protocol';
import { BodyReader } from '../body-reader.ts';
import { frontendType } from '../frontend-types.ts';
import type { Span } from '../span.ts';

export interface Execute {
  readonly kind: 'execute';
  readonly raw: Span;
  readonly portal: string;
  /** Zero or less: all rows. */
  readonly maxRows: number;
}

export function decodeExecute(raw: Span): Execute {
  const body = BodyReader.ofSpan(raw, frontendType.execute);
  const portal = body.name();
  const maxRows = body.int32();
  body.end();
  return { kind: 'execute', raw, portal, maxRows };
}

export function encodeExecute(portal: string, maxRows: number): Buffer {
  return serialize.execute({ portal, rows: maxRows });
}
