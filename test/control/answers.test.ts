import { describe, expect, it } from 'vitest';
import { checkers } from '../../src/control/client/answers.ts';

const database = { name: 'pg', type: 'postgres', labels: {}, database: 'app', databases: [] };
const host = {
  ...{ name: 'bastion', type: 'ssh', labels: {}, user: 'deploy', users: [] },
  hostKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==',
};

describe('a connection that the gateway tells of', () => {
  it('is refused when its type is unknown, with what to do', () => {
    for (const type of ['carrier-pigeon', 'constructor', '__proto__']) {
      expect(() => checkers.connection({ ...database, type })).toThrow(
        expect.objectContaining({
          code: 'CONNECTION_TYPE_UNKNOWN',
          hint: expect.stringContaining('update hoopx'),
        }),
      );
    }
  });

  it('is refused when something of its own type is missing', () => {
    const { database: _, ...noDatabase } = database;
    const { hostKey: __, ...noHostKey } = host;
    for (const wrong of [noDatabase, noHostKey, { ...host, users: 'root' }]) {
      expect(() => checkers.connection(wrong)).toThrow(/not a connection/);
    }
  });

  it('is refused when its host key is more than a line of base64', () => {
    for (const hostKey of ['', 'ssh-ed25519', 'ssh-ed25519 AAAA\n* ssh-rsa BBBB', '@revoked x y']) {
      expect(() => checkers.connection({ ...host, hostKey })).toThrow(/not a host key/);
    }
  });

  it('passes as it came, also inside a tunnel', () => {
    expect(checkers.connection(database)).toEqual(database);
    const tunnel = {
      ...{ id: 'tun_1', mode: 'live', expiresAt: '', heartbeatEveryMs: 1, operations: [] },
      connection: host,
    };
    expect(checkers.tunnel(tunnel)).toEqual(tunnel);
    expect(() => checkers.tunnel({ ...tunnel, connection: { ...host, type: 'x' } })).toThrow();
  });
});
