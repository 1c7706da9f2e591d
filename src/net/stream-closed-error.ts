/** The other side is gone, or the stream was ended here: no more bytes will pass. */
export class StreamClosedError extends Error {
  override readonly name = 'StreamClosedError';
  readonly code = 'STREAM_CLOSED';
}
