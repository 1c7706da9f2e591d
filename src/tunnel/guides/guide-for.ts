import type { ConnectionView } from '../../control/contract.ts';
import type { ClientGuide } from './client-guide.ts';
import { httpGuide } from './http.ts';
import { kubernetesGuide } from './kubernetes.ts';
import { postgresGuide } from './postgres.ts';
import { sshGuide } from './ssh.ts';
import type { SshTools } from './ssh-settings.ts';

export function guideFor(connection: ConnectionView, ssh: SshTools): ClientGuide {
  switch (connection.type) {
    case 'postgres':
      return postgresGuide(connection);
    case 'ssh':
      return sshGuide(connection, ssh);
    case 'http':
      return httpGuide();
    case 'kubernetes':
      return kubernetesGuide(connection);
    default:
      return connection satisfies never;
  }
}
