import type { Reply } from '../wire/decode-reply.ts';
import { type ReplyType, replyType, statusCode } from '../wire/packet-types.ts';
import type { Read } from '../wire/request/read-write.ts';
import { WireFault } from '../wire/wire-fault.ts';
import type { ClearedFile } from './file-action.ts';
import { changesTarget, type FileOperation } from './file-operation.ts';
import type { HandleTable, OpenHandle } from './handle-table.ts';
import type { OpenFile } from './open-file.ts';
import { failureText } from './status-words.ts';
import type { AwaitedReply } from './upstream-requests.ts';

/** Nothing depends on the answer. */
export function passed(clientId: number, expects: ReplyType): AwaitedReply {
  return { clientId, expects, changes: false, answered: () => {}, lost: () => {} };
}

/** A decided operation that is over with its answer. */
export function settled(
  clientId: number,
  operation: FileOperation,
  clearance: ClearedFile,
): AwaitedReply {
  return {
    clientId,
    expects: operation.expects,
    changes: changesTarget(operation),
    answered: (reply) => settleWith(clearance, reply),
    lost: (sent) => settleLost(clearance, operation, sent),
  };
}

/** A decided operation that gives a handle: `opened` says for what it stands. */
export function opening(
  clientId: number,
  operation: FileOperation,
  clearance: ClearedFile,
  handles: HandleTable,
  opened: () => OpenHandle,
): AwaitedReply {
  return {
    ...settled(clientId, operation, clearance),
    async answered(reply) {
      if (reply.type !== replyType.handle) return settleWith(clearance, reply);
      const handle = opened();
      if (handle.kind === 'folder') await clearance.settle('succeeded', null);
      try {
        handles.add(reply.handle, handle);
      } catch (error) {
        if (handle.kind === 'file') await handle.lost();
        throw error;
      }
    },
  };
}

export function reading(
  clientId: number,
  file: OpenFile,
  { offset, length }: Pick<Read, 'offset' | 'length'>,
): AwaitedReply {
  return {
    ...passed(clientId, replyType.data),
    contents: { file: file.sent, offset },
    answered(reply) {
      if (reply.type !== replyType.data) return;
      if (reply.length > length) throw new WireFault('TOO_LONG', 'more data than was asked for');
      file.readBytes(reply.length);
    },
  };
}

export function writing(clientId: number, file: OpenFile, bytes: number | 'copied'): AwaitedReply {
  return {
    ...passed(clientId, replyType.status),
    answered(reply) {
      if (reply.type === replyType.status) file.writeAnswered(bytes, reply.code, reply.message);
    },
  };
}

export function closing(clientId: number, opened: OpenHandle, forget: () => void): AwaitedReply {
  return {
    ...passed(clientId, replyType.status),
    async answered(reply) {
      forget();
      if (opened.kind === 'file' && reply.type === replyType.status) {
        await opened.closed(reply.code, reply.message);
      }
    },
    async lost() {
      if (opened.kind === 'file') await opened.lost();
    },
  };
}

async function settleWith(clearance: ClearedFile, reply: Reply): Promise<void> {
  if (reply.type !== replyType.status || reply.code === statusCode.ok) {
    await clearance.settle('succeeded', null);
  } else {
    await clearance.settle('failed', failureText(reply.code, reply.message));
  }
}

async function settleLost(clearance: ClearedFile, operation: FileOperation, sent: boolean) {
  if (!sent) await clearance.settle('failed', neverSent);
  else if (changesTarget(operation)) await clearance.settle('unknown', unanswered);
  else await clearance.settle('failed', unanswered);
}

export const neverSent = 'the session ended before it was sent';
const unanswered = 'the session ended before the server answered';
