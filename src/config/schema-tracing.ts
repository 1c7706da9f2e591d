import { z } from 'zod';
import { certificate, closed, secret } from './schema-parts.ts';
import { protectedUrl } from './schema-url.ts';

/** OTLP/HTTP has no path of its own accord: what is written is what is posted to. */
const endpoint = protectedUrl
  .refine(
    (url) => !URL.canParse(url) || new URL(url).pathname !== '/',
    'names no path: where spans are taken is usually …/v1/traces',
  )
  .refine((url) => !/[?#]/.test(url), 'has no query: what proves who sends goes in headers');

/** RFC 9110, section 5.6.2. */
const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'is no name of a header');

/** What the message itself is made of. */
const ours =
  /^(host|connection|content-.*|transfer-encoding|expect|upgrade|te|trailer|keep-alive|proxy-.*)$/i;

const headers = z
  .record(headerName, secret)
  .default({})
  .check(({ value, issues }) => {
    const refuse = (message: string, ...path: string[]) =>
      void issues.push({ code: 'custom', message, path, input: value });
    const names = Object.keys(value);
    if (names.length > 20) refuse('must be at most 20');
    for (const name of names) if (ours.test(name)) refuse('is not for you to say', name);
    if (new Set(names.map((name) => name.toLowerCase())).size < names.length) {
      refuse('names one of them twice');
    }
  });

/** Where spans go. */
export const tracing = closed({
  endpoint,
  headers,
  ca: certificate.optional(),
  sample: z
    .number('must be a number between 0 and 1')
    .gt(0, 'must be more than 0; leave tracing out for no traces')
    .max(1, 'must be at most 1, which is every trace')
    .default(1),
}).check(({ value, issues }) => {
  if (value.ca === undefined || value.endpoint.startsWith('https:')) return;
  issues.push({
    code: 'custom',
    message: 'there is no TLS here to check',
    path: ['ca'],
    input: value,
  });
});
