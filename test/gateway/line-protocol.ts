import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import type { SqlClass } from '../../src/core/facts.ts';
import type { OperationGate } from '../../src/core/gate.ts';
import type { Operation } from '../../src/core/operation.ts';
import type { ProtocolAdapters } from '../../src/gateway/protocols.ts';
import type { ProtocolAdapter } from '../../src/protocols/adapter.ts';

/** Whatever the connection's type. */
export function lineAdapters(): ProtocolAdapters {
  return {
    postgres: lineProtocol(),
    ssh: lineProtocol(),
    http: { ...lineProtocol(), open: noRequests },
    kubernetes: { ...lineProtocol(), open: noRequests },
    hostKey: 'ssh-ed25519 AAAA',
  };
}

function noRequests(): never {
  throw new Error('lines come over streams');
}

/**
 * The smallest adapter that keeps the seam's rules: each line is an operation, and is answered
 * by `ok …`, `held …` or `no CODE …`. `wait` runs until `done`; `echo` turns what
 * follows back, byte for byte.
 */
function lineProtocol(): ProtocolAdapter<unknown> {
  return {
    async serve(client, door) {
      client.on('error', () => {});
      const admission = await door.admit({ client: 'lines' });
      if (admission.kind === 'refused') {
        client.end(`no ${admission.refusal.code} ${admission.refusal.message}\n`);
        return;
      }
      const { grant } = admission;
      const left = new AbortController();
      // A client that says no more has left, as in PostgreSQL's protocol.
      client.once('end', () => left.abort());
      client.once('close', () => left.abort());
      const over = AbortSignal.any([grant.signal, left.signal]);
      const say = (text: string) => client.writable && client.write(`${text}\n`);
      let busy = false;
      const leaveIfIdle = () => {
        if (busy) return;
        say(`bye ${grant.draining.reason.refusal.code}`);
        lines.close();
      };
      const lines = createInterface({ input: client });
      grant.draining.addEventListener('abort', leaveIfIdle);
      grant.signal.addEventListener('abort', () => {
        if (!busy) say(`bye ${grant.signal.reason.refusal.code} ${grant.signal.reason.message}`);
        lines.close();
      });
      say('hello');
      try {
        for await (const line of lines) {
          if (line === 'echo') return await echo(client);
          busy = line !== 'done';
          if (line === 'wait') say('waiting');
          else if (line === 'done') say('ran');
          else await run(line, grant.gate, over, say);
          if (line !== 'wait') busy = false;
          if (grant.draining.aborted) leaveIfIdle();
        }
      } finally {
        grant.ended();
      }
    },
  };
}

async function echo(client: Duplex): Promise<void> {
  client.pipe(client);
  await once(client, 'end');
}

async function run(
  line: string,
  gate: OperationGate,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<void> {
  const held = (request: { id: string }) => say(`held ${request.id}`);
  const clearance = await gate.submit(operationOf(line), { held, signal });
  if (clearance.kind === 'refused') {
    say(`no ${clearance.refusal.code} ${clearance.refusal.message}`);
    return;
  }
  const sink = clearance.permit.spend();
  await sink.succeeded({ message: null, targetCode: null, rowCount: 1 });
  say(`ok ${line}`);
}

function operationOf(text: string): Operation {
  const [word = ''] = text.toLowerCase().split(' ');
  const classes: readonly SqlClass[] = [word === 'select' ? 'read' : 'write'];
  return {
    decidable: {
      protocol: 'postgres',
      text,
      summary: text,
      facts: {
        protocol: 'postgres',
        classes,
        statements: [word === 'drop' ? 'drop_table' : word],
        reads: [],
        writes: [],
        functions: [],
        where: [],
        copy: [],
        statementCount: 1,
        rowLocks: false,
        into: false,
        maskedPredicate: false,
      },
    },
    database: 'app',
    upstreamUser: 'app',
    claimable: true,
    action: () => ({ text }),
    presentation: () => ({
      statement: text,
      parameters: [],
      notes: [],
      outline: [],
      transaction: { state: 'none', ran: [] },
      inputNotReviewed: null,
    }),
  };
}
