/** What this reading of rsync's protocol does not know. Nothing behind it can be told apart. */
export class NotUnderstood extends Error {
  override readonly name = 'NotUnderstood';
}
