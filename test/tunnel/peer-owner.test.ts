import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { peerOwner } from '../../src/tunnel/peer-owner.ts';

describe('the owner of the other end', () => {
  it.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
    'is not taken for root when another user has closed it already, having said what it wanted',
    async () => {
      const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      const accepted = once(server, 'connection');
      const script = `exec 3<>/dev/tcp/127.0.0.1/${address.port} && echo theirs >&3`;
      const child = spawn('runuser', ['-u', 'nobody', '--', 'bash', '-c', script]);
      const [socket]: Socket[] = await accepted;
      await once(child, 'close');
      await delay(100);
      if (socket === undefined) throw new Error('no socket');
      expect(await peerOwner(socket)).toBe('other');
      socket.destroy();
      server.close();
    },
  );
});
