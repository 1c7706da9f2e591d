import { z } from 'zod';
import { closed, name, text, texts } from './schema-parts.ts';
import { recordingNeed } from './schema-recording.ts';

export const port = z
  .int('must be a port number')
  .min(1, 'must be at least 1')
  .max(65_535, 'must be at most 65535');

/** What connections of every type have. */
export const connectionKeys = {
  labels: z.record(name, text).default({}),
  recording: recordingNeed.optional(),
  access: closed({ groups: texts.default([]), users: texts.default([]) }),
};
