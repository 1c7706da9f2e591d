import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startProgram } from '../processes.ts';
import { type Route, type RouteParts, twoPorts } from './route.ts';

/** Client → haproxy → TLS → haproxy → server: a tunnel that looks at nothing. */
export async function haproxyRoute({ folder, postgres, started }: RouteParts): Promise<Route> {
  const [near, far] = await twoPorts();
  const ca = path.join(folder, 'ca.pem');
  const pair = path.join(folder, 'pair.pem');
  const hops = [
    {
      file: path.join(folder, 'near.cfg'),
      port: near,
      bind: `127.0.0.1:${near}`,
      server: `127.0.0.1:${far} ssl verify required ca-file ${ca}`,
    },
    {
      file: path.join(folder, 'far.cfg'),
      port: far,
      bind: `127.0.0.1:${far} ssl crt ${pair}`,
      server: `127.0.0.1:${postgres.port}`,
    },
  ];
  const between = [];
  for (const { file, port, bind, server } of hops) {
    await writeFile(file, configuration(bind, server));
    const hop = started(startProgram('haproxy', ['-db', '-f', file]));
    await hop.listening(port);
    between.push(hop);
  }
  return { name: 'haproxy', port: near, between };
}

function configuration(bind: string, server: string): string {
  return `global
  nbthread 1
  maxconn 200
defaults
  mode tcp
  timeout connect 5s
  timeout client 10m
  timeout server 10m
listen hop
  bind ${bind}
  server next ${server}
`;
}
