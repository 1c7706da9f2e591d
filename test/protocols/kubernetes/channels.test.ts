import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { RefusedError } from '../../../src/core/refusal.ts';
import type { RuleSpec } from '../../../src/core/rules.ts';
import { clusterPeers, type KubeCluster, startCluster } from '../../peers/kubernetes/cluster.ts';
import { describeWith } from '../../peers/require-peer.ts';
import { type GatedCluster, gateCluster } from './gated-cluster.ts';

const rules: readonly RuleSpec[] = [
  { name: 'exec passes', kubernetes: { risk: ['exec'] }, then: 'allow' },
];

/** Channels of the remote command protocol (k8s.io/apimachinery, util/remotecommand). */
const [stdin, stdout, errors, resize] = [0, 1, 3, 4];

describeWith(clusterPeers, 'a remote command over a WebSocket, channel by channel', () => {
  let cluster: KubeCluster;
  beforeAll(async () => {
    cluster = await startCluster();
    await cluster.run(['run', 'web', '--image=x', '--', 'sleep', '300']);
    await cluster.run(['wait', '--for=condition=Ready', 'pod/web', '--timeout=30s']);
  }, 120_000);
  afterAll(() => cluster?.stop());

  describe.each(['v4.channel.k8s.io', 'v5.channel.k8s.io'])('%s', (protocol) => {
    function terminal({ gated }: GatedCluster, line: string) {
      const query = new URLSearchParams({ stdin: 'true', stdout: 'true', tty: 'true' });
      for (const word of ['sh', '-c', line]) query.append('command', word);
      const url = `${gated.url}/api/v1/namespaces/default/pods/web/exec?${query}`;
      const socket = new WebSocket(url, protocol);
      const read = new Map<number, string>();
      socket.on('error', () => {});
      socket.on('message', (data) => {
        if (!Buffer.isBuffer(data)) throw new Error('no single message');
        const channel = data[0] ?? -1;
        read.set(channel, (read.get(channel) ?? '') + data.toString('utf8', 1));
      });
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      const opened = new Promise<void>((resolve) => socket.once('open', () => resolve()));
      return {
        ...{ socket, opened, closed },
        said: (channel: number | undefined) => read.get(channel ?? -1) ?? '',
        send: (channel: number | undefined, text: string) =>
          socket.send(Buffer.concat([Buffer.from([channel ?? -1]), Buffer.from(text)])),
      };
    }

    test('a terminal is resized, typed into, and ends with its exit code', async () => {
      await using gate = await gateCluster(cluster, { rules });
      const { socket, said, send, opened, closed } = terminal(gate, 'read a; stty size; exit 4');
      await opened;
      expect(socket.protocol).toBe(protocol);
      send(resize, '{"Width":101,"Height":42}');
      await expect
        .poll(() => {
          send(stdin, '\n');
          return said(stdout);
        })
        .toContain('42 101');
      await closed;
      expect(JSON.parse(said(errors))).toMatchObject({
        details: { causes: [{ reason: 'ExitCode', message: '4' }] },
      });
    });

    test('one that the gateway ends is told so', async () => {
      await using gate = await gateCluster(cluster, { rules });
      const { said, opened, closed } = terminal(gate, 'echo on; sleep 60');
      await opened;
      await expect.poll(() => said(stdout)).toContain('on');
      gate.gated.ending.abort(
        new RefusedError({ code: 'SESSION_KILLED', message: 'ended by an operator' }),
      );
      await closed;
      expect(JSON.parse(said(errors))).toMatchObject({
        status: 'Failure',
        message: expect.stringContaining('ended by an operator'),
      });
    });
  });
});
