import type { Reply } from '../wire/decode-reply.ts';
import { type ReplyType, replyType, statusCode } from '../wire/packet-types.ts';
import type { Read } from '../wire/request/read-write.ts';
import { WireFault } from '../wire/wire-fault.ts';
import type { ClearedFile } from './file-action.ts';
import { changesTarget, type FileOperation } from './file-operation.ts';
import type { HandleTable, OpenHandle } from './handle-table.ts';
import type { OpenFile } from './open-file.ts';
import { failureText, type ServerStatus } from './status-words.ts';
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

/** A decided operation that gives a handle, which then stands for `opened`. */
export function opening(
  clientId: number,
  operation: FileOperation,
  clearance: ClearedFile,
  handles: HandleTable,
  opened: OpenHandle,
): AwaitedReply {
  return {
    ...settled(clientId, operation, clearance),
    async answered(reply) {
      if (reply.type !== replyType.handle) {
        if (opened.kind === 'file' && isFailure(reply)) await opened.notOpened(reply);
        return settleWith(clearance, reply);
      }
      if (opened.kind === 'folder') await clearance.settle('succeeded', null);
      try {
        handles.add(reply.handle, opened);
      } catch (error) {
        if (opened.kind === 'file') await opened.lost();
        throw error;
      }
    },
    async lost(sent) {
      if (opened.kind === 'file' && sent) await opened.notOpened(null);
      await settleLost(clearance, operation, sent);
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
      if (reply.type === replyType.status) file.readEnded(reply);
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
      if (reply.type === replyType.status) file.writeAnswered(bytes, reply);
    },
  };
}

export function closing(clientId: number, opened: OpenHandle, forget: () => void): AwaitedReply {
  return {
    ...passed(clientId, replyType.status),
    async answered(reply) {
      forget();
      if (opened.kind === 'file' && reply.type === replyType.status) {
        await opened.closed(reply);
      }
    },
    async lost() {
      if (opened.kind === 'file') await opened.lost();
    },
  };
}

async function settleWith(clearance: ClearedFile, reply: Reply): Promise<void> {
  if (isFailure(reply)) await clearance.settle('failed', failureText(reply));
  else await clearance.settle('succeeded', null);
}

function isFailure(reply: Reply): reply is Extract<Reply, ServerStatus> {
  return reply.type === replyType.status && reply.code !== statusCode.ok;
}

async function settleLost(clearance: ClearedFile, operation: FileOperation, sent: boolean) {
  if (!sent) await clearance.settle('failed', neverSent);
  else if (changesTarget(operation)) await clearance.settle('unknown', unanswered);
  else await clearance.settle('failed', unanswered);
}

export const neverSent = 'the session ended before it was sent';
const unanswered = 'the session ended before the server answered';
