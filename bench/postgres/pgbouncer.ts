import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { serverAccount } from '../../src/demo/postgres/binaries.ts';
import { startProgram } from '../processes.ts';
import { type Route, type RouteParts, twoPorts } from './route.ts';

/** Client → pgbouncer → TLS → pgbouncer → server, one server connection for each client. */
export async function pgbouncerRoute({ folder, postgres, started }: RouteParts): Promise<Route> {
  const [near, far] = await twoPorts();
  const users = path.join(folder, 'users.txt');
  await writeFile(users, `"${postgres.user}" "${postgres.password}"\n`);
  const hops = [
    {
      file: path.join(folder, 'near.ini'),
      port: near,
      next: far,
      lines: [
        'auth_type = trust',
        'server_tls_sslmode = verify-ca',
        `server_tls_ca_file = ${path.join(folder, 'ca.pem')}`,
      ],
    },
    {
      file: path.join(folder, 'far.ini'),
      port: far,
      next: postgres.port,
      lines: [
        'auth_type = scram-sha-256',
        'client_tls_sslmode = require',
        `client_tls_cert_file = ${path.join(folder, 'cert.pem')}`,
        `client_tls_key_file = ${path.join(folder, 'key.pem')}`,
      ],
    },
  ];
  const between = [];
  for (const { file, port, next, lines } of hops) {
    const database = `${postgres.database} = host=127.0.0.1 port=${next}`;
    const settings = [
      ...['[databases]', database, '[pgbouncer]'],
      ...['listen_addr = 127.0.0.1', `listen_port = ${port}`, 'unix_socket_dir ='],
      ...['pool_mode = session', 'default_pool_size = 100', `auth_file = ${users}`],
      ...['ignore_startup_parameters = extra_float_digits', ...lines],
    ];
    await writeFile(file, `${settings.join('\n')}\n`);
    const account = serverAccount();
    const hop = started(startProgram('pgbouncer', [file], { account, cwd: folder }));
    await hop.listening(port);
    between.push(hop);
  }
  return { name: 'pgbouncer', port: near, between };
}
