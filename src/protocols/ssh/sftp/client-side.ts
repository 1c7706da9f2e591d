import { safeLine } from '../../../core/safe-text.ts';
import { decodeRequest, type Request } from '../wire/decode-request.ts';
import type { PacketFrame } from '../wire/packet-framer.ts';
import { type ReplyType, replyType, type StatusCode, statusCode } from '../wire/packet-types.ts';
import { encodeStatus } from '../wire/reply/status.ts';
import type { Fsetstat } from '../wire/request/fsetstat.ts';
import { decodeWriteHead } from '../wire/request/read-write.ts';
import { closing, opening, passed, reading, settled, writing } from './awaited-replies.ts';
import type { ClientOutlet } from './client-outlet.ts';
import { type Decided, type DecisionParts, decideAndSend } from './decided-requests.ts';
import { openUse } from './describe-open.ts';
import { describeFsetstat, describeRequest, type PathRequest } from './describe-request.ts';
import type { FileContents } from './file-contents.ts';
import { changesTarget, type FileOperation } from './file-operation.ts';
import type { HandleTable, OpenHandle } from './handle-table.ts';
import { OpenFile, type Transferred } from './open-file.ts';
import { type ResolvedPlace, Unresolvable } from './path-resolver.ts';

export interface ClientSideParts extends DecisionParts {
  readonly outlet: ClientOutlet;
  readonly handles: HandleTable;
  readonly transferred: Transferred;
  readonly maxHandles: number;
  readonly maxPathBytes: number;
}

const maxRefusalLength = 1000;

/** Deals with what the client asks, one request after the other. */
export class ClientSide {
  readonly #parts: ClientSideParts;
  /** Where the contents of the WRITE that has begun belong; null when they go no further. */
  #writing: FileContents | null = null;

  constructor(parts: ClientSideParts) {
    this.#parts = parts;
  }

  /** Throws WireFault. */
  async take(frame: PacketFrame): Promise<void> {
    switch (frame.kind) {
      case 'packet':
        return this.#request(decodeRequest(frame.raw));
      case 'head':
        return this.#write(frame.raw, frame.headLength);
      case 'piece':
        this.#writing?.takes(frame.bytes);
        if (this.#writing !== null) await this.#parts.requests.pass(frame.bytes);
        return;
      default:
        return frame satisfies never;
    }
  }

  async #request(request: Request): Promise<void> {
    switch (request.kind) {
      case 'realpath':
      case 'expandPath':
      case 'homeDirectory':
        return this.#pass(request, replyType.name);
      case 'limits':
      case 'usersGroupsById':
        return this.#pass(request, replyType.extendedReply);
      case 'unknownExtension':
        return this.#say(request.id, statusCode.unsupported, 'hoopx does not know this extension');
      case 'fsetstat':
      case 'close':
      case 'fstat':
      case 'fstatvfs':
      case 'readdir':
      case 'fsync':
      case 'read':
        return this.#withHandle(request);
      case 'copyData':
        return this.#copy(request);
      default:
        return this.#onPaths(request);
    }
  }

