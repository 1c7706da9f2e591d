/** Numbers of RFC 4254, section 9, and of RFC 4253 and 4252 where we send them ourselves. */
export const messageNumber = {
  disconnect: 1,
  banner: 53,
  globalRequest: 80,
  requestSuccess: 81,
  requestFailure: 82,
  open: 90,
  openConfirmation: 91,
  openFailure: 92,
  windowAdjust: 93,
  data: 94,
  extendedData: 95,
  eof: 96,
  close: 97,
  channelRequest: 98,
  channelSuccess: 99,
  channelFailure: 100,
} as const;

/** RFC 4250, section 4.2.2. */
export const disconnectReason = {
  protocolError: 2,
  hostKeyNotVerifiable: 9,
  byApplication: 11,
  noMoreAuthMethods: 14,
} as const;

/** RFC 4254, section 5.1. */
export const openFailureReason = {
  administrativelyProhibited: 1,
  connectFailed: 2,
  unknownChannelType: 3,
  resourceShortage: 4,
} as const;

/** Stream 0 is a channel's data; others are types of extended data, of which only 1 is known. */
export const stderrStream = 1;

/** One message of the connection protocol (RFC 4254). Byte fields are views of the packet. */
export type ConnectionMessage =
  | {
      readonly kind: 'global_request';
      readonly name: string;
      readonly wantReply: boolean;
      readonly fields: Buffer;
    }
  | { readonly kind: 'request_success'; readonly fields: Buffer }
  | { readonly kind: 'request_failure' }
  | {
      readonly kind: 'open';
      readonly type: string;
      readonly sender: number;
      readonly window: number;
      readonly maxPacket: number;
      readonly fields: Buffer;
    }
  | {
      readonly kind: 'open_confirmation';
      readonly recipient: number;
      readonly sender: number;
      readonly window: number;
      readonly maxPacket: number;
    }
  | {
      readonly kind: 'open_failure';
      readonly recipient: number;
      readonly reason: number;
      readonly description: string;
    }
  | { readonly kind: 'window_adjust'; readonly recipient: number; readonly bytes: number }
  | {
      readonly kind: 'data';
      readonly recipient: number;
      readonly stream: number;
      readonly bytes: Buffer;
    }
  | { readonly kind: 'eof'; readonly recipient: number }
  | { readonly kind: 'close'; readonly recipient: number }
  | {
      readonly kind: 'channel_request';
      readonly recipient: number;
      readonly type: string;
      readonly wantReply: boolean;
      readonly fields: Buffer;
    }
  | { readonly kind: 'channel_success'; readonly recipient: number }
  | { readonly kind: 'channel_failure'; readonly recipient: number };
