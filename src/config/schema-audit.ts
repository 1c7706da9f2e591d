import { z } from 'zod';
import { anchor } from './schema-anchors.ts';
import { closed, notEnforced, text } from './schema-parts.ts';

export const audit = closed({
  folder: text.optional(),
  key: text.optional(),
  anchors: z.array(anchor).max(10, 'must be at most 10').default([]),
  sinks: notEnforced('sinks of the audit log are'),
});

export const metrics = notEnforced('metrics are');