  async #pass(request: Request, expects: ReplyType): Promise<void> {
    await this.#parts.requests.send(request.raw, passed(request.id, expects));
  }

  async #withHandle(request: Extract<Request, { readonly handle: Buffer }>): Promise<void> {
    const { handles, requests } = this.#parts;
    const { id, raw, handle } = request;
    const opened = handles.find(handle);
    if (opened === null) return this.#noSuchHandle(id);
    switch (request.kind) {
      case 'close':
        opened.closing = true;
        return requests.send(
          raw,
          closing(id, opened, () => handles.forget(handle, opened)),
        );
      case 'fstat':
        return this.#pass(request, replyType.attrs);
      case 'fstatvfs':
        return this.#pass(request, replyType.extendedReply);
      case 'readdir':
        if (opened.kind !== 'folder') return this.#notOpenedFor(id, 'listing');
        return this.#pass(request, replyType.name);
      case 'fsync':
        return this.#pass(request, replyType.status);
      case 'read':
        if (!isFile(opened, 'readable')) return this.#notOpenedFor(id, 'reading');
        return requests.send(raw, reading(id, opened, request));
      case 'fsetstat':
        return this.#setOpen(request, opened);
      default:
        return request satisfies never;
    }
  }

  async #write(raw: Buffer, headLength: number): Promise<void> {
    const { id, handle, offset, length } = decodeWriteHead(raw.subarray(0, headLength));
    const opened = this.#parts.handles.find(handle);
    this.#writing = null;
    if (opened === null) return this.#noSuchHandle(id);
    if (!isFile(opened, 'writable')) return this.#notOpenedFor(id, 'writing');
    this.#writing = opened.received;
    opened.received.begins(offset);
    opened.received.takes(raw.subarray(headLength));
    opened.writeSent();
    await this.#parts.requests.send(raw, writing(id, opened, length));
  }

  async #copy(request: Extract<Request, { readonly kind: 'copyData' }>): Promise<void> {
    const { handles, requests } = this.#parts;
    const source = handles.find(request.source);
    const target = handles.find(request.target);
    if (source === null || target === null) return this.#noSuchHandle(request.id);
    if (!isFile(source, 'readable')) return this.#notOpenedFor(request.id, 'reading');
    if (!isFile(target, 'writable')) return this.#notOpenedFor(request.id, 'writing');
    target.writeSent();
    await requests.send(request.raw, writing(request.id, target, 'copied'));
  }

  /** Owner and mode can be set on a file that was opened for reading alone. */
  async #setOpen(request: Fsetstat, opened: OpenHandle): Promise<void> {
    const { size, owner, permissions, times, extended } = request.attributes;
    const others = owner !== null || permissions !== null || times !== null || extended.length > 0;
    // Cutting off, or filling up with zeroes, is what writing may do anyway.
    if (size !== null && !others && isFile(opened, 'writable')) {
      return this.#pass(request, replyType.status);
    }
    const operation = describeFsetstat(request, opened.origin.path);
    await this.#decide(request.id, {
      operation,
      places: opened.origin.places,
      raw: request.raw,
      awaited: (clearance) => settled(request.id, operation, clearance),
    });
  }

  async #onPaths(request: PathRequest): Promise<void> {
    const { handles, maxHandles, maxPathBytes } = this.#parts;
    const opens = request.kind === 'open' || request.kind === 'opendir';
    if (opens && handles.size >= maxHandles) {
      return this.#say(request.id, statusCode.failure, 'too many files are open');
    }
    const operation = describeRequest(request);
    if (operation.places.some(({ path }) => path.length > maxPathBytes)) {
      return this.#say(request.id, statusCode.failure, 'the path is too long');
    }
    const places = await this.#resolve(operation);
    if (typeof places === 'string') return this.#say(request.id, statusCode.failure, places);
    await this.#decide(request.id, this.#decided(request, operation, places));
  }

  #decided(
    request: PathRequest,
    operation: FileOperation,
    places: readonly ResolvedPlace[],
  ): Decided {
    const { id, raw } = request;
    const { handles, transferred } = this.#parts;
    if (request.kind !== 'open' && request.kind !== 'opendir') {
      return { operation, places, raw, awaited: (cleared) => settled(id, operation, cleared) };
    }
    // A copy, because the packet's bytes are part of a larger chunk.
    const origin = { path: Buffer.from(request.path), places };
    const use = request.kind === 'open' ? openUse(request) : null;
    const changes = changesTarget(operation);
    return {
      operation,
      places,
      raw,
      awaited: (cleared) =>
        opening(
          ...[id, operation, cleared, handles],
          use === null
            ? { kind: 'folder', closing: false, origin }
            : new OpenFile(cleared, origin, { use, changes, transferred }),
        ),
    };
  }

  async #resolve(operation: FileOperation): Promise<ResolvedPlace[] | string> {
    try {
      return await this.#parts.resolver.resolve(operation.places);
    } catch (error) {
      if (error instanceof Unresolvable) return error.message;
      throw error;
    }
  }

  async #decide(id: number, decided: Decided): Promise<void> {
    const refusal = await decideAndSend(this.#parts, decided);
    if (refusal !== null) await this.#say(id, statusCode.permissionDenied, refusal);
  }

  #noSuchHandle(id: number): Promise<void> {
    return this.#say(id, statusCode.failure, 'no such file is open');
  }

  #notOpenedFor(id: number, purpose: string): Promise<void> {
    const message = `this was not opened for ${purpose}`;
    return this.#say(id, statusCode.permissionDenied, message);
  }

  #say(id: number, code: StatusCode, text: string): Promise<void> {
    const message = safeLine(text, maxRefusalLength);
    return this.#parts.outlet.say(encodeStatus({ id, code, message }));
  }
}

function isFile(opened: OpenHandle, use: 'readable' | 'writable'): opened is OpenFile {
  return opened.kind === 'file' && opened.use[use];
}
