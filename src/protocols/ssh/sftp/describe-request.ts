import type { JsonObject } from '../../../core/json.ts';
import { type ReplyType, replyType } from '../wire/packet-types.ts';
import type { Extended } from '../wire/request/extended.ts';
import type { Fsetstat } from '../wire/request/fsetstat.ts';
import type { OnePath, OnePathKind } from '../wire/request/one-path.ts';
import type { Open } from '../wire/request/open.ts';
import type { PathAttributes } from '../wire/request/path-attributes.ts';
import type { TwoPaths } from '../wire/request/two-paths.ts';
import { attributesJson, attributeWords } from './attribute-words.ts';
import { describeOpen } from './describe-open.ts';
import type { FileKind } from './file-action.ts';
import { type FileOperation, statusOnly } from './file-operation.ts';
import { isAbsolute, join, namedIn } from './path-bytes.ts';
import type { Place } from './path-resolver.ts';

type ExtendedOnPaths = Extract<
  Extended,
  { kind: 'posixRename' | 'hardlink' | 'statvfs' | 'lsetstat' }
>;

/** Requests that name files; all of them are decided. */
export type PathRequest =
  | Open
  | OnePath<Exclude<OnePathKind, 'realpath'>>
  | PathAttributes
  | TwoPaths
  | ExtendedOnPaths;

export function describeRequest(request: PathRequest): FileOperation {
  switch (request.kind) {
    case 'open':
      return describeOpen(request);
    case 'opendir':
      return onPath(request, 'sftp_list', 'target', 'list', replyType.handle);
    case 'stat':
      return onPath(request, 'sftp_stat', 'target', 'look at', replyType.attrs);
    case 'lstat':
      return onPath(request, 'sftp_stat', 'name', 'look at', replyType.attrs);
    case 'readlink':
      return onPath(request, 'sftp_stat', 'name', 'read the symbolic link', replyType.name);
    case 'statvfs':
      return onPath(request, 'sftp_stat', 'target', 'look at the file system of', extendedReply);
    case 'remove':
      return onPath(request, 'sftp_remove', 'name', 'remove', statusOnly);
    case 'rmdir':
      return onPath(request, 'sftp_rmdir', 'name', 'remove the folder', statusOnly);
    case 'mkdir':
      return withAttributes(request, 'sftp_mkdir', 'name', (name, words) =>
        words === '' ? `make the folder ${name}` : `make the folder ${name} (${words})`,
      );
    case 'setstat':
      return withAttributes(request, 'sftp_setstat', 'target', setWords);
    case 'lsetstat':
      return withAttributes(request, 'sftp_setstat', 'name', setWords);
    case 'rename':
      return onTwoPaths(request, 'sftp_rename', 'name', 'rename');
    case 'posixRename':
      return onTwoPaths(request, 'sftp_rename', 'name', 'rename, replacing what is there,');
    case 'hardlink':
      // Whether link(2) follows a symbolic link depends on the system.
      return onTwoPaths(request, 'sftp_link', 'either', 'hard link');
    case 'symlink':
      return describeSymlink(request);
    default:
      return request satisfies never;
  }
}

const { extendedReply } = replyType;

/** Of a file that is open: its places are known already. `path` is as it was sent to open it. */
export function describeFsetstat({ attributes }: Fsetstat, path: Buffer): FileOperation {
  const words = attributeWords(attributes).join(', ');
  return {
    kinds: ['sftp_setstat'],
    places: [],
    action: {
      packet: 'fsetstat',
      path: path.toString('base64'),
      attributes: attributesJson(attributes),
    },
    input: false,
    expects: statusOnly,
    summary: ([name = '']) => `${setWords(name, words)} (open)`,
  };
}

/** `set mode 0600 of /path`. */
function setWords(name: string, words: string): string {
  return `set ${words === '' ? 'nothing' : words} of ${name}`;
}

function onPath(
  { kind, path }: { readonly kind: string; readonly path: Buffer },
  fileKind: FileKind,
  follow: Place['follow'],
  verb: string,
  expects: ReplyType,
): FileOperation {
  return {
    kinds: [fileKind],
    places: [{ path, follow, creates: false }],
    action: { packet: kind, path: path.toString('base64') },
    input: false,
    expects,
    summary: ([name]) => `${verb} ${name}`,
  };
}

function withAttributes(
  request: PathAttributes | Extract<ExtendedOnPaths, { kind: 'lsetstat' }>,
  fileKind: FileKind,
  follow: Place['follow'],
  summary: (name: string, words: string) => string,
): FileOperation {
  const words = attributeWords(request.attributes).join(', ');
  const plain = onPath(request, fileKind, follow, '', statusOnly);
  return {
    ...plain,
    action: { ...plain.action, attributes: attributesJson(request.attributes) },
    summary: ([name = '']) => summary(name, words),
  };
}

type OnTwo = TwoPaths | Extract<ExtendedOnPaths, { kind: 'posixRename' | 'hardlink' }>;

function onTwoPaths(
  request: OnTwo,
  fileKind: FileKind,
  follow: Place['follow'],
  verb: string,
): FileOperation {
  const { first, second } = request;
  return {
    kinds: [fileKind],
    places: [
      { path: first, follow, creates: false },
      { path: second, follow: 'name', creates: false },
    ],
    action: twoPathsJson(request),
    input: false,
    expects: statusOnly,
    summary: ([from, to]) => `${verb} ${from} to ${to}`,
  };
}

/**
 * The draft has the new link first and OpenSSH has it last; which of them a server follows may
 * depend on how the gateway calls itself to it. So either may be made, or be led to, and what
 * is relative may be so to the folder of the other.
 */
function describeSymlink(request: TwoPaths): FileOperation {
  const { first, second } = request;
  const paths = [first, second, ...relativeTo(first, second), ...relativeTo(second, first)];
  return {
    kinds: ['sftp_link'],
    places: paths.map((path) => ({ path, follow: 'either', creates: false })),
    action: twoPathsJson(request),
    input: false,
    expects: statusOnly,
    summary: ([, link]) => `make the symbolic link ${link} to ${first.toString('utf8')}`,
  };
}

function relativeTo(target: Buffer, link: Buffer): Buffer[] {
  const named = namedIn(link);
  return isAbsolute(target) || named === null ? [] : [join(named.parent, target)];
}

function twoPathsJson({ kind, first, second }: OnTwo): JsonObject {
  return { packet: kind, first: first.toString('base64'), second: second.toString('base64') };
}
