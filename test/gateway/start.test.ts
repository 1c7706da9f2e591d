import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../peers/free-port.ts';

let folder: string;
let children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hoopx-start-'));
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

interface Gateway {
  readonly child: ChildProcess;
  /** Resolves with the first line of the log that has this in it. */
  logged(text: string): Promise<string>;
  readonly ended: Promise<number | null>;
}

async function configFile(port: number, more = ''): Promise<string> {
  const file = path.join(folder, 'hoopx.gateway.yaml');
  const text = `gateway: { listen: "127.0.0.1:${port}" }
store: sqlite:./hoopx.db
identity:
  - { name: corp, issuer: "http://127.0.0.1:1", clientId: hoopx, kind: human }
connections: {}
rules: []
${more}`;
  await writeFile(file, text);
  return file;
}

function start(config: string): Gateway {
  const args = ['bin/run.js', 'gateway', 'start', '--config', config];
  const env = { PATH: process.env.PATH ?? '', HOME: folder };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const lines: string[] = [];
  const reader = createInterface({ input: child.stderr });
  reader.on('line', (line) => lines.push(line));
  const ended = once(child, 'close').then(() => child.exitCode);
  const logged = async (text: string) => {
    const signal = AbortSignal.timeout(30_000);
    for (;;) {
      const found = lines.find((line) => line.includes(text));
      if (found !== undefined) return found;
      await once(reader, 'line', { signal }).catch(() => {
        throw new Error(`the log never said "${text}":\n${lines.join('\n')}`);
      });
    }
  };
  return { child, logged, ended };
}

describe('gateway start', () => {
  it('refuses a bad configuration with exit 78, and says where it is bad', async () => {
    const gateway = start(await configFile(0, 'surprise: true\n'));
    const line = await gateway.logged('surprise');
    expect(line).toContain('hoopx.gateway.yaml');
    expect(await gateway.ended).toBe(78);
  }, 60_000);

  it('says that its port is taken', async () => {
    const { createServer } = await import('node:net');
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const gateway = start(await configFile(port));
    await gateway.logged('is taken by another program');
    expect(await gateway.ended).toBe(78);
    other.close();
  }, 60_000);

  it('reads a good file again on SIGHUP, refuses a bad one, and ends on SIGTERM with 0', async () => {
    const config = await configFile(await freePort());
    const gateway = start(config);
    await gateway.logged('the gateway listens');
    await writeFile(config, `${await readFile(config, 'utf8')}\nnonsense: 1\n`);
    gateway.child.kill('SIGHUP');
    expect(await gateway.logged('was refused')).toContain('nonsense');
    await configFile(0, 'defaults: { unmatched: deny }\n');
    gateway.child.kill('SIGHUP');
    await gateway.logged('was read again');
    await gateway.logged('gateway.listen');
    gateway.child.kill('SIGTERM');
    await gateway.logged('the gateway has stopped');
    expect(await gateway.ended).toBe(0);
  }, 40_000);

  it('does not share its store with another', async () => {
    const first = start(await configFile(await freePort()));
    await first.logged('the gateway listens');
    const second = start(await configFile(await freePort()));
    await second.logged('another gateway is using the store');
    expect(await second.ended).toBe(78);
    first.child.kill('SIGINT');
    expect(await first.ended).toBe(0);
  }, 40_000);
});
