/** What a client sends (draft-ietf-secsh-filexfer-02, 3). */
export const requestType = {
  init: 1,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  fstat: 8,
  setstat: 9,
  fsetstat: 10,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  rmdir: 15,
  realpath: 16,
  stat: 17,
  rename: 18,
  readlink: 19,
  symlink: 20,
  extended: 200,
} as const;

/** What a server sends. */
export const replyType = {
  version: 2,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attrs: 105,
  extendedReply: 201,
} as const;

export type ReplyType = (typeof replyType)[keyof typeof replyType];

/** SSH_FX_*, section 7. */
export const statusCode = {
  ok: 0,
  eof: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  noConnection: 6,
  connectionLost: 7,
  unsupported: 8,
} as const;

export type StatusCode = (typeof statusCode)[keyof typeof statusCode];

/** SSH_FXF_*, section 6.3. */
export const openFlag = {
  read: 0x01,
  write: 0x02,
  append: 0x04,
  create: 0x08,
  truncate: 0x10,
  exclusive: 0x20,
} as const;

/** The version that is spoken here, with every client and every server. */
export const sftpVersion = 3;

const requests: ReadonlySet<number> = new Set(Object.values(requestType));
const replies: ReadonlySet<number> = new Set(Object.values(replyType));

export function isRequestType(type: number): boolean {
  return requests.has(type);
}

export function isReplyType(type: number): type is ReplyType {
  return replies.has(type);
}
