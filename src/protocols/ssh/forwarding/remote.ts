import type { Clearance } from '../../../core/gate.ts';
import type { SshOperation } from '../../../core/operation.ts';
import type { Outcome } from '../../../core/request.ts';
import { relayConnection } from '../channels/relay.ts';
import type { Channel } from '../connection/channel.ts';
import type { ChannelOpen, Connection } from '../connection/connection.ts';
import type { GlobalRequest } from '../connection/global-requests.ts';
import { openFailureOf, refusalText } from '../faults.ts';
import { forwardingOperation, placeOf } from '../operations.ts';
import type { SessionContext } from '../session-context.ts';
import { openFailureReason } from '../wire/connection/messages.ts';
import { FieldReader } from '../wire/field-reader.ts';
import { type Place, readListener, readRoute } from './places.ts';

export interface RemoteParts {
  readonly client: Connection;
  readonly context: SessionContext;
  readonly decide: (operation: SshOperation) => Promise<Clearance>;
}

const done: Outcome = { message: null, targetCode: null, rowCount: null };
const refused: Outcome = { ...done, message: 'the server does not listen there' };

/** Where the server listens for one client (RFC 4254, section 7.1), and who comes in there. */
export class RemoteListeners {
  readonly #parts: RemoteParts;
  readonly #places = new Set<string>();

  constructor(parts: RemoteParts) {
    this.#parts = parts;
  }

  async listen(request: GlobalRequest): Promise<void> {
    const { context, decide } = this.#parts;
    const place = readListener(request.fields);
    const operation = listenOperation(place, context.upstream.user);
    const clearance = await decide(operation);
    if (clearance.kind === 'refused') {
      request.refuse();
      return;
    }
    const sink = clearance.permit.spend();
    const reply = await context.upstream.connection.ask('tcpip-forward', request.fields);
    if (reply === null) {
      await sink.failed(refused);
      request.refuse();
      return;
    }
    const port = place.port === 0 ? chosenPort(reply) : place.port;
    if (port === null) {
      await sink.unknown({ ...done, message: 'the server does not say where it listens' });
      request.refuse();
      return;
    }
    this.#places.add(placeOf(place.host, port));
    await sink.succeeded(done);
    request.succeed(reply);
  }

  /** Needs no decision: it ends what one has allowed. */
  async cancel(request: GlobalRequest): Promise<void> {
    const { host, port } = readListener(request.fields);
    const { connection } = this.#parts.context.upstream;
    const known = this.#places.delete(placeOf(host, port));
    const reply = known ? await connection.ask(request.name, request.fields) : null;
    if (reply === null) request.refuse();
    else request.succeed(reply);
  }

  /** Nobody can be asked for every stranger who connects: a rule has to allow them. */
  async incoming(open: ChannelOpen): Promise<void> {
    const { client, context, decide } = this.#parts;
    const { place, origin } = readRoute(open.fields);
    const { connectFailed, administrativelyProhibited } = openFailureReason;
    if (!this.#places.has(placeOf(place.host, place.port))) {
      open.refuse(administrativelyProhibited, 'hoopx: nobody listens there');
      return;
    }
    const operation = incomingOperation(place, origin, context.upstream.user);
    if (context.grant.gate.foresee(operation.decidable).kind === 'review') {
      open.refuse(administrativelyProhibited, 'hoopx: no rule allows incoming connections');
      return;
    }
    const clearance = await decide(operation);
    if (clearance.kind === 'refused') {
      open.refuse(openFailureOf(clearance.refusal), refusalText(clearance.refusal));
      return;
    }
    const sink = clearance.permit.spend();
    let channel: Channel;
    try {
      channel = await client.open(open.type, open.fields);
    } catch {
      await sink.failed({ ...done, message: 'the client does not take it' });
      open.refuse(connectFailed, 'hoopx: the client does not take it');
      return;
    }
    await relayConnection(open.accept(), channel);
    await sink.succeeded(done);
  }
}

/** For port 0 the server says which one it took. */
function chosenPort(reply: Buffer): number | null {
  return reply.length < 4 ? null : new FieldReader(reply, 0).uint32();
}

function listenOperation(place: Place, user: string): SshOperation {
  const { host, port } = place;
  const at = placeOf(shownHost(host), port);
  return forwardingOperation(
    {
      ...{ kind: 'tcpip_forward', host: shownHost(host), port },
      what: `listen at the server on ${at}, for the client`,
      classes: ['plain'],
      notes: [],
      action: { host, port },
    },
    user,
  );
}

function incomingOperation(place: Place, origin: Place, user: string): SshOperation {
  const { host, port } = place;
  const at = placeOf(shownHost(host), port);
  return forwardingOperation(
    {
      ...{ kind: 'forwarded_tcpip', host: shownHost(host), port },
      what: `let ${placeOf(origin.host, origin.port)} in, who connected to ${at}`,
      classes: ['plain'],
      notes: [],
      action: { host, port, origin: placeOf(origin.host, origin.port) },
    },
    user,
  );
}

/** RFC 4254, section 7.1: empty for every address. */
function shownHost(host: string): string {
  return host === '' ? '*' : host;
}
