import { z } from 'zod';
import { anchor } from './schema-anchors.ts';
import { closed, text } from './schema-parts.ts';
import { sinks } from './schema-sinks.ts';

export const audit = closed({
  folder: text.optional(),
  key: text.optional(),
  anchors: z.array(anchor).max(10, 'must be at most 10').default([]),
  sinks,
});
