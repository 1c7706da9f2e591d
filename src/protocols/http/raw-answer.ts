import { STATUS_CODES } from 'node:http';
import type { Answer } from './faults.ts';

/** For a connection that nothing else is said on afterwards. */
export function rawAnswer({ status, headers, body }: Answer): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const phrase = STATUS_CODES[status] ?? '';
  return `HTTP/1.1 ${status} ${phrase}\r\nConnection: close\r\n${lines}\r\n${body}`;
}
