import { replyType } from './packet-types.ts';
import { decodeHandle } from './reply/handle.ts';
import { decodeStatus } from './reply/status.ts';
import { WireFault } from './wire-fault.ts';

/** What the gateway has to know of a reply. Everything else of it goes through unread. */
export type Reply =
  | { readonly type: typeof replyType.status; readonly code: number; readonly message: string }
  | { readonly type: typeof replyType.handle; readonly handle: Buffer }
  | { readonly type: typeof replyType.data; readonly length: number }
  | { readonly type: typeof replyType.name; readonly raw: Buffer }
  | { readonly type: typeof replyType.attrs }
  | { readonly type: typeof replyType.extendedReply };

/** Decodes one whole packet that has an id; DATA is never whole. */
export function decodeReply(raw: Buffer): Reply {
  const type = raw[4];
  switch (type) {
    case replyType.status: {
      const { code, message } = decodeStatus(raw);
      return { type, code, message };
    }
    case replyType.handle:
      return { type, handle: decodeHandle(raw).handle };
    case replyType.name:
      return { type, raw };
    case replyType.attrs:
    case replyType.extendedReply:
      return { type };
    default:
      throw new WireFault('UNEXPECTED', `unexpected packet type ${type ?? 'none'}`);
  }
}
