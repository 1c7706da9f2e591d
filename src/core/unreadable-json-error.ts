/** It is no JSON, or none that can be masked. The message says why, and quotes nothing of it. */
export class UnreadableJsonError extends Error {
  override readonly name = 'UnreadableJsonError';
}
