import { connect as dial } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectOptions, type ConnectReady, connect } from '../../src/tunnel/connect.ts';
import { createNarrator } from '../../src/tunnel/narrate.ts';
import { lineClient } from '../gateway/line-client.ts';
import { type StartedGateway, startedGateway } from '../gateway/started-gateway.ts';

let gateway: StartedGateway;

beforeAll(async () => {
  gateway = await startedGateway();
}, 60_000);

afterAll(() => gateway[Symbol.asyncDispose]());

function options(more: Partial<ConnectOptions> = {}): ConnectOptions & { said: string[] } {
  const said: string[] = [];
  const client = gateway.client('engineer');
  return {
    said,
    client,
    connection: 'pg-test',
    reason: null,
    listen: { kind: 'port', port: 0 },
    asked: { words: [], terminal: false },
    until: () => new AbortController().signal,
    ssh: { proxy: [], knownHosts: (name) => `/nowhere/${name}`, environment: {} },
    trust: async () => {},
    refuse: async (_protocol, stream) => void stream.end(),
    onEvent: createNarrator(client, (line) => said.push(line)),
    onReady: () => {},
    say: (line) => said.push(line),
    ...more,
  };
}

function asking(...words: string[]): ConnectOptions['asked'] {
  return { words, terminal: false };
}

describe('connect with a command', () => {
  it.each([
    ['exit 0', 0],
    ['exit 7', 7],
    ['kill -TERM $$', 143],
  ])('passes the exit code of %s', async (script, exitCode) => {
    expect(await connect(options({ asked: asking('sh', '-c', script) }))).toBe(exitCode);
  });

  it('says that there is no such command, with the code that shells use', async () => {
    const failure = connect(options({ asked: asking('hoopx-no-such-command') }));
    await expect(failure).rejects.toMatchObject({ code: 'COMMAND_NOT_FOUND', exitCode: 127 });
  });

  it('sets the environment that clients read', async () => {
    const script = [
      'test "$PGHOST" = 127.0.0.1 && test "$PGSSLMODE" = disable && test "$PGDATABASE" = app',
      'test -n "$PGUSER" && test "$HOOPX_URL" = "postgres://$PGUSER@127.0.0.1:$PGPORT/app?sslmode=disable"',
      'exec 3<>"/dev/tcp/$PGHOST/$PGPORT" && read -r line <&3 && test "$line" = hello',
    ].join(' && ');
    expect(await connect(options({ asked: asking('bash', '-c', script) }))).toBe(0);
  });

  it('finds a Unix socket where libpq looks for it', async () => {
    const script = 'test -S "$PGHOST/.s.PGSQL.$PGPORT"';
    expect(
      await connect(options({ listen: { kind: 'socket' }, asked: asking('sh', '-c', script) })),
    ).toBe(0);
  });
});

describe('connect without a command', () => {
  it('stays until it is told to end, and tells what is held and what comes of it', async () => {
    const stop = new AbortController();
    let ready: (value: ConnectReady) => void = () => {};
    const opened = new Promise<ConnectReady>((resolve) => {
      ready = resolve;
    });
    const asked = options({ until: () => stop.signal, onReady: ready });
    const ended = connect(asked);
    const { port, url, command } = await opened;
    expect(url).toBe(`postgres://hoopx@127.0.0.1:${port}/app?sslmode=disable`);
    expect(command).toBe(`psql '${url}'`);
    const lines = lineClient(dial(port ?? 0, '127.0.0.1'));
    await lines.next();
    lines.send('delete \u001b[2J a row');
    const id = (await lines.next())?.slice('held '.length) ?? '';
    const reviewer = gateway.client('reviewer');
    await expect.poll(() => asked.said.join('\n')).toContain(`hoopx approve ${id}`);
    const { digest } = await reviewer.request(id);
    await reviewer.decide(id, { kind: 'deny', digest, reason: 'not \u001b]0;now' });
    await expect.poll(() => asked.said.join('\n')).toContain(`${id} was not run: denied by`);
    // pitfall 38: nothing that others wrote reaches the terminal as an escape.
    expect(asked.said.join('\n')).not.toContain('\u001b');
    expect(asked.said.join('\n')).toContain('\\u{1b}');
    lines.stream.destroy();
    stop.abort();
    expect(await ended).toBe(0);
  }, 60_000);
});
