/** The peer did not open a channel; `reason` of RFC 4254, section 5.1. */
export class ChannelRefusedError extends Error {
  override readonly name = 'ChannelRefusedError';
  readonly code = 'CHANNEL_REFUSED';
  readonly reason: number;

  constructor(reason: number, description: string) {
    super(description);
    this.reason = reason;
  }
}
