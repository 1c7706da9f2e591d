import type { Environment } from './reference.ts';

/** What `env:` references read, and what `exec:` commands are given, unless a caller says otherwise. */
export function processEnvironment(): Environment {
  return process.env;
}
