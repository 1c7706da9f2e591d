import { StreamClosedError } from '../../../net/stream-closed-error.ts';
import type { Reply } from '../wire/decode-reply.ts';
import { replyType } from '../wire/packet-types.ts';
import { decodeOneName } from '../wire/reply/name.ts';
import { encodeOnePath } from '../wire/request/one-path.ts';
import { WireFault } from '../wire/wire-fault.ts';
import { absoluteText, endsInSlash, isAbsolute, join, namedIn, normalText } from './path-bytes.ts';
import type { UpstreamRequests } from './upstream-requests.ts';

/** A path of a request, and how the server's system reads it. */
export interface Place {
  readonly path: Buffer;
  /**
   * `name`: the entry in its folder, even if that is a symbolic link; `target`: what it leads
   * to; `either`: that depends on the server.
   */
  readonly follow: 'name' | 'target' | 'either';
  /** Whether a file may come into being there. */
  readonly creates: boolean;
}

export interface ResolvedPlace {
  /** As sent, made absolute. */
  readonly sent: string;
  /** Where the server says that it is; empty when it does not say. */
  readonly resolved: readonly string[];
}

/** A path that must not be used, because nobody can say where it leads. */
export class Unresolvable extends Error {
  override readonly name = 'Unresolvable';
}

/** Asks the server, in the gateway's own name, where paths lead. */
export class PathResolver {
  readonly #requests: UpstreamRequests;
  readonly #home: Buffer;

  private constructor(requests: UpstreamRequests, home: Buffer) {
    this.#requests = requests;
    this.#home = home;
  }

  /** Learns where relative paths start. */
  static async create(requests: UpstreamRequests): Promise<PathResolver> {
    const home = await realPath(requests, Buffer.from('.'));
    if (home === null) throw new WireFault('UNEXPECTED', 'the server does not say where it is');
    return new PathResolver(requests, home);
  }

  /** Throws Unresolvable. */
  async resolve(places: readonly Place[]): Promise<ResolvedPlace[]> {
    await this.#requests.pathsAtRest();
    const resolved: ResolvedPlace[] = [];
    for (const place of places) resolved.push(await this.#one(place));
    return resolved;
  }

  async #one(place: Place): Promise<ResolvedPlace> {
    const { path, follow, creates } = place;
    const resolved: string[] = [];
    const named = namedIn(path);
    const followed = follow !== 'name' || named === null || endsInSlash(path);
    const whole = followed ? await realPath(this.#requests, path) : null;
    if (whole !== null) resolved.push(normalText(whole));
    if (followed && whole === null && creates) await this.#refuseLink(path);
    if (named !== null && (follow !== 'target' || whole === null)) {
      const parent = await realPath(this.#requests, named.parent);
      if (parent !== null) resolved.push(normalText(join(parent, named.name)));
    }
    return { sent: absoluteText(this.#home, path), resolved };
  }

  /** What is opened to be written through such a link would come into being somewhere else. */
  async #refuseLink(path: Buffer): Promise<void> {
    const reply = await ask(this.#requests, 'readlink', path);
    if (reply.type === replyType.name) {
      throw new Unresolvable('the server does not say where this symbolic link leads');
    }
  }
}

async function realPath(requests: UpstreamRequests, path: Buffer): Promise<Buffer | null> {
  const reply = await ask(requests, 'realpath', path);
  if (reply.type !== replyType.name) return null;
  const resolved = decodeOneName(reply.raw).path;
  if (!isAbsolute(resolved)) throw new WireFault('BAD_PATH', 'a resolved path is not absolute');
  return resolved;
}

function ask(
  requests: UpstreamRequests,
  kind: 'realpath' | 'readlink',
  path: Buffer,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const awaited = {
      clientId: null,
      expects: replyType.name,
      changes: false,
      answered: resolve,
      lost: () => reject(new StreamClosedError('the server left')),
    };
    requests.send(encodeOnePath({ kind, id: 0, path }), awaited).catch(reject);
  });
}
