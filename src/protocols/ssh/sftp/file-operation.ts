import type { JsonObject } from '../../../core/json.ts';
import { type ReplyType, replyType } from '../wire/packet-types.ts';
import type { FileAction, FileKind } from './file-action.ts';
import type { Place, ResolvedPlace } from './path-resolver.ts';

/** A request for an operation on files, before the server was asked where its paths lead. */
export interface FileOperation {
  readonly kinds: readonly [FileKind, ...FileKind[]];
  /** In the order in which `summary` names them; those behind are touched beside them. */
  readonly places: readonly Place[];
  readonly action: JsonObject;
  readonly input: boolean;
  /** What the server answers beside STATUS. */
  readonly expects: ReplyType;
  summary(names: readonly string[]): string;
}

const harmless: ReadonlySet<FileKind> = new Set(['sftp_read', 'sftp_list', 'sftp_stat']);

/** Whether anything at the target may be different afterwards. */
export function changesTarget(operation: FileOperation): boolean {
  return operation.kinds.some((kind) => !harmless.has(kind));
}

/** What is put to the decision, once the places are known. */
export function toFileAction(
  operation: FileOperation,
  places: readonly ResolvedPlace[],
): FileAction {
  return {
    kind: operation.kinds[0],
    kinds: operation.kinds,
    paths: pathsOf(places),
    summary: operation.summary(places.map(nameOf)),
    action: operation.action,
    input: operation.input,
  };
}

export function pathsOf(places: readonly ResolvedPlace[]): string[] {
  return [...new Set(places.flatMap(({ sent, resolved }) => [sent, ...resolved]))];
}

/** As sent, and what the server makes of it where that differs. */
function nameOf({ sent, resolved }: ResolvedPlace): string {
  const others = [...new Set(resolved)].filter((path) => path !== sent);
  return others.length === 0 ? sent : `${sent} (is ${others.join(' or ')})`;
}

/** Answered by STATUS alone. */
export const statusOnly = replyType.status;
