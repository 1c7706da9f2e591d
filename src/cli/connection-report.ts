import type { ConnectionView } from '../control/contract.ts';

export const connectionHeadings = ['NAME', 'TYPE', 'TARGET', 'LABELS'] as const;

export function connectionRow(connection: ConnectionView): readonly string[] {
  const { name, type } = connection;
  return [name, type, targetOf(connection), labelsOf(connection)];
}

/** What it is used for unless the client says otherwise. */
function targetOf(connection: ConnectionView): string {
  switch (connection.type) {
    case 'postgres':
      return connection.database;
    case 'ssh':
      return connection.user;
    case 'http':
    case 'kubernetes':
      return '';
    default:
      return connection satisfies never;
  }
}

/** All of it but its name; empty where there is nothing to say. */
export function connectionFields(
  connection: ConnectionView,
): readonly (readonly [what: string, value: string])[] {
  const use = `hoopx connect ${connection.name}`;
  const rest = [['labels', labelsOf(connection)] as const, ['connect', use] as const];
  switch (connection.type) {
    case 'postgres':
      return [
        ['type', connection.type],
        ['database', connection.database],
        ['also', connection.databases.join(' ')],
        ...rest,
      ];
    case 'ssh':
      return [
        ['type', connection.type],
        ['user', connection.user],
        ['also', connection.users.join(' ')],
        ['host key', connection.hostKey],
        ...rest,
      ];
    case 'http':
      return [['type', connection.type], ['methods', connection.methods.join(' ')], ...rest];
    case 'kubernetes':
      return [['type', connection.type], ...rest];
    default:
      return connection satisfies never;
  }
}

function labelsOf({ labels }: ConnectionView): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(' ');
}
