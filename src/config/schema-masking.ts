import { z } from 'zod';
import { detectorNames, maskStrategies } from '../core/masking.ts';
import {
  atLeastOne,
  closed,
  duration,
  name,
  notEnforced,
  secret,
  text,
  texts,
} from './schema-parts.ts';

const principals = closed({
  groups: texts.optional(),
  users: texts.optional(),
  kinds: atLeastOne(z.enum(['human', 'ci', 'agent'])).optional(),
});

const column = text.regex(
  /^[^.]+(\.[^.]+){1,2}$/,
  'is no column: write schema.table.column or table.column, with * for any',
);

/** What holds between its keys is checked beside it, in check-masking. */
const rule = closed({
  name: text.optional(),
  connections: texts.optional(),
  labels: z.record(name, text).optional(),
  principals: principals.optional(),
  except: principals.optional(),
  columns: atLeastOne(column).optional(),
  paths: texts.optional(),
  detectors: atLeastOne(z.enum(detectorNames)).optional(),
  patterns: z.record(name, text).optional(),
  strategy: z.enum(maskStrategies).default('redact'),
  key: secret.optional(),
  files: notEnforced('files is'),
  secrets: z.enum(['mask', 'show']).optional(),
  unmask: closed({ chain: name, for: duration }).optional(),
});

export const masking = z.array(rule).default([]);
export const maskingKey = secret.optional();
