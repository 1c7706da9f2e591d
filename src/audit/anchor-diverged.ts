/** What an anchor was given is not there any more, or was changed: an alarm, not a mere failure. */
export class AnchorDivergedError extends Error {
  override readonly name = 'AnchorDivergedError';
  readonly code = 'AUDIT_ANCHOR_DIVERGED';
}
