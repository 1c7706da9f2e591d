import { connect, type Socket } from 'node:net';
import type { CancelKey } from '../../../../src/protocols/postgres/wire/cancel-key.ts';
import {
  type BackendMessage,
  decodeBackend,
} from '../../../../src/protocols/postgres/wire/decode-backend.ts';
import { encodeBind } from '../../../../src/protocols/postgres/wire/frontend/bind.ts';
import {
  encodeFlush,
  encodeSync,
} from '../../../../src/protocols/postgres/wire/frontend/bodiless.ts';
import {
  encodeClose,
  encodeDescribe,
} from '../../../../src/protocols/postgres/wire/frontend/describe-close.ts';
import { encodeExecute } from '../../../../src/protocols/postgres/wire/frontend/execute.ts';
import { encodeParse } from '../../../../src/protocols/postgres/wire/frontend/parse.ts';
import { encodeQuery } from '../../../../src/protocols/postgres/wire/frontend/query.ts';
import { encodeCancelRequest } from '../../../../src/protocols/postgres/wire/startup/cancel-request.ts';
import { encodeStartupMessage } from '../../../../src/protocols/postgres/wire/startup/startup-message.ts';

/** A client that says exactly the bytes it is told to. */
export interface RawClient extends AsyncDisposable {
  readonly socket: Socket;
  readonly key: CancelKey;
  /** Every message since the start, and since the last `take`. */
  readonly all: readonly BackendMessage[];
  send(...bytes: readonly Buffer[]): void;
  /** What came up to and with the next ReadyForQuery; throws when the server hangs up first. */
  ready(): Promise<Turn>;
  /** The next message of that kind, with all before it dropped. */
  until(kind: BackendMessage['kind']): Promise<BackendMessage>;
  closed(): Promise<void>;
}

export interface Turn {
  readonly kinds: readonly string[];
  /** SQLSTATEs of the errors. */
  readonly errors: readonly string[];
  readonly messages: readonly string[];
  readonly tags: readonly string[];
  readonly status: string;
  /** First column of each row, as text. */
  readonly values: readonly string[];
}

export async function rawClient(port: number, database = 'app'): Promise<RawClient> {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  socket.on('error', () => {});
  const all: BackendMessage[] = [];
  let pending = Buffer.alloc(0);
  let wake = () => {};
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 5 && pending.length > pending.readInt32BE(1)) {
      const end = pending.readInt32BE(1) + 1;
      all.push(decodeBackend(Buffer.from(pending.subarray(0, end))));
      pending = pending.subarray(end);
    }
    wake();
  });
  let over = false;
  socket.on('close', () => {
    over = true;
    wake();
  });
  let read = 0;

  async function until(kind: BackendMessage['kind']): Promise<BackendMessage> {
    for (;;) {
      const message = all[read];
      if (message !== undefined) {
        read += 1;
        if (message.kind === kind) return message;
      } else {
        if (over) throw new Error(`hung up; said ${all.map((one) => one.kind).join(' ')}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }

  async function ready(): Promise<Turn> {
    const start = read;
    await until('readyForQuery');
    return turnOf(all.slice(start, read));
  }

  socket.write(
    encodeStartupMessage(
      new Map([
        ['user', 'raw'],
        ['database', database],
      ]),
    ),
  );
  await ready();
  const key = all.find((message) => message.kind === 'backendKeyData');
  if (key === undefined) throw new Error('no key');
  return {
    socket,
    key,
    all,
    send: (...bytes) => void socket.write(Buffer.concat(bytes)),
    ready,
    until,
    async closed() {
      while (!over) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
    },
  };
}

export function cancelWith(port: number, key: CancelKey): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.resume();
    socket.write(encodeCancelRequest(key));
  });
}

function turnOf(messages: readonly BackendMessage[]): Turn {
  const errors: string[] = [];
  const said: string[] = [];
  const tags: string[] = [];
  const values: string[] = [];
  let status = '';
  for (const message of messages) {
    if (message.kind === 'errorResponse') {
      errors.push(message.fields.code ?? '');
      said.push(message.fields.message ?? '');
    }
    if (message.kind === 'commandComplete') tags.push(message.tag);
    if (message.kind === 'readyForQuery') status = message.status;
    if (message.kind === 'dataRow') values.push(message.values[0]?.toString() ?? 'null');
  }
  return { kinds: messages.map(({ kind }) => kind), errors, messages: said, tags, status, values };
}

export const query = encodeQuery;
export const sync = encodeSync();
export const flush = encodeFlush();

export function parse(statement: string, text: string): Buffer {
  return encodeParse({ statement, text, parameterTypes: [] });
}

export function bind(portal: string, statement: string, ...values: readonly string[]): Buffer {
  return encodeBind({
    portal,
    statement,
    parameterFormats: [],
    values: values.map((value) => Buffer.from(value)),
    resultFormats: [],
  });
}

export function execute(portal: string, rows = 0): Buffer {
  return encodeExecute(portal, rows);
}

export function closeStatement(name: string): Buffer {
  return encodeClose({ object: 'statement', name });
}

export function describeStatement(name: string): Buffer {
  return encodeDescribe({ object: 'statement', name });
}

/** Parse, Bind and Execute of the unnamed statement. */
export function run(text: string, ...values: readonly string[]): Buffer {
  return Buffer.concat([parse('', text), bind('', '', ...values), execute('')]);
}
