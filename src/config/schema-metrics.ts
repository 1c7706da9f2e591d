import { z } from 'zod';
import { isLoopback } from '../core/loopback.ts';
import { listen } from './schema-listen.ts';
import { closed } from './schema-parts.ts';

/** A listener without a login: off this machine only for those who say that they mean it. */
export const metrics = closed({
  listen: listen.default({ host: '127.0.0.1', port: 9464 }),
  exposed: z.boolean().default(false),
}).check(({ value, issues }) => {
  const { listen: address, exposed } = value;
  if (exposed || isLoopback(address.host)) return;
  const message = `${address.host} can be reached from other machines, and nobody logs in there: write exposed: true if that is meant`;
  issues.push({ code: 'custom', message, path: ['listen'], input: value });
});
