/** A request of RFC 4254, section 5.4, type-specific fields as they came. */
export interface ChannelRequest {
  readonly type: string;
  readonly fields: Buffer;
  readonly wantReply: boolean;
  /** Does nothing where no reply was asked for, or the second time. */
  reply(ok: boolean): void;
}
