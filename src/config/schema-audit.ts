import { z } from 'zod';
import { closed, notEnforced, secret, text } from './schema-parts.ts';
import { sinks, webhookUrl } from './schema-sinks.ts';

/** Where checkpoints go beside the log: exactly one of the kinds. */
const anchor = closed({
  file: text.optional(),
  webhook: webhookUrl.optional(),
  secret: secret.optional(),
  s3: notEnforced('an S3 anchor is'),
  git: notEnforced('a git anchor is'),
}).check((context) => {
  const { file, webhook, secret: key } = context.value;
  if ((file === undefined) === (webhook === undefined)) {
    context.issues.push({
      code: 'custom',
      message: 'must be { file: PATH } or { webhook: URL }',
      input: context.value,
    });
  } else if (key !== undefined && webhook === undefined) {
    context.issues.push({
      code: 'custom',
      message: 'only a webhook is signed',
      path: ['secret'],
      input: context.value,
    });
  }
});

export const audit = closed({
  folder: text.optional(),
  key: text.optional(),
  anchors: z.array(anchor).max(10, 'must be at most 10').default([]),
  sinks,
});
