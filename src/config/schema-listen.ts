import { z } from 'zod';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const listenHint = 'must be HOST:PORT, such as 127.0.0.1:7443 or [::1]:7443';

export const listen = z.string(listenHint).transform((value, context): ListenAddress => {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(value);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host !== undefined && port <= 65_535) return { host, port };
  context.addIssue(listenHint);
  return z.NEVER;
});
